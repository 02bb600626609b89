//! The token manager of either backend, as the threads of a worker call it.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::token::TokenSet;
use tegata_oidc::Config;
use tegata_tokens::{Error, GrantId, RefreshPolicy, Settings, TokenStore};
use tegata_ureq::TransportOptions;
use tokio::runtime::{Builder, Runtime};

use crate::Failure;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Async,
    Blocking,
}

/// A manager of one client at one store.
pub(crate) enum Keeper {
    Async { manager: tegata_reqwest::TokenManager, runtime: Runtime },
    Blocking(tegata_ureq::TokenManager),
}

impl Keeper {
    pub(crate) fn new(
        backend: Backend,
        config: Config,
        options: TransportOptions,
        store: Arc<dyn TokenStore>,
        policy: RefreshPolicy,
    ) -> Result<Self, Failure> {
        // Each use is a refusal here, so that grants need not grow old for a refresh.
        let settings = Settings::default().with_cool_down(Duration::ZERO);
        match backend {
            Backend::Async => {
                let client = tegata_reqwest::Client::builder(config);
                let client = client.transport_options(options).build()?;
                let tokens = client.tokens(tegata_reqwest::blocking(store));
                let manager = tokens.policy(policy).settings(settings).build();
                let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
                Ok(Self::Async { manager, runtime })
            }
            Backend::Blocking => {
                let client = tegata_ureq::Client::builder(config);
                let client = client.transport_options(options).build()?;
                let tokens = client.tokens(store).policy(policy).settings(settings);
                Ok(Self::Blocking(tokens.build()))
            }
        }
    }

    /// Keeps what a user agreed to.
    pub(crate) fn keep(&self, grant: GrantId, tokens: &TokenSet) -> Result<(), Error> {
        let scope = Scope::empty();
        match self {
            Self::Async { manager, runtime } => {
                runtime.block_on(manager.keep_as(grant, tokens, &scope)).map(drop)
            }
            Self::Blocking(manager) => manager.keep_as(grant, tokens, &scope).map(drop),
        }
    }

    /// The access token's text.
    pub(crate) fn token(&self, grant: &GrantId) -> Result<String, Error> {
        let token = match self {
            Self::Async { manager, runtime } => {
                runtime.block_on(manager.handle(grant).access_token(Duration::ZERO))
            }
            Self::Blocking(manager) => manager.handle(grant).access_token(Duration::ZERO),
        };
        Ok(token?.token().expose().to_owned())
    }

    /// Refuses the token that there is, as an API would, and gets another one.
    pub(crate) fn another(&self, grant: &GrantId) -> Result<(), Error> {
        match self {
            Self::Async { manager, runtime } => {
                runtime.block_on(another(manager.clone(), grant.clone()))
            }
            Self::Blocking(manager) => another_blocking(manager, grant),
        }
    }

    /// The same, but gives up after `patience`, in the way of its backend: a future is dropped, a
    /// thread is left alone. `None`: it gave up.
    pub(crate) fn another_within(
        &self,
        grant: &GrantId,
        patience: Duration,
    ) -> Option<Result<(), Error>> {
        match self {
            Self::Async { manager, runtime } => runtime.block_on(async {
                let asked = another(manager.clone(), grant.clone());
                tokio::time::timeout(patience, asked).await.ok()
            }),
            Self::Blocking(manager) => {
                let (send, receive) = mpsc::channel();
                let (manager, grant) = (manager.clone(), grant.clone());
                // Nobody listens any more when it was left alone.
                thread::spawn(move || drop(send.send(another_blocking(&manager, &grant))));
                receive.recv_timeout(patience).ok()
            }
        }
    }

    pub(crate) fn revoke(&self, grant: &GrantId) -> Result<(), Error> {
        match self {
            Self::Async { manager, runtime } => runtime.block_on(manager.revoke(grant)),
            Self::Blocking(manager) => manager.revoke(grant),
        }
    }

    /// Finishes what others left.
    pub(crate) fn tend(&self) -> Result<usize, Error> {
        match self {
            Self::Async { manager, runtime } => runtime.block_on(manager.tend(MOST)),
            Self::Blocking(manager) => manager.tend(MOST),
        }
    }

    /// Whether all that was begun has ended.
    pub(crate) fn drain(&self) -> bool {
        let patience = Duration::from_secs(30);
        match self {
            Self::Async { manager, runtime } => runtime.block_on(manager.drain(patience)),
            Self::Blocking(manager) => manager.drain(patience),
        }
    }
}

/// How many grants are tended at once.
const MOST: usize = 100;

async fn another(manager: tegata_reqwest::TokenManager, grant: GrantId) -> Result<(), Error> {
    let handle = manager.handle(&grant);
    let token = handle.access_token(Duration::ZERO).await?;
    handle.instead_of(token.token()).await.map(drop)
}

fn another_blocking(manager: &tegata_ureq::TokenManager, grant: &GrantId) -> Result<(), Error> {
    let handle = manager.handle(grant);
    let token = handle.access_token(Duration::ZERO)?;
    handle.instead_of(token.token()).map(drop)
}
