//! `tegata login` and `tegata token`: accounts that are kept, at a provider that rotates and ends the
//! grant when a refresh token comes twice.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::Value;
use tegata_testkit::profile::{Profile, RefreshPolicy};
use tegata_testkit::{Client, Decision, Endpoint, FakeProvider, Fault, Server, browser};
use url::Url;

use crate::run::{Finished, Running, TempFile, tegata};

const SECRET: &str = "canary-of-the-client-secret-32-bytes";

/// The provider, and a folder for stores that is gone after the test.
struct Stage {
    provider: FakeProvider,
    _server: Server,
    folder: PathBuf,
    secret: TempFile,
}

impl Stage {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let mut profile = Profile::OPENID;
        profile.refresh_policy = RefreshPolicy::Rotate;
        // The shortest that a client waits, whatever a server says.
        profile.device_interval = Duration::from_secs(1);
        let app = Client::confidential("app", SECRET).redirect_uri(Client::LOOPBACK_REDIRECT_URI);
        let provider = FakeProvider::builder(profile).client(app).build();
        let server = provider.serve().unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = format!("accounts-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
        Self { provider, _server: server, folder, secret: TempFile::new(SECRET) }
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.folder.join("tokens.db").display())
    }

    fn start_login(&self, account: &str, scope: &str, how: &str) -> Running {
        let (issuer, store) = (self.provider.issuer(), self.store());
        Running::start_and_read_errors(&[
            "login",
            "--issuer",
            &issuer,
            "--client-id",
            "app",
            "--client-secret-file",
            self.secret.path(),
            "--scope",
            scope,
            "--account",
            account,
            "--store",
            &store,
            how,
            "--allow-loopback-http",
            "--json",
        ])
    }

    /// Signs in; the test is the browser.
    fn login(&self, account: &str, scope: &str) -> Finished {
        let mut running = self.start_login(account, scope, "--no-browser");
        let url = running.wait_for(|line| line.starts_with("http://").then(|| line.to_owned()));
        let landing = Url::parse(browser::open(&url).unwrap().url()).unwrap();
        let mut stream = TcpStream::connect(&landing.socket_addrs(|| None).unwrap()[..]).unwrap();
        let query = landing.query().unwrap_or_default();
        write!(stream, "GET /callback?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        running.finish()
    }

    /// Signs in by a code; the test types it in as `decision` says.
    fn login_elsewhere(&self, account: &str, decision: Decision) -> Finished {
        let mut running = self.start_login(account, "openid email", "--device");
        let address = running.wait_for(|line| line.strip_prefix("Open ").map(str::to_owned));
        assert_eq!(Some(address), self.provider.address(Endpoint::DeviceVerification));
        let code = running.wait_for(|line| line.strip_prefix("and enter ").map(str::to_owned));
        self.provider.answer_device(&code, decision);
        running.finish()
    }

    fn token(&self, command: &str, account: &str, more: &[&str]) -> Finished {
        let store = self.store();
        let usual = ["token", command, "--account", account, "--store", &store];
        tegata(&[&usual[..], more].concat())
    }

    /// Imports the refresh token in `file`, which an access token does not come with.
    fn import(&self, account: &str, file: &TempFile) -> Finished {
        let token = self.provider.address(Endpoint::Token).unwrap();
        let revocation = self.provider.address(Endpoint::Revocation).unwrap();
        self.token(
            "import",
            account,
            &[
                "--token-endpoint",
                &token,
                "--revocation-endpoint",
                &revocation,
                "--client-id",
                "app",
                "--client-secret-file",
                self.secret.path(),
                "--refresh-token-file",
                file.path(),
                "--allow-loopback-http",
            ],
        )
    }

    /// A refresh token of the provider, in a file.
    fn refresh_token(&self) -> TempFile {
        self.login("first", "openid email").text();
        let exported = self.token("export", "first", &[]);
        let exported: Value = serde_json::from_str(exported.text()).unwrap();
        TempFile::new(exported["refresh_token"].as_str().unwrap())
    }

    fn refreshes(&self) -> usize {
        let seen = self.provider.requests();
        let is_refresh = |grant: Option<String>| grant.as_deref() == Some("refresh_token");
        seen.iter().filter(|seen| is_refresh(seen.parameter("grant_type"))).count()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn json(finished: &Finished) -> Value {
    serde_json::from_str(finished.text()).unwrap()
}

#[test]
fn a_login_is_kept_and_its_token_printed_alone() {
    let stage = Stage::new();
    let signed_in = json(&stage.login("work", "openid email"));
    assert_eq!((&signed_in["subject"], &signed_in["refreshable"]), (&"alice".into(), &true.into()));
    let token = stage.token("get", "work", &[]).text().to_owned();
    assert_eq!(token.lines().count(), 1);
    let header = stage.token("header", "work", &[]);
    assert_eq!(header.text(), format!("Authorization: Bearer {token}"));
    let as_json = json(&stage.token("get", "work", &["--json", "--min-valid", "60"]));
    assert_eq!(as_json["access_token"], token.trim());
    assert_eq!(stage.refreshes(), 0);
}

#[test]
fn a_login_by_a_code_on_another_device_is_kept_alike() {
    let stage = Stage::new();
    let signed_in = json(&stage.login_elsewhere("tv", Decision::approve().user("bob")));
    assert_eq!((&signed_in["subject"], &signed_in["refreshable"]), (&"bob".into(), &true.into()));
    stage.token("get", "tv", &[]).text();
    let declined = stage.login_elsewhere("other", Decision::decline());
    assert!(declined.error().contains("access_denied"), "{}", declined.stderr);
}

#[test]
fn many_processes_at_once_cause_one_refresh_and_print_one_token() {
    let stage = Stage::new();
    let file = stage.refresh_token();
    stage.import("work", &file).text();
    let tokens: Vec<String> = thread::scope(|scope| {
        let get = || stage.token("get", "work", &[]).text().to_owned();
        let all: Vec<_> = (0..8).map(|_| scope.spawn(get)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(stage.refreshes(), 1);
    assert!(!tokens[0].trim().is_empty());
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[test]
fn nothing_that_is_not_asked_for_a_secret_shows_one_and_the_files_hold_none() {
    let stage = Stage::new();
    let signed_in = stage.login("work", "openid email");
    let exported = json(&stage.token("export", "work", &[]));
    let secrets = [&exported["access_token"], &exported["refresh_token"]];
    let secrets = secrets.map(|secret| secret.as_str().unwrap().to_owned());
    let store = stage.store();
    let mut seen = signed_in.stdout + &signed_in.stderr;
    for more in [&[][..], &["--json"]] {
        seen += stage.token("show", "work", more).text();
        seen += tegata(&[&["token", "list", "--store", &store], more].concat()).text();
    }
    assert!(seen.contains("active") && seen.contains("alice"), "{seen}");
    let mut files = Vec::new();
    for entry in fs::read_dir(&stage.folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_file() {
            #[cfg(unix)]
            {
                let mode = fs::metadata(&path).unwrap().permissions();
                let mode = std::os::unix::fs::PermissionsExt::mode(&mode);
                assert_eq!(mode & 0o077, 0, "{}", path.display());
            }
            files.extend(fs::read(&path).unwrap());
        }
    }
    for secret in secrets.iter().map(String::as_str).chain([SECRET]) {
        assert!(!seen.contains(secret), "{seen}");
        assert!(!files.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    }
}

#[test]
fn a_revoked_account_stays_revoked_until_it_is_signed_in_to_again() {
    let stage = Stage::new();
    stage.login("work", "openid email").text();
    assert!(stage.token("revoke", "work", &[]).text().contains("account work: revoked"));
    assert_eq!(stage.provider.count(Endpoint::Revocation), 1);
    let refused = stage.token("get", "work", &[]);
    assert!(refused.error().contains("the grant was revoked"), "{}", refused.stderr);
    assert!(refused.stderr.contains("Sign in again"), "{}", refused.stderr);
    stage.login("work", "openid email").text();
    stage.token("get", "work", &[]).text();
}

#[test]
fn a_revocation_that_does_not_reach_the_provider_is_said_and_finished_later() {
    let stage = Stage::new();
    let file = stage.refresh_token();
    stage.import("work", &file).text();
    stage.provider.on(Endpoint::Revocation).once(Fault::Unavailable);
    let revoked = stage.token("revoke", "work", &["--json"]);
    assert_eq!(revoked.status, 1);
    assert_eq!(revoked.json_lines()[0]["state"], "revoking");
    assert!(stage.token("get", "work", &[]).error().contains("revoked"));
    stage.provider.forget_script();
}

#[test]
fn a_removed_account_is_gone_and_the_provider_is_not_told() {
    let stage = Stage::new();
    stage.login("work", "openid email").text();
    stage.token("remove", "work", &[]).text();
    assert_eq!(stage.provider.count(Endpoint::Revocation), 0);
    assert!(stage.token("get", "work", &[]).error().contains("no account \"work\""));
    assert_eq!(tegata(&["token", "list", "--store", &stage.store()]).text(), "");
}

#[test]
fn another_user_does_not_take_over_an_account() {
    let stage = Stage::new();
    stage.login("work", "openid email").text();
    let token = stage.token("get", "work", &[]).text().to_owned();
    stage.provider.consent(Decision::approve().user("bob"));
    let refused = stage.login("work", "openid email");
    assert_eq!(refused.status, 1);
    assert_eq!(stage.token("get", "work", &[]).text(), token);
    stage.login("private", "openid email").text();
}

#[test]
fn plain_oauth_needs_no_identity() {
    let stage = Stage::new();
    let signed_in = json(&stage.login("drive", "email"));
    assert_eq!(signed_in["subject"], "drive");
    stage.token("get", "drive", &[]).text();
}

#[test]
fn watch_refreshes_what_is_due_and_prints_what_happened() {
    let stage = Stage::new();
    let file = stage.refresh_token();
    stage.import("work", &file).text();
    let store = stage.store();
    let watched = tegata(&["token", "watch", "--duration", "0", "--json", "--store", &store]);
    watched.text();
    let events = watched.json_lines();
    assert!(
        events.iter().any(|it| it["account"] == "work" && it["event"] == "new_tokens"),
        "{events:?}"
    );
    assert_eq!(stage.refreshes(), 1);
}

#[test]
fn a_dead_refresh_token_says_that_the_user_must_consent_again() {
    let stage = Stage::new();
    let file = TempFile::new("canary-of-no-refresh-token");
    stage.import("work", &file).text();
    let refused = stage.token("get", "work", &[]);
    assert!(refused.error().contains("the user must consent again"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("canary"));
    assert_eq!(json(&stage.token("show", "work", &["--json"]))["state"], "needs_consent");
    stage.token("get", "work", &[]).error();
    assert_eq!(stage.refreshes(), 1);
}

#[test]
fn an_export_is_imported_elsewhere() {
    let stage = Stage::new();
    stage.login("work", "openid email").text();
    let file = TempFile::new(stage.token("export", "work", &[]).text());
    let elsewhere = format!("sqlite:{}", stage.folder.join("elsewhere.db").display());
    let token = stage.provider.address(Endpoint::Token).unwrap();
    tegata(&[
        "token",
        "import",
        "--account",
        "moved",
        "--store",
        &elsewhere,
        "--token-endpoint",
        &token,
        "--client-id",
        "app",
        "--client-secret-file",
        stage.secret.path(),
        "--export-file",
        file.path(),
        "--allow-loopback-http",
    ])
    .text();
    let moved = tegata(&["token", "get", "--account", "moved", "--store", &elsewhere]);
    assert_eq!(moved.text(), stage.token("get", "work", &[]).text());
}

#[test]
fn google_s_file_is_written_and_read() {
    let stage = Stage::new();
    stage.login("work", "openid email").text();
    let written = stage.token("export", "work", &["--format", "authorized-user"]);
    let user = json(&written);
    assert_eq!((&user["type"], &user["client_id"]), (&"authorized_user".into(), &"app".into()));
    assert_eq!(user["client_secret"], SECRET);
    let (file, endpoint) = (TempFile::new(written.text()), user["token_uri"].as_str().unwrap());
    let file = ["--authorized-user-file", file.path()];
    // Where its secrets are sent to is not for a file to say.
    let refused = stage.token("import", "moved", &file);
    assert!(refused.error().contains("--token-endpoint"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("canary"));
    let endpoint = ["--token-endpoint", endpoint, "--allow-loopback-http"];
    stage.token("import", "moved", &[&file[..], &endpoint].concat()).text();
    assert_eq!(stage.token("get", "moved", &[]).text(), stage.token("get", "work", &[]).text());
}

#[cfg(unix)]
#[test]
fn a_watch_that_is_stopped_finishes_what_it_began() {
    let stage = Stage::new();
    let file = stage.refresh_token();
    stage.import("work", &file).text();
    stage.provider.on(Endpoint::Token).delay_once(Duration::from_secs(1));
    let store = stage.store();
    let watch = ["token", "watch", "--json", "--store", &store];
    let running = Running::start_and_read_errors(&watch);
    let latest = Instant::now() + Duration::from_secs(60);
    while stage.refreshes() == 0 {
        assert!(Instant::now() < latest, "it began nothing");
        thread::sleep(Duration::from_millis(20));
    }
    running.terminate();
    let watched = running.finish();
    watched.text();
    assert_eq!(json(&stage.token("show", "work", &["--json"]))["state"], "active");
    assert!(stage.token("get", "work", &[]).text().len() > 1);
    assert_eq!(stage.refreshes(), 1, "what was answered is kept");
}

#[test]
fn an_empty_file_is_no_refresh_token_and_another_file_no_store() {
    let stage = Stage::new();
    let refused = stage.import("ci", &TempFile::new("\n"));
    assert!(refused.error().contains("it is empty"), "{}", refused.stderr);

    fs::create_dir_all(&stage.folder).unwrap();
    let other = stage.folder.join("notes.txt");
    fs::write(&other, "what is written here is no database").unwrap();
    let refused = tegata(&["token", "list", "--store", &format!("sqlite:{}", other.display())]);
    assert!(refused.error().contains("not a database"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--store"), "{}", refused.stderr);
    let missing = stage.token("get", "nobody", &[]);
    assert!(missing.error().contains("tegata token list"), "{}", missing.stderr);
}
