//! The async token manager, as the scenarios use it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::scope::Scope;
use tegata_core::token::TokenSet;
use tegata_oidc::sign_in::SignedIn;
use tegata_reqwest::{TokenHandle, TokenManager, blocking};
use tegata_tokens::error::CallError;
use tegata_tokens::event::Event;
use tegata_tokens::{Error, GrantId, RefreshPolicy, TokenStore};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::reqwest_backend::Client;

/// A manager and the handle of the one grant that a scenario is about.
#[derive(Debug)]
pub struct Tokens {
    manager: TokenManager,
    handle: TokenHandle,
    runtime: Handle,
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
        let (client, runtime) = client.parts();
        let manager = client.tokens(blocking(store)).policy(policy).listener(listener).build();
        let handle = runtime.block_on(manager.keep(signed_in))?;
        Ok(Self { manager, handle, runtime })
    }

    /// The access token's text.
    ///
    /// # Errors
    ///
    /// As [`TokenHandle::access_token`].
    pub fn token(&self, min_valid: Duration) -> Result<String, Error> {
        let token = self.runtime.block_on(self.handle.access_token(min_valid))?;
        Ok(token.token().expose().to_owned())
    }

    /// The same for so many callers at once.
    #[must_use]
    pub fn tokens_at_once(&self, count: usize) -> Vec<Result<String, Error>> {
        self.runtime.block_on(async {
            let mut callers = JoinSet::new();
            for _ in 0..count {
                let handle = self.handle.clone();
                callers.spawn(async move {
                    let token = handle.access_token(Duration::ZERO).await?;
                    Ok(token.token().expose().to_owned())
                });
            }
            callers.join_all().await
        })
    }

    /// Asks for a token, and gives up at once.
    pub fn ask_and_give_up(&self) {
        self.runtime.block_on(async {
            let mut asked = Box::pin(self.handle.access_token(Duration::ZERO));
            let begin =
                |context: &mut Context<'_>| Poll::Ready(asked.as_mut().poll(context).is_ready());
            std::future::poll_fn(begin).await;
        });
    }

    /// As [`TokenHandle::call`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn call(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        self.runtime.block_on(self.handle.call(request))
    }

    /// As [`TokenManager::revoke`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn revoke(&self) -> Result<(), Error> {
        self.runtime.block_on(self.manager.revoke(self.handle.grant()))
    }

    /// As [`TokenManager::keep_as`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn keep_as(&self, grant: GrantId, tokens: &TokenSet) -> Result<(), Error> {
        self.runtime.block_on(self.manager.keep_as(grant, tokens, &Scope::empty())).map(drop)
    }

    /// As [`TokenManager::tend`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn tend(&self) -> Result<usize, Error> {
        self.runtime.block_on(self.manager.tend(10))
    }

    /// As [`TokenManager::drain`].
    #[must_use]
    pub fn drain(&self, patience: Duration) -> bool {
        self.runtime.block_on(self.manager.drain(patience))
    }
}
