//! The provider: request in, response out. It opens no socket and starts no thread.

mod answer;
mod api;
mod asked;
mod authorization;
mod bearer;
mod callback;
mod check_session;
mod device_page;
mod devices;
mod discovery;
mod distributed;
mod end_session;
mod events;
mod exchange;
mod grants;
mod id_token;
mod introspection;
mod key_sets;
mod login_page;
mod logout;
mod requested;
mod revocation;
mod service_account;
mod session;
mod shared;
mod state;
mod token;
mod userinfo;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use tegata_core::error::TransportError;
use tegata_core::http::{HttpRequest, HttpResponse};

pub(crate) use answer::{Refusal, page, set, with_status};
pub(crate) use exchange::{Exchange, Parameters};
pub(crate) use shared::{OnTheWire, Shared};
use state::Settings;

use crate::keys::OldKeys;
use crate::log::Seen;
use crate::profile::Profile;
use crate::script::{Script, Scripted};
use crate::{Browser, Client, Decision, Endpoint, Faults, Landing, TestClock, User};

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
    browser: Browser,
}

/// Builds a [`FakeProvider`]: [`FakeProvider::builder`].
#[derive(Debug)]
pub struct Builder {
    settings: Settings,
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
    /// It is one browser: who signs in stays signed in.
    ///
    /// # Panics
    ///
    /// When `url` is none.
    pub fn browse(&self, url: &str) -> Landing {
        self.browse_in(&self.browser, url)
    }

    /// The same in another browser, with a session of its own.
    ///
    /// ```
    /// use tegata_testkit::profile::Profile;
    /// use tegata_testkit::{Browser, Decision, FakeProvider};
    ///
    /// let provider = FakeProvider::new(Profile::OPENID);
    /// let ask = "https://op.example.com/authorize?response_type=code&client_id=test-client\
    ///            &redirect_uri=https://app.example.com/callback&scope=openid";
    /// provider.browse(ask);                                               // alice
    /// let of_bob = Browser::new();
    /// provider.consent(Decision::approve().user("bob"));
    /// provider.browse_in(&of_bob, ask);
    /// let silently = format!("{ask}&prompt=none&login_hint=bob");
    /// assert!(provider.browse_in(&of_bob, &silently).url().contains("code="));
    /// assert!(provider.browse(&silently).url().contains("error=login_required"));
    /// ```
    ///
    /// # Panics
    ///
    /// When `url` is none.
    pub fn browse_in(&self, browser: &Browser, url: &str) -> Landing {
        browser.visit(url, |request| self.shared.handle(request))
    }

    /// Scripts the next answers of `endpoint`.
    #[must_use = "nothing is scripted yet"]
    pub const fn on(&self, endpoint: Endpoint) -> Scripted<'_> {
        Scripted::new(self, endpoint)
    }

    /// Every answer has these faults from now on, at each endpoint where they can show.
    ///
    /// ```
    /// use tegata_testkit::profile::Profile;
    /// use tegata_testkit::{FakeProvider, Fault};
    ///
    /// let provider = FakeProvider::new(Profile::OPENID);
    /// provider.misbehave(Fault::IssMismatch);     // in front and at the token endpoint
    /// ```
    pub fn misbehave(&self, faults: impl Into<Faults>) {
        let faults = faults.into();
        for endpoint in Endpoint::ALL {
            let shown = faults.iter().filter(|fault| fault.place().is_at(*endpoint));
            let _ = self.on(*endpoint).always(shown.collect::<Faults>());
        }
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

    /// Everybody signs out at the provider, in every browser: `prompt=none` is `login_required` again,
    /// and every client of a session that registered a `backchannel_logout_uri` is told.
    ///
    /// [Browse](Self::browse) to [`Endpoint::EndSession`] to end the session of one browser, and for
    /// frames, which take one.
    pub fn sign_out(&self) {
        self.shared.sign_out();
    }

    /// The logout tokens that wait to be posted to clients, each as the whole request.
    ///
    /// ```
    /// use tegata_testkit::profile::Profile;
    /// use tegata_testkit::{Client, FakeProvider};
    ///
    /// let client = Client::default().backchannel_logout_uri("https://app.example.com/sign-out");
    /// let provider = FakeProvider::builder(Profile::OPENID).client(client).build();
    /// provider.browse(
    ///     "https://op.example.com/authorize?response_type=code&client_id=test-client\
    ///      &redirect_uri=https://app.example.com/callback&scope=openid",
    /// );
    /// provider.sign_out();
    /// let [request] = provider.take_logout_requests().try_into().unwrap();
    /// assert_eq!(request.uri(), "https://app.example.com/sign-out");
    /// assert!(request.body().starts_with(b"logout_token="));
    /// ```
    #[must_use]
    pub fn take_logout_requests(&self) -> Vec<HttpRequest> {
        std::mem::take(&mut self.shared.lock().logout_requests)
    }

    /// What clients answered to the logout tokens that a [`Server`](crate::Server) posted.
    #[must_use]
    pub fn logout_answers(&self) -> Vec<HttpResponse> {
        self.shared.lock().logout_answers.clone()
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

    /// The requests that it saw, in order: the last ten thousand of them.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.lock().log.kept().cloned().collect()
    }

    /// How many requests it ever saw at `endpoint`.
    #[must_use]
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.shared.lock().log.count(endpoint)
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
        self.shared.lock().script = Script::new();
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
        FakeProvider { shared: Arc::new(Shared::new(self.settings)), browser: Browser::new() }
    }
}
