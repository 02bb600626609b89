//! The client: a relying party with a transport, a clock and a random source.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tegata_core::Error;
use tegata_core::authorize::Callback;
use tegata_core::bearer;
use tegata_core::flow::Flow;
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::metadata::ServerMetadata;
use tegata_core::random::Random;
use tegata_core::revoke::Revoked;
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_core::time::{Clock, UnixTime};
use tegata_core::token::TokenSet;
use tegata_core::transport::TransportOptions;
use tegata_jose::id_token::{FirstIdToken, IdToken};
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::logout::back_channel::Logout;
use tegata_oidc::refresh::Refreshed;
use tegata_oidc::replay::SeenTokens;
use tegata_oidc::sign_in::{
    DeviceRequest, Grant, PendingDevice, PendingSignIn, SignInRequest, SignedIn,
};
use tegata_oidc::user_info::UserInfo;
use tegata_oidc::{Config, RelyingParty};
use tegata_tokens::AsyncTokenStore;
use url::Url;

use crate::device::DeviceSignIn;
use crate::driver;
use crate::sign_in::SignIn;
use crate::tokens::TokenManagerBuilder;
use crate::transport::{HttpTransport, Transport};
use tegata_system::{OsRandom, SystemClock};

/// One client at one provider. Clones are cheap and share connections, metadata and keys: make one
/// when the application starts and keep it.
///
/// ```no_run
/// use tegata_reqwest::{Callback, Client, Config, CookieKey, PendingSignIn};
///
/// # async fn example(config: Config, cookie_key: CookieKey, request_url: &str)
/// #     -> Result<(), tegata_core::Error> {
/// let client = Client::builder(config).redirect_uri("https://app.example.com/cb")?.build()?;
///
/// let (url, pending) = client.sign_in().scope("openid email")?.start().await?;
/// let cookie = pending.seal(&cookie_key)?;        // then redirect the browser to `url`
///
/// let pending = PendingSignIn::open(&cookie_key, &cookie, client.now())?;
/// let signed_in = client.finish(pending, Callback::from_url(request_url)?).await?;
/// println!("hello, {}", signed_in.claims().subject());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    party: RelyingParty,
    transport: Box<dyn Transport>,
    clock: Box<dyn Clock>,
    random: Box<dyn Random>,
    deadline: Duration,
}

impl Client {
    /// Begins a client of `config`: a preset's, or one written by hand.
    #[must_use]
    pub fn builder(config: Config) -> ClientBuilder {
        ClientBuilder {
            config,
            options: TransportOptions::new(),
            transport: None,
            clock: Box::new(SystemClock::new()),
            random: Box::new(OsRandom::new()),
        }
    }

    /// Begins a sign-in; [`SignIn::start`] ends in the URL to send the browser to.
    pub fn sign_in(&self) -> SignIn<'_> {
        SignIn::new(self)
    }

    /// Starts a sign-in that was put together elsewhere.
    ///
    /// # Errors
    ///
    /// As [`SignIn::start`].
    pub async fn start(&self, request: SignInRequest) -> Result<(Url, PendingSignIn), Error> {
        self.run(self.0.party.start(request, &*self.0.random)?).await
    }

    /// Finishes a sign-in: checks everything about `callback`, exchanges the code, verifies every
    /// ID token.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the user or the provider said no; [`Error::Misbehaved`] or
    /// [`Error::InvalidToken`] with the check that failed; [`Error::Transport`].
    pub async fn finish(
        &self,
        pending: PendingSignIn,
        callback: Callback,
    ) -> Result<SignedIn, Error> {
        self.run(self.0.party.finish(pending, callback)).await
    }

    /// Finishes an authorization that asked for no identity: plain OAuth 2.0.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub async fn finish_grant(
        &self,
        pending: PendingSignIn,
        callback: Callback,
    ) -> Result<Grant, Error> {
        self.run(self.0.party.finish_grant(pending, callback)).await
    }

    /// Begins a sign-in on a device without a browser, whose user types a code in at another one
    /// (RFC 8628).
    ///
    /// ```no_run
    /// # async fn example(client: tegata_reqwest::Client) -> Result<(), tegata_core::Error> {
    /// let pending = client.device().scope("openid email")?.start().await?;
    /// println!("Open {} and enter {}", pending.verification_uri(), pending.user_code());
    /// let signed_in = client.finish_device(pending).await?;
    /// println!("hello, {}", signed_in.claims().subject());
    /// # Ok(()) }
    /// ```
    pub fn device(&self) -> DeviceSignIn<'_> {
        DeviceSignIn::new(self)
    }

    /// Starts a sign-in on a device that was put together elsewhere.
    ///
    /// # Errors
    ///
    /// As [`DeviceSignIn::start`].
    pub async fn start_device(&self, request: DeviceRequest) -> Result<PendingDevice, Error> {
        self.run(self.0.party.start_device(request)?).await
    }

    /// Waits for the user to answer at the other device, and verifies the ID token. It takes as long
    /// as the user does: see [`PendingDevice::with_patience`].
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `access_denied` when the user said no, with `expired_token` when they
    /// said nothing in time.
    pub async fn finish_device(&self, pending: PendingDevice) -> Result<SignedIn, Error> {
        self.run(self.0.party.finish_device(pending)).await
    }

    /// Waits for the user of a device that asked for no identity: plain OAuth 2.0.
    ///
    /// # Errors
    ///
    /// As [`finish_device`](Self::finish_device).
    pub async fn finish_device_grant(&self, pending: PendingDevice) -> Result<Grant, Error> {
        self.run(self.0.party.finish_device_grant(pending)).await
    }

    /// Asks the provider more about the user of `claims`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the token is not good for it; [`Error::Misbehaved`] with
    /// [`SubjectMismatch`](tegata_core::error::Fault::SubjectMismatch) when the answer is about
    /// somebody else.
    pub async fn user_info(&self, tokens: &TokenSet, claims: &IdToken) -> Result<UserInfo, Error> {
        self.run(self.0.party.user_info(tokens.access_token(), claims)).await
    }

    /// Buys a new access token; a new ID token is bound to `first`.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with `invalid_grant` when the grant is over.
    pub async fn refresh(
        &self,
        tokens: &TokenSet,
        first: Option<&FirstIdToken>,
    ) -> Result<Refreshed, Error> {
        self.run(self.0.party.refresh(tokens, first)?).await
    }

    /// Asks for an access token of the client itself, with no user.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the client may not have it.
    pub async fn client_credentials(&self, scope: Scope) -> Result<TokenSet, Error> {
        self.run(self.0.party.client_credentials(scope)).await
    }

    /// Takes the grant of `tokens` away.
    ///
    /// # Errors
    ///
    /// [`NoEndpoint`](tegata_core::error::Fault::NoEndpoint) where the provider cannot.
    pub async fn revoke(&self, tokens: &TokenSet) -> Result<Revoked, Error> {
        self.run(self.0.party.revoke(tokens)).await
    }

    /// The URL to send the browser to, to sign the user out at the provider too.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](tegata_core::error::ApiMisuse::Unsupported) where the provider has no such
    /// endpoint.
    pub async fn logout_url(&self, request: LogoutRequest) -> Result<Url, Error> {
        self.run(self.0.party.logout_url(request)).await
    }

    /// Receives a logout token that the provider posted. `seen` remembers those whose sessions were
    /// [`ended`](Logout::ended): they are refused. The answer to the provider is
    /// [`answer`](tegata_oidc::logout::back_channel::answer).
    ///
    /// ```no_run
    /// use std::error::Error;
    /// use std::sync::Arc;
    /// use tegata_core::http::HttpRequest;
    /// use tegata_reqwest::Client;
    /// use tegata_jose::logout_token::LogoutToken;
    /// use tegata_oidc::logout::back_channel::Ended;
    /// use tegata_oidc::replay::SeenTokens;
    ///
    /// # struct Sessions;
    /// # impl Sessions { async fn end(&self, _: &LogoutToken) -> Result<(), Box<dyn Error>> { Ok(()) } }
    /// /// What it returns is answered by `back_channel::answer`.
    /// async fn sign_out(
    ///     client: &Client,
    ///     request: &HttpRequest,
    ///     seen: Arc<dyn SeenTokens>,
    ///     sessions: &Sessions,
    /// ) -> Result<Ended, Box<dyn Error>> {
    ///     let logout = client.receive_logout(request, seen).await?;
    ///     sessions.end(logout.token()).await?; // when it fails, the provider's next try counts
    ///     Ok(logout.ended())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Misbehaved`] when `request` is no form with a `logout_token`;
    /// [`Error::InvalidToken`] with the rule that it breaks; [`Error::Transport`].
    pub async fn receive_logout(
        &self,
        request: &HttpRequest,
        seen: Arc<dyn SeenTokens>,
    ) -> Result<Logout, Error> {
        self.run(self.0.party.receive_logout(request, seen)?).await
    }

    /// What the provider says about itself.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] when it is down and was never reached before.
    pub async fn metadata(&self) -> Result<Arc<ServerMetadata>, Error> {
        self.run(self.0.party.metadata()).await
    }

    /// Calls an API with the access token in the `Authorization` header (RFC 6750 §2.1). Statuses
    /// from 200 to 399 come back as they are.
    ///
    /// An API at a private address is reached only when its host was named: see
    /// [`TransportOptions::trust_host`].
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for statuses from 400, with what `WWW-Authenticate` says.
    pub async fn call(
        &self,
        mut request: HttpRequest,
        token: &AccessToken,
    ) -> Result<HttpResponse, Error> {
        bearer::authorize(&mut request, token)?;
        self.call_api(request).await
    }

    /// The same with the access token in the query, for an API that reads no header.
    ///
    /// Discouraged: queries stand in the logs of every server on the way.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub async fn discouraged_call_by_query(
        &self,
        mut request: HttpRequest,
        token: &AccessToken,
    ) -> Result<HttpResponse, Error> {
        bearer::discouraged_authorize_in_query(&mut request, token)?;
        self.call_api(request).await
    }

    async fn call_api(&self, mut request: HttpRequest) -> Result<HttpResponse, Error> {
        request.extensions_mut().insert(Endpoint::ProtectedResource);
        let response = self.0.transport.send(request).await?;
        if response.status().as_u16() < 400 {
            return Ok(response);
        }
        let now = self.0.clock.now();
        let tolerance = &self.0.party.config().profile().tolerance;
        let refused =
            bearer::tolerant_refusal(Endpoint::ProtectedResource, &response, tolerance, now);
        Err(refused.into())
    }

    /// Runs any flow with this client's transport and clock.
    ///
    /// # Errors
    ///
    /// Whatever ends the flow.
    pub async fn run<F: Flow + Send>(&self, mut flow: F) -> Result<F::Output, Error> {
        driver::run(&*self.0.transport, &mut flow, &*self.0.clock).await
    }

    /// Begins a manager that keeps tokens alive in `store`; [`blocking`](crate::blocking) makes one of
    /// a blocking store.
    #[must_use]
    pub fn tokens(&self, store: impl AsyncTokenStore + 'static) -> TokenManagerBuilder {
        TokenManagerBuilder::new(self.clone(), store)
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.0.random
    }

    /// How long one exchange may take.
    pub(crate) fn deadline(&self) -> Duration {
        self.0.deadline
    }

    /// The time by this client's clock: for
    /// [`PendingSignIn::open`](tegata_oidc::sign_in::PendingSignIn::open).
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.0.clock.now()
    }

    /// The relying party: for flows that this type has no method for.
    #[must_use]
    pub fn relying_party(&self) -> &RelyingParty {
        &self.0.party
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("party", &self.0.party).finish_non_exhaustive()
    }
}

/// Puts a [`Client`] together.
pub struct ClientBuilder {
    config: Config,
    options: TransportOptions,
    transport: Option<Box<dyn Transport>>,
    clock: Box<dyn Clock>,
    random: Box<dyn Random>,
}

impl ClientBuilder {
    /// The redirect URI, exactly as it is registered with the provider.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse`](tegata_core::error::ApiMisuse) when the provider's own rules refuse it.
    pub fn redirect_uri(mut self, text: &str) -> Result<Self, Error> {
        self.config = self.config.with_redirect_uri(text)?;
        Ok(self)
    }

    /// Accepts plain `http` to this very machine: for tests and for development.
    #[must_use]
    pub fn allow_loopback_http(mut self) -> Self {
        self.options = self.options.allow_loopback_http();
        self
    }

    /// How the built-in transport behaves: timeouts, certificates, private addresses.
    #[must_use]
    pub fn transport_options(mut self, options: TransportOptions) -> Self {
        self.options = options;
        self
    }

    /// Another transport than the built-in one; the transport options are for the built-in one.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Another random source than the system's.
    #[must_use]
    pub fn random(mut self, random: impl Random + 'static) -> Self {
        self.random = Box::new(random);
        self
    }

    /// The client. Nothing is sent yet: an application starts while its provider is down.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`](tegata_core::error::ApiMisuse::Configuration) when a root
    /// certificate is unreadable.
    pub fn build(self) -> Result<Client, Error> {
        let hosts = self.config.named_hosts();
        let options = hosts.iter().fold(self.options, |options, host| options.trust_host(host));
        let deadline = options.deadline;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Box::new(HttpTransport::new(options)?),
        };
        let party = RelyingParty::new(self.config);
        let (clock, random) = (self.clock, self.random);
        Ok(Client(Arc::new(Inner { party, transport, clock, random, deadline })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
