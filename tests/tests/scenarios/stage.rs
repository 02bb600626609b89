//! Where every scenario plays: the fake provider, a client of it, and one clock for both.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::Error;
use tegata_core::authorize::Callback;
use tegata_core::http::HttpRequest;
use tegata_core::token::TokenSet;
use tegata_oidc::Config;
use tegata_oidc::sign_in::{PendingSignIn, SignInRequest, SignedIn};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, Server};
use tegata_tests::fake;

use super::backend::{self, Client};

pub(super) struct Stage {
    pub(super) client: Client,
    _server: Option<Server>,
    pub(super) provider: Arc<FakeProvider>,
}

impl Stage {
    /// Over real sockets.
    pub(super) fn served(profile: Profile) -> Self {
        Self::serve(fake::provider(profile))
    }

    pub(super) fn serve(provider: FakeProvider) -> Self {
        let server = Some(provider.serve().unwrap());
        let client = backend::client(fake::config(&provider).unwrap(), provider.clock()).unwrap();
        Self { client, _server: server, provider: Arc::new(provider) }
    }

    /// Without a socket.
    pub(super) fn direct(profile: Profile) -> Self {
        Self::configured(profile, |config, _| config)
    }

    /// Without a socket, and with a client that is configured in its own way.
    pub(super) fn configured(
        profile: Profile,
        change: impl FnOnce(Config, &FakeProvider) -> Config,
    ) -> Self {
        let provider = fake::provider(profile);
        let config = change(fake::config(&provider).unwrap(), &provider);
        let clock = provider.clock();
        let client = backend::client_through(config, clock, provider.transport()).unwrap();
        Self { client, _server: None, provider: Arc::new(provider) }
    }

    /// With a client of the scenario's own.
    #[allow(dead_code, reason = "not every test binary has one")]
    pub(super) fn of(client: Client, provider: FakeProvider) -> Self {
        Self { client, _server: None, provider: Arc::new(provider) }
    }

    /// From the request to the callback: the user does as the provider was told.
    pub(super) fn authorize(&self, request: SignInRequest) -> (PendingSignIn, Callback) {
        let (url, pending) = self.client.start(request).unwrap();
        (pending, self.provider.browse(url.as_str()).callback().unwrap())
    }

    /// The whole road.
    pub(super) fn sign_in(&self, request: SignInRequest) -> Result<SignedIn, Error> {
        let (url, pending) = self.client.start(request)?;
        self.client.finish(pending, self.provider.browse(url.as_str()).callback()?)
    }

    /// So many of them at the same time.
    pub(super) fn sign_in_at_once(&self, count: usize) -> Vec<Result<SignedIn, Error>> {
        let provider = Arc::clone(&self.provider);
        let browse = move |url: &str| provider.browse(url).callback().unwrap();
        let all = backend::sign_in_at_once(&self.client, count, &request(), browse);
        assert_eq!(all.len(), count);
        all
    }

    /// Alice, with everything that there is.
    pub(super) fn signed_in(&self) -> SignedIn {
        self.sign_in(request().offline()).unwrap()
    }

    pub(super) fn wait(&self, seconds: u64) {
        self.provider.clock().advance(Duration::from_secs(seconds));
    }

    /// How many requests the client sent; those of the browser are not among them.
    pub(super) fn sent(&self) -> usize {
        self.provider.requests().len() - self.provider.count(Endpoint::Authorization)
    }

    pub(super) fn api_request(&self) -> HttpRequest {
        http::Request::get(self.provider.address(Endpoint::Api).unwrap()).body(Vec::new()).unwrap()
    }
}

/// What most scenarios ask for.
pub(super) fn request() -> SignInRequest {
    SignInRequest::new().scope("openid email profile").unwrap()
}

/// The tokens of a sign-in that brought some.
pub(super) fn tokens(signed_in: &SignedIn) -> &TokenSet {
    signed_in.tokens().unwrap()
}
