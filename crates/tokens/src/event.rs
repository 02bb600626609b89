//! What an application can listen to: new tokens, consent needed, an end in sight, revoked.
//!
//! Events lie in the record beside what they tell of, written by the same atomic step, and are
//! taken out when the listener has confirmed them. So they come **at least once**, after the change
//! is durable, whichever process lives to deliver them. `(grant, sequence)` tells a repetition.

use tegata_core::time::UnixTime;

/// Something happened to a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Grows with every event of the grant: the key to recognise a repetition by.
    pub sequence: u64,
    /// The generation of the grant when it happened.
    pub generation: u64,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// The refresh token will end. Ask for consent before then, when the user is around anyway.
    GrantExpiring {
        /// When it ends.
        at: UnixTime,
    },
    /// The server says that the refresh token is dead. Only the user can give a new one.
    NeedsConsent,
    /// There are new tokens, and they are stored.
    NewTokens,
    /// The grant was revoked here.
    Revoked,
    /// New tokens were received and the store refuses them: they live in this process alone.
    ///
    /// The one event that cannot be stored; it comes from the process that holds the tokens.
    Unpersisted,
}

impl EventKind {
    /// The stable name: for logs, metrics and machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GrantExpiring { .. } => "grant_expiring",
            Self::NeedsConsent => "needs_consent",
            Self::NewTokens => "new_tokens",
            Self::Revoked => "revoked",
            Self::Unpersisted => "unpersisted",
        }
    }
}
