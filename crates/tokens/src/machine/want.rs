//! What callers want of a grant.

use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;

use crate::grant::{AccessKey, GrantId};

/// What callers want.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Want {
    /// Of which grant.
    pub grant: GrantId,
    /// Which of its access tokens.
    pub key: AccessKey,
    /// How long the token must live at least; a token of a server that gives less is served too.
    pub min_valid: Duration,
    /// What the token must be good for.
    pub needs: Scope,
    /// The token that an API refused with 401, so that it is not served again.
    pub rejected: Option<AccessToken>,
}

impl Want {
    /// The access token for everything that was granted.
    #[must_use]
    pub const fn new(grant: GrantId, key: AccessKey) -> Self {
        Self { grant, key, min_valid: Duration::ZERO, needs: Scope::empty(), rejected: None }
    }

    /// The same, to live for `time` at least.
    #[must_use]
    pub const fn with_min_valid(mut self, time: Duration) -> Self {
        self.min_valid = time;
        self
    }

    /// The same, to be good for `scope` at least.
    #[must_use]
    pub fn with_needs(mut self, scope: Scope) -> Self {
        self.needs = scope;
        self
    }

    /// Another one than `token`, which an API refused.
    #[must_use]
    pub fn with_rejected(mut self, token: AccessToken) -> Self {
        self.rejected = Some(token);
        self
    }
}
