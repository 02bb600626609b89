//! One client at the certified provider, on one transport.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tegata_core::Error;
use tegata_core::authorize::Callback;
use tegata_core::flow::Flow;
use tegata_core::time::Clock as _;
use tegata_oidc::RelyingParty;
use tegata_oidc::sign_in::{CookieKey, PendingSignIn, SignInRequest, SignedIn};
use tegata_tests::interop::{Browser, Provider};
use tegata_ureq::{OsRandom, SystemClock};

use super::backend::Backend;

pub(super) struct Party {
    pub(super) backend: Backend,
    pub(super) party: RelyingParty,
}

impl Party {
    pub(super) fn new(provider: &Provider, issuer: &str, client: &str) -> Self {
        let config = provider.config(issuer, client);
        let options = provider.transport_options().trust_host(config.issuer().host());
        Self { backend: Backend::new(options).unwrap(), party: RelyingParty::new(config) }
    }

    /// From the request to the callback.
    pub(super) fn authorize(&self, request: SignInRequest) -> (PendingSignIn, Callback) {
        self.authorize_with(&mut self.browser(), request)
    }

    fn authorize_with(
        &self,
        browser: &mut Browser<'_>,
        request: SignInRequest,
    ) -> (PendingSignIn, Callback) {
        let start = self.party.start(request, &OsRandom::new()).unwrap();
        let (url, pending) = self.run(start).unwrap();
        let redirect_uri = redirect_uri_of(&url);
        (pending, browser.sign_in(url, &redirect_uri))
    }

    /// The whole road.
    pub(super) fn sign_in(&self, request: SignInRequest) -> Result<SignedIn, Error> {
        self.sign_in_with(&mut self.browser(), request)
    }

    /// The whole road, in a browser that may be signed in already.
    pub(super) fn sign_in_with(
        &self,
        browser: &mut Browser<'_>,
        request: SignInRequest,
    ) -> Result<SignedIn, Error> {
        let (pending, callback) = self.authorize_with(browser, request);
        self.run(self.party.finish(pending, callback))
    }

    /// The same callback twice, for a cookie can be replayed, and so can a callback: what comes of the
    /// second.
    pub(super) fn sign_in_twice(&self, request: SignInRequest) -> Result<SignedIn, Error> {
        let (pending, callback) = self.authorize(request);
        let (key, now) = (CookieKey::new([7; 32]), SystemClock::new().now());
        let cookie = pending.seal(&key).unwrap();
        let finish = || {
            let pending = PendingSignIn::open(&key, &cookie, now).unwrap();
            self.run(self.party.finish(pending, callback.clone()))
        };
        finish().unwrap();
        finish()
    }

    pub(super) fn browser(&self) -> Browser<'_> {
        Browser::new(|request| self.backend.send(request).unwrap())
    }

    pub(super) fn run<F: Flow>(&self, mut flow: F) -> Result<F::Output, Error> {
        self.backend.run(&mut flow)
    }
}

fn redirect_uri_of(url: &url::Url) -> String {
    url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned()
}
