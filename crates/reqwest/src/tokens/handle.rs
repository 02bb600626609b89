//! The access token of one grant, whenever it is needed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::ErrorCode;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_tokens::error::CallError;
use tegata_tokens::grant::AccessKey;
use tegata_tokens::machine::{Refresh, Reply, Want};
use tegata_tokens::slot::{Look, Slot, TokenRef, Turn};
use tegata_tokens::{Error, GrantId};
use tokio::sync::oneshot;

use super::TokenManager;

/// The access token of one grant. Clones are cheap; keep one where tokens are needed often.
#[derive(Clone)]
pub struct TokenHandle {
    manager: TokenManager,
    grant: GrantId,
    key: AccessKey,
    needs: Scope,
    slot: Arc<Slot>,
}

impl TokenHandle {
    pub(super) fn new(manager: TokenManager, grant: GrantId, key: AccessKey) -> Self {
        let slot = manager.0.slot(&grant, &key);
        Self { manager, grant, key, needs: Scope::empty(), slot }
    }

    /// The access token for one API (RFC 8707).
    #[must_use]
    pub fn for_resource(&self, resource: &str) -> Self {
        let key = self.key.clone().with_resource(resource);
        let needs = self.needs.clone();
        Self { needs, ..Self::new(self.manager.clone(), self.grant.clone(), key) }
    }

    /// An access token for no more than `scope`.
    #[must_use]
    pub fn narrowed_to(&self, scope: &Scope) -> Self {
        let key = self.key.clone().with_scope(scope);
        let needs = self.needs.clone();
        Self { needs, ..Self::new(self.manager.clone(), self.grant.clone(), key) }
    }

    /// The same token, which must be good for `scope`: else [`Error::ScopeMissing`] says what the
    /// user has not agreed to.
    #[must_use]
    pub fn needing(&self, scope: &Scope) -> Self {
        Self { needs: self.needs.union(scope), ..self.clone() }
    }

    /// Which grant it is.
    #[must_use]
    pub const fn grant(&self) -> &GrantId {
        &self.grant
    }

    pub(super) fn slot(&self) -> &Slot {
        &self.slot
    }

    /// An access token that lives for `min_valid` more; zero: for now.
    ///
    /// Usually it is at hand. An ageing one is served while the next is fetched behind the callers'
    /// backs; only when there is none at all do they wait.
    ///
    /// # Errors
    ///
    /// [`Error`] says what to do: the user must consent again, or try again at a given time.
    pub async fn access_token(&self, min_valid: Duration) -> Result<TokenRef, Error> {
        match self.slot.look(self.manager.0.client.now(), min_valid) {
            Look::Fresh(token) if self.covers(&token) => Ok(token),
            Look::Ageing(token) if self.covers(&token) => {
                if let Some(turn) = self.slot.begin() {
                    self.fetch(turn, self.want(min_valid));
                }
                Ok(token)
            }
            _ => self.wait(&self.want(min_valid)).await,
        }
    }

    /// Another token than `rejected`, which an API refused with 401.
    ///
    /// At most once in the cool-down of the settings: an API that refuses every token must not cause
    /// a refresh per call. Until it is over the token at hand comes back, even if it is `rejected`.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn instead_of(&self, rejected: &AccessToken) -> Result<TokenRef, Error> {
        self.slot.forget(rejected);
        self.wait(&self.want(Duration::ZERO).with_rejected(rejected.clone())).await
    }

    /// Calls an API with the access token; when it is refused with 401 `invalid_token`, once more
    /// with another one.
    ///
    /// # Errors
    ///
    /// [`CallError::Token`] when there is no token; [`CallError::Api`] when the API refused: with
    /// `insufficient_scope`, [`ServerError::scope`](tegata_core::error::ServerError::scope) says
    /// what is missing.
    pub async fn call(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let client = &self.manager.0.client;
        let token = self.access_token(Duration::ZERO).await?;
        match client.call(request.clone(), token.token()).await {
            Err(error) if error.code() == Some(&ErrorCode::InvalidToken) => {
                let token = self.instead_of(token.token()).await?;
                Ok(client.call(request, token.token()).await?)
            }
            answer => Ok(answer?),
        }
    }

    fn covers(&self, token: &TokenRef) -> bool {
        self.needs.iter().all(|needed| token.scope().contains(needed))
    }

    fn want(&self, min_valid: Duration) -> Want {
        Want::new(self.grant.clone(), self.key.clone())
            .with_min_valid(min_valid)
            .with_needs(self.needs.clone())
    }

    async fn wait(&self, want: &Want) -> Result<TokenRef, Error> {
        // Twice: the first reply may have been fetched for somebody who wanted less.
        for last in [false, true] {
            let (send, receive) = oneshot::channel();
            // Whoever waits may give up; the reply is kept all the same.
            if let Some(turn) = self.slot.join(move |reply| drop(send.send(reply))) {
                self.fetch(turn, want.clone());
            }
            let now = self.manager.0.client.now();
            match receive.await {
                Ok(Reply::Token(served)) => {
                    let enough = served.life().lasts(now, want.min_valid);
                    let token = TokenRef::from(served);
                    if last || (enough && self.covers(&token)) {
                        return Ok(token);
                    }
                }
                Ok(Reply::Failed(error)) => return Err(error),
                Ok(_) => return Err(Error::Revoked),
                Err(_) => {}
            }
        }
        Err(self.manager.try_again())
    }

    /// Fetches in a task of its own, which no caller can end.
    fn fetch(&self, turn: Turn, want: Want) {
        self.manager.spawn(move |inner| async move {
            let mut turn = Some(turn);
            while let Some(ours) = turn {
                let mut machine = Refresh::new(want.clone(), inner.rules.clone());
                let publish = |reply: &Reply| ours.slot().publish(reply);
                inner.drive_in_turn(&want.grant, &mut machine, publish).await;
                turn = ours.end();
            }
        });
    }
}

impl fmt::Debug for TokenHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenHandle").field("grant", &self.grant).finish_non_exhaustive()
    }
}
