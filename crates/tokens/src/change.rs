//! Each step that a store makes in one piece: the rules of a grant, in one pure function.
//!
//! A store reads the record, runs [`Change::apply`] on it and writes what comes out, with nobody
//! in between and the result durable before it answers. It need not know what a change means; so
//! the rules that keep grants alive cannot differ from store to store.
//!
//! | | rule | where |
//! |---|---|---|
//! | I1 | one request in flight per grant and generation, unless its owner is dead or overdue | [`Begin`] |
//! | I2 | the intent is durable before the refresh token is spent | [`Begin`], the machine |
//! | I3 | a result is accepted by the generation it consumed; the lease is not asked | [`Commit`] |
//! | I4 | `invalid_grant` counts only from the owner, for the generation that it tried | [`Fail`] |
//! | I5 | a tombstone wins over every late result | [`Commit`] |
//! | I6 | a superseded result is dropped, and not revoked | the machine |
//! | I7 | an answer without a refresh token keeps the one that is stored | [`Commit`], [`Consent`] |

mod apply;

use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use crate::grant::{AccessKey, Instance};
use crate::policy::OldAccess;
use crate::record::Record;
use crate::vault::Sealed;

/// One step, to be made in one piece.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// The listener has the events up to this sequence.
    Acknowledge {
        /// The sequence of the last one.
        through: u64,
    },
    /// Takes the lease and notes the intent to spend the refresh token.
    Begin(Begin),
    /// Keeps what a refresh brought.
    Commit(Commit),
    /// Keeps what a sign-in brought.
    Consent(Consent),
    /// Notes that a refresh failed, and how.
    Fail(Fail),
    /// Drops the record, without a word to the server.
    Forget,
    /// Waits before the revocation is tried again.
    Postpone {
        /// The generation of the tombstone.
        generation: u64,
        /// How long.
        retry_in: Duration,
    },
    /// Replaces sealed values by the same, sealed under another key.
    Reseal(Reseal),
    /// Housekeeping: warns of an end in sight, removes an old tombstone.
    Tend,
    /// Revokes the grant here and now; the server is told afterwards.
    Tombstone,
    /// The server has confirmed the revocation: nothing is left to keep.
    Wipe {
        /// The generation of the tombstone.
        generation: u64,
    },
}

/// The intent to refresh.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Begin {
    /// The access token that is wanted.
    pub key: AccessKey,
    /// The revision that brought the access token that is too old; `None`: there is none.
    ///
    /// When another one is there, somebody was faster and the step is [`Verdict::Fresh`].
    pub seen: Option<u64>,
    /// Why.
    pub reason: Reason,
    /// The process that will refresh.
    pub instance: Instance,
    /// Drawn by lot, so that who began knows this intent for its own when the store did not say
    /// whether it is there; `None`: it will not be taken back.
    pub mark: Option<u64>,
    /// How long nobody else may.
    pub lease: Duration,
    /// The attempt that may be taken over, because its owner is dead or overdue.
    pub takeover: Option<u64>,
}

/// Why a refresh is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third reason")]
pub enum Reason {
    /// The access token is old.
    Age,
    /// An API refused the access token.
    Rejected,
}

/// What a refresh brought.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Commit {
    /// The generation whose refresh token was spent.
    pub generation: u64,
    /// The attempt that spent it. Says whose lease to end, never whether the result counts.
    pub attempt: u64,
    /// The tokens.
    pub issue: Issue,
    /// What the refresh did to the other access tokens.
    pub old_access: OldAccess,
}

/// What a sign-in brought.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Consent {
    /// The generation that this is to follow; `None`: there was no record.
    pub expect: Option<u64>,
    /// The scope that was asked for.
    pub requested: Scope,
    /// The tokens.
    pub issue: Issue,
}

/// New tokens, sealed for where they will lie.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issue {
    /// Which access token.
    pub key: AccessKey,
    /// It, sealed under the generation that results.
    pub access: Sealed,
    /// When the request for it was sent.
    pub issued_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// What it is good for.
    pub scope: Scope,
    /// The refresh token, when there is a new one, sealed under the generation that results.
    pub refresh: Option<Sealed>,
    /// When that ends; `None`: as before.
    pub refresh_ends: Option<UnixTime>,
    /// When it ends unused; `None`: not known.
    pub refresh_idles_out: Option<UnixTime>,
    /// The ID token, when there is a new one.
    pub id_token: Option<Sealed>,
    /// How long before the end of the refresh token to warn.
    pub warn_before: Duration,
}

/// A refresh that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fail {
    /// The generation whose refresh token was tried.
    pub generation: u64,
    /// The attempt that tried it.
    pub attempt: u64,
    /// How it failed.
    pub failure: Failure,
    /// When to try again.
    pub retry_in: Duration,
}

/// How a refresh failed, by what it means for the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The server does not accept the client. No grant is to blame, so no grant is touched.
    Client,
    /// The server says that the refresh token is dead (`invalid_grant`).
    InvalidGrant,
    /// The request did not reach the server.
    NotSent,
    /// The server answered, and wants to be asked later.
    TryLater,
    /// The request was sent, and what became of it is unknown.
    Unknown,
}

/// The same secrets under another key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reseal {
    /// The revision that they were read at.
    pub revision: u64,
    /// The refresh token.
    pub refresh: Option<Sealed>,
    /// The ID token.
    pub id_token: Option<Sealed>,
    /// The access tokens.
    pub access: Vec<(AccessKey, Sealed)>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// There is no such grant.
    Absent,
    /// It was made.
    Applied,
    /// Somebody failed lately: not before [`Record::next_try`].
    Backoff,
    /// Somebody else is refreshing.
    Busy {
        /// How much of the lease is left by the store's clock.
        remaining: Duration,
    },
    /// Somebody else was faster: there is another access token now.
    Fresh,
    /// Only new consent helps.
    NeedsConsent,
    /// The grant has moved on; what the step would have changed is of no more use.
    Superseded,
    /// The grant was revoked.
    Tombstoned,
}

/// How a step ended, and what there is now.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// The record as it is now.
    pub record: Option<Record>,
    /// What the store is to do about it.
    pub effect: Effect,
}

/// What a store does after [`Change::apply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "every store has to know all of them")]
pub enum Effect {
    /// Nothing.
    Keep,
    /// Remove the record.
    Remove,
    /// Write [`Outcome::record`].
    Write,
}

impl Change {
    /// Makes the step on `record`, as the store has it, at `now` by the store's clock.
    #[must_use]
    pub fn apply(&self, record: Option<&Record>, now: UnixTime) -> Outcome {
        match (self, record) {
            (Self::Consent(consent), _) => consent.apply(record, now),
            (_, None) => Outcome { verdict: Verdict::Absent, record: None, effect: Effect::Keep },
            (Self::Acknowledge { through }, Some(record)) => apply::edit(record, |record| {
                record.events.retain(|event| event.sequence > *through)
            }),
            (Self::Begin(begin), Some(record)) => begin.apply(record, now),
            (Self::Commit(commit), Some(record)) => commit.apply(record, now),
            (Self::Fail(fail), Some(record)) => fail.apply(record, now),
            (Self::Forget, Some(_)) => apply::remove(),
            (Self::Postpone { generation, retry_in }, Some(record)) => {
                apply::postpone(record, *generation, now.plus(*retry_in))
            }
            (Self::Reseal(reseal), Some(record)) => reseal.apply(record),
            (Self::Tend, Some(record)) => apply::tend(record, now),
            (Self::Tombstone, Some(record)) => apply::tombstone(record, now),
            (Self::Wipe { generation }, Some(record)) => apply::wipe(record, *generation, now),
        }
    }
}

#[cfg(test)]
mod tests;
