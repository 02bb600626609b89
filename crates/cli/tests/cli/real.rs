//! `tegata demo --issuer`: at a provider in another process, with the test as the browser.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, FakeProvider, Server, browser};
use url::Url;

use crate::run::{Finished, Running, TempFile, tegata};

const SECRET: &str = "canary-of-the-client-secret-32-bytes";

/// A provider that knows the client `app` with that secret, and the client `native` without one.
fn provider() -> (FakeProvider, Server) {
    let native = Client::public("native").redirect_uri(Client::LOOPBACK_REDIRECT_URI);
    let app = Client::confidential("app", SECRET).redirect_uri(Client::LOOPBACK_REDIRECT_URI);
    let provider = FakeProvider::builder(Profile::OPENID).client(app).client(native).build();
    let server = provider.serve().unwrap();
    (provider, server)
}

/// Signs in at `issuer`; the test fetches the address that is printed, and follows where it leads.
fn sign_in(issuer: &str, more: &[&str]) -> (Finished, String) {
    let usual = ["demo", "--issuer", issuer, "--no-browser", "--allow-loopback-http"];
    let mut running = Running::start(&[&usual, more].concat());
    let url = running.wait_for(|line| line.starts_with("http://").then(|| line.to_owned()));
    let landing = browser::open(&url).unwrap().url().to_owned();
    let page = follow(&landing);
    assert!(page.contains("Back at the terminal"), "{page}");
    (running.finish(), landing)
}

/// Opens `landing` at the listener. A fragment stays in the browser until a page hands it on.
fn follow(landing: &str) -> String {
    let url = Url::parse(landing).unwrap();
    match url.fragment() {
        None => get(&url, &format!("/callback?{}", url.query().unwrap_or_default())),
        Some(fragment) => {
            let page = get(&url, "/callback");
            assert!(page.contains("location.replace('/callback?' + "), "{page}");
            get(&url, &format!("/callback?{fragment}"))
        }
    }
}

fn get(url: &Url, target: &str) -> String {
    let address = url.socket_addrs(|| None).unwrap();
    let mut stream = TcpStream::connect(&address[..]).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

/// What nobody but the two parties may see: the secret, and everything that the browser carried.
fn assert_no_secret(finished: &Finished, provider: &FakeProvider, landing: &str) {
    let output = format!("{}{}", finished.stdout, finished.stderr);
    let carried = Url::parse(landing).unwrap();
    let carried = carried.query().into_iter().chain(carried.fragment());
    let pairs = carried.flat_map(|part| url::form_urlencoded::parse(part.as_bytes()));
    // State stands in the address that a person opens; `iss` and the like are no secrets.
    let secret = |name: &str| ["access_token", "code", "id_token"].contains(&name);
    let mut canaries: Vec<_> =
        pairs.filter(|(name, _)| secret(name)).map(|(_, value)| value.into_owned()).collect();
    canaries.push(SECRET.to_owned());
    for seen in provider.requests() {
        let sent = ["code", "code_verifier", "refresh_token", "client_secret", "token"];
        canaries.extend(sent.into_iter().filter_map(|name| seen.parameter(name)));
        let header = seen.header("authorization").and_then(|value| value.split(' ').nth(1));
        canaries.extend(header.map(str::to_owned));
    }
    assert!(canaries.len() > 5, "{canaries:?}");
    for canary in canaries {
        assert!(!output.contains(&canary), "{canary} stands in\n{output}");
    }
}

#[test]
fn signs_in_by_code_with_a_secret_refreshes_and_revokes() {
    let (provider, _server) = provider();
    let secret = TempFile::new(format!("{SECRET}\n"));
    let client = ["--client-id", "app", "--client-secret-file", secret.path(), "--offline"];
    for transport in ["ureq", "reqwest"] {
        let more = [&client[..], &["--transport", transport]].concat();
        let (finished, landing) = sign_in(&provider.issuer(), &more);
        let text = finished.text();
        for step in
            ["ID token verified", "UserInfo about the same subject", "Refresh", "Revocation"]
        {
            assert!(text.contains(&format!("✓ {step}")), "{step}\n{text}");
        }
        assert!(text.contains("– API call with the access token (no API is known"), "{text}");
        assert_no_secret(&finished, &provider, &landing);
    }
}

#[test]
fn signs_in_by_the_hybrid_flow_with_the_fragment_handed_on() {
    let (provider, _server) = provider();
    let (finished, landing) =
        sign_in(&provider.issuer(), &["--client-id", "native", "--flow", "hybrid"]);
    assert!(landing.contains('#'), "{landing}");
    assert!(finished.text().contains("at_hash and c_hash are those"), "{}", finished.stdout);
    assert_no_secret(&finished, &provider, &landing);
}

#[test]
fn signs_in_at_the_provider_of_another_process() {
    let arguments = ["provider", "--port", "0", "--profile", "google", "--no-login-page"];
    let mut provider = Running::start(&arguments);
    let issuer = provider
        .wait_for(|line| line.strip_prefix("issuer").map(|issuer| issuer.trim().to_owned()));
    let secret = TempFile::new(Client::DEFAULT_SECRET);
    let client = ["--client-id", Client::DEFAULT_ID, "--client-secret-file", secret.path()];
    for flow in ["code", "hybrid"] {
        let more = ["--provider", "google", "--flow", flow];
        let (finished, _) = sign_in(&issuer, &[&client[..], &more].concat());
        assert!(finished.text().contains("✓ ID token verified"), "{}", finished.stdout);
    }
}

#[test]
fn a_wrong_secret_is_said_to_be_one() {
    let (provider, _server) = provider();
    let secret = TempFile::new("canary-of-a-wrong-secret");
    let client = ["--client-id", "app", "--client-secret-file", secret.path()];
    let (finished, _) = sign_in(&provider.issuer(), &client);
    assert_eq!(finished.status, 1);
    let text = finished.stdout;
    assert!(text.contains("✗ Code exchanged, with PKCE"), "{text}");
    assert!(text.contains("the token endpoint refused: invalid_client"), "{text}");
    assert!(text.contains("Correct the client's registration"), "{text}");
    assert!(!text.contains("canary-of-a-wrong-secret"));
}

#[test]
fn a_token_that_breaks_a_rule_ends_the_walk_with_the_rule() {
    let (provider, _server) = provider();
    provider.misbehave(tegata_testkit::Fault::NonceInvalid);
    let (finished, _) = sign_in(&provider.issuer(), &["--client-id", "native"]);
    assert_eq!(finished.status, 1);
    let text = finished.stdout;
    assert!(text.contains("✗ ID token verified"), "{text}");
    assert!(text.contains("nonce_mismatch") && text.contains("Core §3.1.3.7 (11)"), "{text}");
}

#[test]
fn a_browser_that_does_not_come_back_ends_the_wait() {
    let (provider, _server) = provider();
    let issuer = provider.issuer();
    let patience = ["--timeout", "0", "--json"];
    let usual = ["demo", "--issuer", &issuer, "--no-browser", "--allow-loopback-http"];
    let finished = tegata(&[&usual[..], &["--client-id", "native"], &patience].concat());
    assert_eq!(finished.status, 1);
    let steps = finished.json_lines();
    let last = steps.last().unwrap();
    assert_eq!(last["status"], "failed");
    assert!(last["error"].as_str().unwrap().contains("the browser did not come back in time"));
    let told = finished.stderr.lines().last().unwrap();
    assert!(told.starts_with(&provider.issuer()), "the address is told beside the JSON: {told}");
}

#[test]
fn a_provider_that_is_not_there_is_an_error_with_advice() {
    let usual = ["demo", "--no-browser", "--client-id", "native", "--json", "--issuer"];
    let nowhere = "http://127.0.0.1:1";
    let finished = tegata(&[&usual[..], &[nowhere, "--allow-loopback-http"]].concat());
    assert_eq!(finished.status, 1);
    let steps = finished.json_lines();
    assert_eq!((steps.len(), &steps[0]["name"]), (1, &Value::from("Discovery")));
    let error = steps[0]["error"].as_str().unwrap();
    assert!(error.contains("could not be reached: no connection"), "{error}");
    assert!(error.contains("Try again"), "{error}");
    let plain = tegata(&[&usual[..], &[nowhere]].concat());
    let error = plain.json_lines()[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("the address is not https"), "{error}");
    assert!(error.contains("--allow-loopback-http"), "{error}");
}

#[test]
fn files_that_are_not_there_or_not_right_are_named() {
    let usual = ["demo", "--issuer", "https://op.example.com", "--client-id", "x"];
    let finished = tegata(&[&usual[..], &["--client-secret-file", "no-such-file"]].concat());
    assert!(finished.error().starts_with("error: the client secret no-such-file: "));
    let finished = tegata(&[&usual[..], &["--ca", "no-such-file"]].concat());
    assert!(finished.error().starts_with("error: the CA file no-such-file: "));
    let no_pem = TempFile::new("canary: this is no PEM");
    let finished = tegata(&[&usual[..], &["--ca", no_pem.path()]].concat());
    assert!(finished.error().contains("certificate"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("canary"));
}
