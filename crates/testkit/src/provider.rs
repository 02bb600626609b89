//! The provider: request in, response out. It opens no socket and starts no thread.

mod answer;
mod api;
mod asked;
mod authorization;
mod bearer;
mod callback;
mod discovery;
mod end_session;
mod exchange;
mod grants;
mod id_token;
mod introspection;
mod key_sets;
mod login_page;
mod revocation;
mod token;
mod userinfo;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tegata_core::error::{TransportError, TransportFault};
use tegata_core::http::{self, HttpRequest, HttpResponse};
use tegata_core::scope::Scope;
use tegata_core::time::{Clock as _, UnixTime};

use crate::keys::{KeyRing, OldKeys};
use crate::log::Seen;
use crate::profile::{Profile, path_of};
use crate::script::{Script, Scripted};
use crate::{Client, Decision, Endpoint, Landing, TestClock, User, browser, misbehave};

pub(crate) use answer::{page, set};
use exchange::Exchange;
pub(crate) use exchange::Parameters;
use grants::Grants;

/// From which delay on a transport without sockets gives up.
const TRANSPORT_DEADLINE: Duration = Duration::from_secs(10);

/// A fake OpenID provider.
///
/// Give it requests with [`handle`](Self::handle) or [`transport`](Self::transport), or let it
/// [serve](Self::serve) on a socket of this machine. When it goes away it panics if scripted
/// answers are left: a test that scripted them did not test what it meant to.
///
/// ```
/// use tegata_testkit::profile::Profile;
/// use tegata_testkit::{Endpoint, FakeProvider};
///
/// let provider = FakeProvider::new(Profile::OPENID);
/// let request = http::Request::new(Vec::new());
/// assert_eq!(provider.handle(&request).status(), 404);
/// assert_eq!(provider.count(Endpoint::Token), 0);
/// ```
pub struct FakeProvider {
    shared: Arc<Shared>,
}

/// What the handle shares with its transports and servers.
pub(crate) struct Shared {
    settings: Settings,
    state: Mutex<State>,
}

/// Builds a [`FakeProvider`]: [`FakeProvider::builder`].
#[derive(Debug)]
pub struct Builder {
    settings: Settings,
}

/// What stays as it is.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) profile: Profile,
    pub(crate) clients: Vec<Client>,
    pub(crate) users: Vec<User>,
    pub(crate) clock: TestClock,
    pub(crate) interactive: bool,
}

/// What changes.
pub(crate) struct State {
    pub(crate) keys: KeyRing,
    pub(crate) grants: Grants,
    pub(crate) decision: Decision,
    /// Who is signed in. There is one browser.
    pub(crate) session: Option<Session>,
    pub(crate) id_tokens: Vec<String>,
    consents: BTreeMap<(String, String), Scope>,
    script: Script,
    log: Vec<Seen>,
    /// Where it is served, when it is: scheme, host and port.
    origin: Option<String>,
}

/// A user who is signed in at the provider.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) subject: String,
    pub(crate) auth_time: UnixTime,
}

/// What is to happen to an answer below HTTP.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OnTheWire {
    Delayed(Duration),
    Reset,
    Truncated,
}

impl FakeProvider {
    /// A provider with one client ([`Client::default`]) and the users `alice` and `bob`, of whom
    /// `alice` signs in and agrees to everything. Its clock runs with the machine's.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self::builder(profile).build()
    }

    /// As [`FakeProvider::new`], but with a login page for a person in front of a browser.
    #[must_use]
    pub fn interactive(profile: Profile) -> Self {
        Self::builder(profile).interactive().build()
    }

    /// A provider with clients, users and a clock of the test's own.
    #[must_use]
    pub fn builder(profile: Profile) -> Builder {
        let settings = Settings {
            profile,
            clients: vec![Client::default()],
            users: User::defaults(),
            clock: TestClock::running(),
            interactive: false,
        };
        Builder { settings }
    }

    /// Answers one request. Of the address only path and query count.
    #[must_use]
    pub fn handle(&self, request: &HttpRequest) -> HttpResponse {
        self.shared.handle(request)
    }

    /// A transport without a socket: drives a flow, or a client that takes closures.
    ///
    /// It may outlive the handle. Scripted delays move the clock instead of waiting.
    pub fn transport(
        &self,
    ) -> impl Fn(HttpRequest) -> Result<HttpResponse, TransportError> + Clone + Send + Sync + 'static
    {
        let shared = Arc::clone(&self.shared);
        move |request| shared.exchange(&request)
    }

    /// Sends the browser to `url` and says where it lands: an authorization URL leads to the
    /// callback, at once and without a network.
    ///
    /// # Panics
    ///
    /// When `url` is none.
    #[must_use]
    pub fn browse(&self, url: &str) -> Landing {
        browser::browse(url, |request| self.shared.handle(request))
    }

    /// Scripts the next answers of `endpoint`.
    #[must_use = "nothing is scripted yet"]
    pub const fn on(&self, endpoint: Endpoint) -> Scripted<'_> {
        Scripted::new(self, endpoint)
    }

    /// What the user decides from now on.
    ///
    /// # Panics
    ///
    /// When the decision names a user that the provider does not know.
    pub fn consent(&self, decision: Decision) {
        if let Some(subject) = decision.subject() {
            let known = self.shared.settings.users.iter().any(|user| user.subject == subject);
            assert!(known, "the provider knows no user {subject:?}");
        }
        self.shared.lock().decision = decision;
    }

    /// The provider forgets who is signed in: `prompt=none` is `login_required` again.
    pub fn sign_out(&self) {
        self.shared.lock().session = None;
    }

    /// New signing keys under new names.
    pub fn rotate_keys(&self, old: OldKeys) {
        self.shared.lock().keys.rotate(old);
    }

    /// The clock that decides what has expired. Clones of it move together.
    #[must_use]
    pub fn clock(&self) -> TestClock {
        self.shared.settings.clock.clone()
    }

    /// The profile that it plays.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.shared.settings.profile
    }

    /// Its issuer: that of the profile, or of the server while it is served.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.shared.lock().issuer(&self.shared.settings.profile)
    }

    /// The address of `endpoint`; `None` when the profile has no such endpoint.
    #[must_use]
    pub fn address(&self, endpoint: Endpoint) -> Option<String> {
        self.shared.lock().address(&self.shared.settings.profile, endpoint)
    }

    /// Every request that it saw, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.lock().log.clone()
    }

    /// How many requests it saw at `endpoint`.
    #[must_use]
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.shared.lock().log.iter().filter(|seen| seen.endpoint() == endpoint).count()
    }

    /// Checks that every scripted answer was given. The end of the provider checks it too.
    ///
    /// # Panics
    ///
    /// When answers are left.
    pub fn assert_all_used(&self) {
        let unused = self.shared.lock().script.unused();
        assert!(unused.is_empty(), "scripted answers were never asked for: {unused:?}");
    }

    /// Drops what was scripted and is left.
    pub fn forget_script(&self) {
        self.shared.lock().script = Script::default();
    }

    pub(crate) fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.shared.lock().script);
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_all_used();
        }
    }
}

impl fmt::Debug for FakeProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeProvider")
            .field("profile", &self.shared.settings.profile.name)
            .field("requests", &self.shared.lock().log)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Registers a client, beside [`Client::default`].
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.settings.clients.retain(|known| known.id != client.id);
        self.settings.clients.push(client);
        self
    }

    /// Adds a user, beside `alice` and `bob`.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.settings.users.retain(|known| known.subject != user.subject);
        self.settings.users.push(user);
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn clock(mut self, clock: TestClock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Shows a login page instead of deciding by script.
    #[must_use]
    pub const fn interactive(mut self) -> Self {
        self.settings.interactive = true;
        self
    }

    /// Builds it.
    #[must_use]
    pub fn build(self) -> FakeProvider {
        let state = State {
            keys: KeyRing::new(),
            grants: Grants::default(),
            decision: Decision::approve(),
            session: None,
            id_tokens: Vec::new(),
            consents: BTreeMap::new(),
            script: Script::default(),
            log: Vec::new(),
            origin: None,
        };
        FakeProvider {
            shared: Arc::new(Shared { settings: self.settings, state: Mutex::new(state) }),
        }
    }
}

impl Shared {
    pub(crate) fn handle(&self, request: &HttpRequest) -> HttpResponse {
        let mut state = self.lock();
        let settings = &self.settings;
        let path = request.uri().path().trim_end_matches('/');
        let Some(endpoint) = settings.profile.route(path) else { return answer::not_found() };
        state.log.push(Seen::new(endpoint, request));
        let planned = state.script.next(endpoint);
        if let Some(response) = planned.response {
            return response;
        }
        let now = settings.clock.now();
        let mut exchange =
            Exchange { settings, state: &mut state, request, now, faults: planned.faults };
        let honest = route(endpoint, &mut exchange);
        let mut response = misbehave::answer(&exchange.faults, honest);
        if !planned.delay.is_zero() {
            response.extensions_mut().insert(OnTheWire::Delayed(planned.delay));
        }
        response
    }

    /// An exchange as a client's transport sees it.
    fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        let response = self.handle(request);
        let fault = match response.extensions().get() {
            None => return Ok(response),
            Some(OnTheWire::Delayed(delay)) => {
                self.settings.clock.advance(*delay);
                if *delay < TRANSPORT_DEADLINE {
                    return Ok(response);
                }
                TransportFault::Timeout
            }
            Some(OnTheWire::Reset | OnTheWire::Truncated) => TransportFault::Interrupted,
        };
        let endpoint = request.extensions().get::<http::Endpoint>().copied();
        Err(TransportError::new(endpoint.unwrap_or(http::Endpoint::ProtectedResource), fault))
    }

    /// Moves the issuer and every address to where the provider is served.
    pub(crate) fn set_origin(&self, origin: Option<String>) {
        self.lock().origin = origin;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn route(endpoint: Endpoint, exchange: &mut Exchange<'_>) -> HttpResponse {
    let answer = match endpoint {
        Endpoint::Api => api::answer(exchange),
        Endpoint::Authorization => Ok(authorization::answer(exchange)),
        Endpoint::Certificates => Ok(key_sets::certificates(exchange)),
        Endpoint::Consent => Ok(login_page::answer(exchange)),
        Endpoint::Discovery => Ok(discovery::answer(exchange)),
        Endpoint::EndSession => Ok(end_session::answer(exchange)),
        Endpoint::Introspection => introspection::answer(exchange),
        Endpoint::Jwks => Ok(key_sets::jwks(exchange)),
        Endpoint::PublicKeys => Ok(key_sets::public_keys(exchange)),
        Endpoint::Revocation => revocation::answer(exchange),
        Endpoint::Token => token::answer(exchange),
        Endpoint::UserInfo => userinfo::answer(exchange),
    };
    answer.unwrap_or_else(|refusal| refusal.answer(&exchange.settings.profile))
}

impl Settings {
    /// Who signs in when nothing else is said.
    pub(crate) fn default_subject(&self) -> String {
        self.users.first().map(|user| user.subject.clone()).unwrap_or_default()
    }

    /// Whether `hint`, a subject or an e-mail address, means who is signed in.
    pub(crate) fn is_user(&self, session: &Session, hint: &str) -> bool {
        self.users.iter().any(|user| user.subject == session.subject && user.is(hint))
    }
}

impl State {
    pub(crate) fn issuer(&self, profile: &Profile) -> String {
        self.served(profile.issuer)
    }

    pub(crate) fn address(&self, profile: &Profile, endpoint: Endpoint) -> Option<String> {
        profile.address(endpoint).map(|address| self.served(address))
    }

    /// What the user agreed to for this client before.
    pub(crate) fn consented(&self, client: &str, subject: &str) -> Scope {
        let key = (client.to_owned(), subject.to_owned());
        self.consents.get(&key).cloned().unwrap_or_default()
    }

    pub(crate) fn consent(&mut self, client: &str, subject: &str, scope: &Scope) {
        let all = self.consented(client, subject).union(scope);
        self.consents.insert((client.to_owned(), subject.to_owned()), all);
    }

    pub(crate) fn forget_consent(&mut self, client: &str, subject: &str) {
        self.consents.remove(&(client.to_owned(), subject.to_owned()));
    }

    fn served(&self, address: &str) -> String {
        match &self.origin {
            Some(origin) => format!("{origin}{}", path_of(address)),
            None => address.to_owned(),
        }
    }
}
