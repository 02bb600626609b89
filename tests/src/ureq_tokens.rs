//! The blocking token manager, as the scenarios use it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::scope::Scope;
use tegata_core::token::TokenSet;
use tegata_oidc::sign_in::SignedIn;
use tegata_tokens::error::CallError;
use tegata_tokens::event::Event;
use tegata_tokens::{Error, GrantId, RefreshPolicy, TokenStore};
use tegata_ureq::{TokenHandle, TokenManager};

use crate::ureq_backend::Client;

/// A manager and the handle of the one grant that a scenario is about.
#[derive(Debug)]
pub struct Tokens {
    manager: TokenManager,
    handle: TokenHandle,
}

impl Tokens {
    /// Keeps what a sign-in brought.
    ///
    /// # Errors
    ///
    /// As [`TokenManager::keep`].
    pub fn keep(
        client: &Client,
        store: Arc<dyn TokenStore>,
        policy: RefreshPolicy,
        listener: impl Fn(&GrantId, &Event) -> bool + Send + Sync + 'static,
        signed_in: &SignedIn,
    ) -> Result<Self, Error> {
        let manager = client.tokens(store).policy(policy).listener(listener).build();
        let handle = manager.keep(signed_in)?;
        Ok(Self { manager, handle })
    }

    /// The access token's text.
    ///
    /// # Errors
    ///
    /// As [`TokenHandle::access_token`].
    pub fn token(&self, min_valid: Duration) -> Result<String, Error> {
        let token = self.handle.access_token(min_valid)?;
        Ok(token.token().expose().to_owned())
    }

    /// The same for so many callers at once.
    #[must_use]
    pub fn tokens_at_once(&self, count: usize) -> Vec<Result<String, Error>> {
        thread::scope(|scope| {
            let thread = || thread::Builder::new().stack_size(128 * 1024);
            let callers: Vec<_> = (0..count)
                .filter_map(|_| thread().spawn_scoped(scope, || self.token(Duration::ZERO)).ok())
                .collect();
            callers.into_iter().filter_map(|caller| caller.join().ok()).collect()
        })
    }

    /// Asks for a token, and gives up at once.
    pub fn ask_and_give_up(&self) {
        let handle = self.handle.clone();
        drop(thread::spawn(move || drop(handle.access_token(Duration::ZERO))));
    }

    /// As [`TokenHandle::call`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn call(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        self.handle.call(request)
    }

    /// As [`TokenManager::revoke`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn revoke(&self) -> Result<(), Error> {
        self.manager.revoke(self.handle.grant())
    }

    /// As [`TokenManager::keep_as`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn keep_as(&self, grant: GrantId, tokens: &TokenSet) -> Result<(), Error> {
        self.manager.keep_as(grant, tokens, &Scope::empty()).map(drop)
    }

    /// As [`TokenManager::tend`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn tend(&self) -> Result<usize, Error> {
        self.manager.tend(10)
    }

    /// As [`TokenManager::drain`].
    #[must_use]
    pub fn drain(&self, patience: Duration) -> bool {
        self.manager.drain(patience)
    }
}
