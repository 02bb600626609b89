//! Keeps tokens alive: one manager per client and store, one handle per grant.
//!
//! ```text
//!   callers ──▶ TokenHandle ──fresh──▶ token            no lock, no store, no task
//!                   │ ageing, or none
//!                   └──▶ a task of its own drives the machine of tegata-tokens;
//!                        callers wait for its reply and may give up at any time
//! ```

mod drive;
mod handle;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::token::TokenSet;
use tegata_oidc::sign_in::SignedIn;
use tegata_tokens::event::Event;
use tegata_tokens::grant::{AccessKey, Whose};
use tegata_tokens::machine::{Consent, Machine, Reply, Revoke, Rules, Sweep, Tend};
use tegata_tokens::slot::Slot;
use tegata_tokens::store::{Blocking, Job};
use tegata_tokens::{AsyncTokenStore, Error, GrantId, RefreshPolicy, Settings, TokenStore};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

pub use handle::TokenHandle;

use crate::client::Client;

/// Keeps the tokens of one client alive, in one store. Clones share everything: make one when the
/// application starts, and [`drain`](Self::drain) it when it ends.
///
/// ```no_run
/// use std::time::Duration;
/// use tegata_reqwest::{Client, SignedIn, blocking};
/// use tegata_tokens::store::MemoryStore;
///
/// # async fn example(client: Client, signed_in: SignedIn)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = client.tokens(blocking(MemoryStore::new())).build();
/// let handle = tokens.keep(&signed_in).await?;            // after a sign-in
///
/// let token = handle.access_token(Duration::ZERO).await?; // whenever one is needed
/// println!("good until {}", token.life().expires_at());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct TokenManager(Arc<Inner>);

struct Inner {
    client: Client,
    store: Arc<dyn AsyncTokenStore>,
    rules: Rules,
    listener: Box<Listener>,
    grants: Mutex<BTreeMap<GrantId, Arc<Held>>>,
    running: Mutex<usize>,
    ended: Notify,
}

type Listener = dyn Fn(&GrantId, &Event) -> bool + Send + Sync;

/// What this process holds of one grant.
#[derive(Default)]
struct Held {
    /// One machine per grant at a time.
    turn: tokio::sync::Mutex<()>,
    slots: Mutex<BTreeMap<AccessKey, Arc<Slot>>>,
}

impl TokenManager {
    /// Keeps what a sign-in brought, and answers with the handle of the grant.
    ///
    /// The grant is named by issuer, client and subject: another account is another grant. An
    /// answer without a refresh token keeps the one that is stored.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when it could not be stored; [`Error::NoGrant`] for a sign-in without
    /// tokens.
    pub async fn keep(&self, signed_in: &SignedIn) -> Result<TokenHandle, Error> {
        let claims = signed_in.claims();
        let config = self.0.client.relying_party().config();
        let issuer = config.usual_issuer(claims.issuer());
        let grant = GrantId::new(issuer, config.client().id(), claims.subject());
        let tokens = signed_in.tokens().ok_or(Error::NoGrant)?;
        self.keep_as(grant, tokens, signed_in.granted().requested()).await
    }

    /// Keeps tokens under a name of the application's own: of plain OAuth 2.0, or imported.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when they could not be stored.
    pub async fn keep_as(
        &self,
        grant: GrantId,
        tokens: &TokenSet,
        requested: &Scope,
    ) -> Result<TokenHandle, Error> {
        let rules = self.0.rules.clone();
        let machine = Consent::new(grant.clone(), tokens.clone(), requested.clone(), rules);
        let handle = self.handle(&grant);
        match self.run_detached(grant, machine).await? {
            Reply::Failed(error) => Err(error),
            reply => {
                handle.slot().publish(&reply);
                Ok(handle)
            }
        }
    }

    /// The handle of a grant. It need not exist: asking it for a token will tell.
    #[must_use]
    pub fn handle(&self, grant: &GrantId) -> TokenHandle {
        TokenHandle::new(self.clone(), grant.clone(), AccessKey::whole())
    }

    /// Revokes a grant: here first, so that no refresh brings it back, then at the provider. When
    /// the provider cannot be reached, [`tend`](Self::tend) goes on trying.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when not even the intent could be stored.
    pub async fn revoke(&self, grant: &GrantId) -> Result<(), Error> {
        let machine = Revoke::new(grant.clone(), self.0.rules.clone());
        match self.run_detached(grant.clone(), machine).await? {
            Reply::Failed(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Finishes what is due and what dead processes left of this client's grants, at most `limit`;
    /// answers how many there were. Grants of other clients in the same store are theirs to tend: see
    /// [`Whose`]. Call it when the application starts and every few seconds, in a task of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the store cannot be read.
    pub async fn tend(&self, limit: usize) -> Result<usize, Error> {
        let whose = self.whose().await;
        let due = self.0.store.due(&whose, self.0.client.now(), limit).await?;
        for grant in &due {
            let mut machine = Tend::new(grant.clone(), self.0.rules.clone());
            let publish = |reply: &Reply| self.0.publish(grant, reply);
            self.0.drive_if_idle(grant, &mut machine, publish).await;
        }
        Ok(due.len())
    }

    /// Seals every record under the active key again; answers how many there were. Run it after the
    /// key ring was changed, before the old key is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the store cannot be read; [`Error::Vault`] for a record that does not
    /// open.
    pub async fn seal_anew(&self) -> Result<usize, Error> {
        let mut count = 0;
        let mut last: Option<GrantId> = None;
        loop {
            let page = self.0.store.list(last.as_ref(), 100).await?;
            for grant in &page {
                let mut machine = Sweep::new(grant.clone());
                self.0.drive_in_turn(grant, &mut machine, |_| {}).await;
                if let Some(Err(fault)) = machine.swept() {
                    return Err(Error::Vault(*fault));
                }
            }
            count += page.len();
            match page.into_iter().next_back() {
                Some(grant) => last = Some(grant),
                None => return Ok(count),
            }
        }
    }

    /// Whose grants these are, by every name of the provider.
    async fn whose(&self) -> Whose {
        let client = &self.0.client;
        let metadata = client.metadata().await.ok();
        let token = metadata.as_ref().and_then(|metadata| metadata.endpoint("token_endpoint"));
        let config = client.relying_party().config();
        let issuers = config.issuers().chain(token.map(|url| url.as_url().as_str()));
        Whose::new(config.client().id(), issuers)
    }

    /// Waits until every refresh that was begun has ended, at most `patience`; `false` when some
    /// have not. The last thing to do before the runtime ends.
    pub async fn drain(&self, patience: Duration) -> bool {
        let all_ended = async {
            loop {
                let ended = self.0.ended.notified();
                if *lock(&self.0.running) == 0 {
                    return;
                }
                ended.await;
            }
        };
        timeout(patience, all_ended).await.is_ok()
    }

    /// Runs `machine` in a task of its own, and waits for its first reply.
    async fn run_detached(
        &self,
        grant: GrantId,
        mut machine: impl Machine + 'static,
    ) -> Result<Reply, Error> {
        let (send, receive) = oneshot::channel();
        let send = Mutex::new(Some(send));
        self.spawn(move |inner| async move {
            let publish = |reply: &Reply| {
                inner.publish(&grant, reply);
                if let Some(send) = lock(&send).take() {
                    // Whoever asked may have given up.
                    let _ = send.send(reply.clone());
                }
            };
            inner.drive_in_turn(&grant, &mut machine, publish).await;
        });
        Ok(receive.await.unwrap_or(Reply::Failed(self.try_again())))
    }

    fn spawn<W: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(Arc<Inner>) -> W) {
        *lock(&self.0.running) += 1;
        let running = Running(Arc::clone(&self.0));
        let work = work(Arc::clone(&self.0));
        tokio::spawn(async move {
            let _running = running;
            work.await;
        });
    }

    /// The task died: its runtime is ending.
    fn try_again(&self) -> Error {
        let until = self.0.client.now().plus(Duration::from_secs(1));
        Error::Unavailable { until, cause: None }
    }
}

impl fmt::Debug for TokenManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenManager").field("rules", &self.0.rules).finish_non_exhaustive()
    }
}

impl Inner {
    fn held(&self, grant: &GrantId) -> Arc<Held> {
        Arc::clone(lock(&self.grants).entry(grant.clone()).or_default())
    }

    fn slot(&self, grant: &GrantId, key: &AccessKey) -> Arc<Slot> {
        Arc::clone(lock(&self.held(grant).slots).entry(key.clone()).or_default())
    }

    /// What a machine that no single slot belongs to has to say: only an end concerns them all.
    fn publish(&self, grant: &GrantId, reply: &Reply) {
        if matches!(reply, Reply::Revoked) {
            for slot in lock(&self.held(grant).slots).values() {
                slot.publish(reply);
            }
        }
    }
}

/// One task more; one less, however it ends.
struct Running(Arc<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        *lock(&self.0.running) -= 1;
        self.0.ended.notify_waiters();
    }
}

/// Puts a [`TokenManager`] together: [`Client::tokens`].
pub struct TokenManagerBuilder {
    client: Client,
    store: Arc<dyn AsyncTokenStore>,
    policy: RefreshPolicy,
    settings: Settings,
    listener: Box<Listener>,
}

impl TokenManagerBuilder {
    pub(crate) fn new(client: Client, store: impl AsyncTokenStore + 'static) -> Self {
        let settings = Settings::default().with_http_deadline(client.deadline());
        Self {
            client,
            store: Arc::new(store),
            policy: RefreshPolicy::UNKNOWN,
            settings,
            listener: Box::new(|_, _| true),
        }
    }

    /// What the provider does with refresh tokens; nothing is assumed unless set.
    #[must_use]
    pub const fn policy(mut self, policy: RefreshPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Other times than the usual ones. The HTTP deadline stays the client's: see
    /// [`TransportOptions::deadline`](crate::TransportOptions::deadline).
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings.with_http_deadline(self.client.deadline());
        self
    }

    /// Who is told of new tokens, of needed consent, of an end in sight. Events come at least once;
    /// `false` has one come again.
    #[must_use]
    pub fn listener(
        mut self,
        listener: impl Fn(&GrantId, &Event) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.listener = Box::new(listener);
        self
    }

    /// The manager.
    #[must_use]
    pub fn build(self) -> TokenManager {
        let rules = Rules::new(self.store.instance().clone(), self.policy);
        TokenManager(Arc::new(Inner {
            client: self.client,
            store: self.store,
            rules: rules.with_settings(self.settings),
            listener: self.listener,
            grants: Mutex::default(),
            running: Mutex::default(),
            ended: Notify::new(),
        }))
    }
}

impl fmt::Debug for TokenManagerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenManagerBuilder").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// A blocking store, such as SQLite, for an async client: its work is done on the threads that tokio
/// keeps for blocking work.
#[must_use]
pub fn blocking(store: impl TokenStore + 'static) -> Blocking {
    Blocking::new(store, |job: Job| drop(tokio::task::spawn_blocking(|| job.run())))
}

/// Nothing panics while holding one of these.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
