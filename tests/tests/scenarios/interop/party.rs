//! One client at the certified provider, on one transport.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tegata_core::Error;
use tegata_core::authorize::Callback;
use tegata_core::flow::Flow;
use tegata_oidc::RelyingParty;
use tegata_oidc::sign_in::{PendingSignIn, SignInRequest, SignedIn};
use tegata_tests::interop::{Provider, browse};
use tegata_ureq::OsRandom;

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
        let start = self.party.start(request, &OsRandom::new()).unwrap();
        let (url, pending) = self.run(start).unwrap();
        let redirect_uri = redirect_uri_of(&url);
        let callback = browse(url, &redirect_uri, |request| self.backend.send(request).unwrap());
        (pending, callback)
    }

    /// The whole road.
    pub(super) fn sign_in(&self, request: SignInRequest) -> Result<SignedIn, Error> {
        let (pending, callback) = self.authorize(request);
        self.run(self.party.finish(pending, callback))
    }

    pub(super) fn run<F: Flow>(&self, mut flow: F) -> Result<F::Output, Error> {
        self.backend.run(&mut flow)
    }
}

fn redirect_uri_of(url: &url::Url) -> String {
    url.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned()
}
