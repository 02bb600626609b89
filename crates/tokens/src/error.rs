//! Why a caller gets no token, and what to do about it.

use std::sync::Arc;

use tegata_core::error::Remedy;
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use crate::store::{StoreError, StoreFault};
use crate::vault::VaultFault;

/// Why a caller gets no token. Cheap to clone: one answer may go to ten thousand callers.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server does not accept the client itself; no grant is to blame.
    #[error("the provider does not accept the client: {cause}")]
    ClientRefused {
        /// What the server said.
        cause: Arc<tegata_core::Error>,
    },
    /// Only the user can help, by consenting again.
    #[error("the user must consent again")]
    NeedsConsent,
    /// The store knows no such grant.
    #[error("there is no such grant")]
    NoGrant,
    /// The grant was revoked here.
    #[error("the grant was revoked")]
    Revoked,
    /// The user has not agreed to all that the call needs.
    #[error("the user has not agreed to: {needed}")]
    ScopeMissing {
        /// What is missing. Ask for it together with what was granted.
        needed: Scope,
    },
    /// The store failed. No refresh token was spent.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The server does not answer, or not with tokens.
    #[error("no token for now: try again at {until}")]
    Unavailable {
        /// Before when nobody tries again.
        until: UnixTime,
        /// What happened, when it happened here; `None`: to another process, or earlier.
        cause: Option<Arc<tegata_core::Error>>,
    },
    /// A stored secret does not open.
    #[error("{0}")]
    Vault(VaultFault),
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::ClientRefused { .. } | Self::Vault(VaultFault::UnknownKey(_)) => {
                Remedy::FixConfiguration
            }
            Self::NeedsConsent | Self::ScopeMissing { .. } => Remedy::AskConsentAgain,
            Self::NoGrant | Self::Revoked => Remedy::SignInAgain,
            Self::Store(error) => match error.fault() {
                StoreFault::Busy | StoreFault::Unavailable => Remedy::Retry { after: None },
                _ => Remedy::FixConfiguration,
            },
            Self::Unavailable { cause, .. } => match cause.as_ref().map(|cause| cause.remedy()) {
                None => Remedy::Retry { after: None },
                Some(remedy) => remedy,
            },
            Self::Vault(_) => Remedy::SecurityIncident,
        }
    }
}

/// Why an authorized call failed.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "there is the token, and there is the API")]
pub enum CallError {
    /// The API refused, or could not be reached.
    #[error("{0}")]
    Api(#[source] tegata_core::Error),
    /// There is no token.
    #[error("{0}")]
    Token(#[source] Error),
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

impl From<tegata_core::Error> for CallError {
    fn from(error: tegata_core::Error) -> Self {
        Self::Api(error)
    }
}
