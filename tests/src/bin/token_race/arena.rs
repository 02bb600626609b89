//! Where a round takes place: a provider on loopback, a store with grants, worker processes.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tegata_core::authorize::Callback;
use tegata_core::transport::TransportOptions;
use tegata_providers::openid;
use tegata_store_file::FileStore;
use tegata_store_sqlite::{SqliteStore, keys};
use tegata_testkit::profile::{Profile, RefreshPolicy};
use tegata_testkit::{Client as Registered, Endpoint, FakeProvider, Server};
use tegata_tokens::interchange::refresh_token_alone;
use tegata_tokens::policy::{RefreshPolicy as Known, Replay, Rotation};
use tegata_tokens::vault::KeyRing;
use tegata_tokens::{Error, GrantId, TokenStore};
use tegata_ureq::{Client, SignInRequest};
use tempfile::TempDir;

use crate::Failure;
use crate::keeper::{Backend, Keeper};

/// A provider, a store, and the grants in it.
pub(crate) struct Arena {
    pub(crate) provider: FakeProvider,
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) grants: Vec<GrantId>,
    pub(crate) folder: TempDir,
    keeper: Keeper,
    _server: Server,
    site: Site,
}

/// What a worker has to know.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) store: String,
    pub(crate) issuer: String,
    /// How long one exchange may take.
    pub(crate) deadline: Duration,
    pub(crate) backend: Backend,
    pub(crate) policy: RefreshPolicy,
}

impl Site {
    /// Reads what [`Site::order`] wrote.
    pub(crate) fn parse(order: &[&str]) -> Option<Self> {
        let [store, issuer, deadline, backend, policy] = order else { return None };
        let seconds = |text: &str| text.parse().ok().map(Duration::from_secs);
        Some(Self {
            store: (*store).to_owned(),
            issuer: (*issuer).to_owned(),
            deadline: seconds(deadline)?,
            backend: if *backend == "async" { Backend::Async } else { Backend::Blocking },
            policy: match *policy {
                "reject" => RefreshPolicy::RotateAndReject,
                "strict" => RefreshPolicy::Rotate,
                grace => RefreshPolicy::RotateWithGrace(seconds(grace)?),
            },
        })
    }

    fn order(&self) -> [String; 5] {
        let seconds = |time: Duration| time.as_secs().to_string();
        let backend = match self.backend {
            Backend::Async => "async",
            Backend::Blocking => "blocking",
        };
        let policy = match self.policy {
            RefreshPolicy::RotateAndReject => "reject".to_owned(),
            RefreshPolicy::RotateWithGrace(grace) => seconds(grace),
            _ => "strict".to_owned(),
        };
        let (store, issuer) = (self.store.clone(), self.issuer.clone());
        [store, issuer, seconds(self.deadline), backend.to_owned(), policy]
    }

    /// Opens the store, and the manager of the one client.
    pub(crate) fn open(&self) -> Result<(Arc<dyn TokenStore>, Keeper), Failure> {
        let keys = KeyRing::new(keys::from_file(format!("{}.key", self.store))?);
        let store: Arc<dyn TokenStore> = match self.store.ends_with(".json") {
            true => Arc::new(FileStore::open(&self.store, keys)?),
            false => Arc::new(SqliteStore::open(&self.store, keys)?),
        };
        let id = Registered::DEFAULT_ID;
        let config = openid::config(&self.issuer, id, Registered::DEFAULT_SECRET)?;
        let options = TransportOptions::new().allow_loopback_http().with_deadline(self.deadline);
        let replay = match self.policy {
            RefreshPolicy::RotateAndReject => Replay::RejectOnly,
            RefreshPolicy::RotateWithGrace(grace) => Replay::SamePair(grace),
            _ => Replay::Strict,
        };
        let policy = Known { rotation: Rotation::Always, replay, ..Known::UNKNOWN };
        let keeper = Keeper::new(self.backend, config, options, Arc::clone(&store), policy)?;
        Ok((store, keeper))
    }
}

impl Arena {
    /// So many grants at a server of `policy`, in SQLite, for blocking workers.
    pub(crate) fn new(
        policy: RefreshPolicy,
        grants: usize,
        deadline: u64,
    ) -> Result<Self, Failure> {
        Self::with("tokens.db", Backend::Blocking, policy, grants, deadline)
    }

    /// The same in the store `name`, for workers on `backend`.
    pub(crate) fn with(
        name: &str,
        backend: Backend,
        policy: RefreshPolicy,
        grants: usize,
        deadline: u64,
    ) -> Result<Self, Failure> {
        let mut profile = Profile::OPENID;
        profile.refresh_policy = policy;
        let provider = FakeProvider::new(profile);
        let server = provider.serve()?;
        let folder = tempfile::tempdir()?;
        let store = folder.path().join(name).to_string_lossy().into_owned();
        let deadline = Duration::from_secs(deadline);
        let site = Site { store, issuer: provider.issuer(), deadline, backend, policy };
        let (store, keeper) = site.open()?;
        let grants = (0..grants).map(|number| consent(&provider, &keeper, &site, number));
        let grants = grants.collect::<Result<_, _>>()?;
        Ok(Self { provider, store, grants, folder, keeper, _server: server, site })
    }

    /// Starts a worker; `prefix` is what starts it, when it is not started by itself.
    pub(crate) fn worker(
        &self,
        job: &str,
        threads: usize,
        prefix: &[&str],
    ) -> Result<Worker, Failure> {
        let program = std::env::current_exe()?;
        let mut command = match prefix {
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            [] => Command::new(program),
        };
        command.args(["worker", job, &threads.to_string()]).args(self.site.order());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("a worker has no output")?);
        let mut worker = Worker { child, output };
        match worker.line()?.as_str() {
            "ready" => Ok(worker),
            other => Err(format!("a worker is not ready: {other}").into()),
        }
    }

    /// How many refresh tokens were spent, and how many of these a second time.
    pub(crate) fn spent(&self) -> (usize, usize) {
        let requests = self.provider.requests();
        let spent: Vec<_> =
            requests.iter().filter_map(|it| it.parameter("refresh_token")).collect();
        let different: BTreeSet<_> = spent.iter().collect();
        (spent.len(), spent.len() - different.len())
    }

    /// How many requests the token endpoint saw.
    pub(crate) fn asked(&self) -> usize {
        self.provider.count(Endpoint::Token)
    }

    /// How many grants are lost: one that lives gives another token, now.
    pub(crate) fn lost(&self) -> Result<usize, Failure> {
        self.provider.forget_script();
        let mut lost = 0;
        for grant in &self.grants {
            match self.keeper.another(grant) {
                Ok(()) => {}
                Err(Error::NeedsConsent) => lost += 1,
                Err(error) => return Err(format!("a grant that gives no token: {error}").into()),
            }
        }
        Ok(lost)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // More was scripted than a round may need.
        self.provider.forget_script();
    }
}

/// A worker process; it ends with the round.
pub(crate) struct Worker {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Says that it begins.
    pub(crate) fn go(&mut self) -> Result<(), Failure> {
        let input = self.child.stdin.as_mut().ok_or("a worker has no input")?;
        Ok(writeln!(input, "go")?)
    }

    /// Its next line: a count of what became of its calls.
    pub(crate) fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Says that it is over, and reads what it counted.
    pub(crate) fn stop(mut self) -> Result<String, Failure> {
        drop(self.child.stdin.take());
        let line = self.line()?;
        self.child.wait()?;
        Ok(line)
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A user agrees, and of what the provider gives the refresh token alone is kept: callers of the new
/// grant have to refresh.
fn consent(
    provider: &FakeProvider,
    keeper: &Keeper,
    site: &Site,
    number: usize,
) -> Result<GrantId, Failure> {
    let id = Registered::DEFAULT_ID;
    let config = openid::config(&site.issuer, id, Registered::DEFAULT_SECRET)?
        .with_redirect_uri(Registered::DEFAULT_REDIRECT_URI)?;
    let client = Client::builder(config).transport(provider.transport()).build()?;
    let (url, pending) = client.start(SignInRequest::new().scope("email")?.offline())?;
    let landing = provider.browse(url.as_str());
    let tokens = client.finish_grant(pending, Callback::from_url(landing.url())?)?;
    let refresh = tokens.tokens().refresh_token().ok_or("no refresh token came")?;
    let grant = GrantId::new(&site.issuer, id, format!("user-{number}"));
    keeper.keep(grant.clone(), &refresh_token_alone(refresh.clone(), client.now()))?;
    Ok(grant)
}
