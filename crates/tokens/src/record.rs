//! What is kept of a grant, and the states that it can be in.
//!
//! ```text
//!               Begin: lease and intent,                Commit: compares the
//!               one durable write                       generation, not the lease
//!   Active(g) ─────────────────────────▶ Refreshing(g) ──────────────────────────▶ Active(g+1)
//!      ▲ ▲                                │ │ │  ▲
//!      │ └── not sent, refused for now ───┘ │ │  └── Begin with takeover: the owner is dead
//!      │                                    │ │      or its lease is over
//!      │        sent, answer unknown        │ │
//!      │  Ambiguous(g) ◀────────────────────┘ └── invalid_grant ──▶ Reauth(g)
//!      │      └── Begin: replays the refresh token                    │
//!      └───────────── Consent, or a late Commit that consumed g ──────┘
//!
//!   any ── Tombstone ──▶ Revoking(g+1) ── the server confirmed: Wipe ──▶ Revoked ── 24 h ──▶ gone
//! ```
//!
//! The **generation** counts changes of the refresh token: it is the grant's lineage. The
//! **revision** counts writes of the record: sealing it under another key must change the record
//! without looking like a rotation.

mod stored;

use std::collections::BTreeMap;
use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use crate::event::{Event, EventKind};
use crate::grant::{AccessKey, Instance};
use crate::settings::LONGEST_PAUSE;
use crate::vault::Sealed;

pub use stored::RecordFault;

/// How long a revoked grant is remembered: longer than any refresh that is still under way.
pub const TOMBSTONE_LIFE: Duration = Duration::from_secs(24 * 3600);

/// What is kept of a grant. Made and changed by [`Change::apply`](crate::change::Change::apply)
/// alone; a store keeps it as [`Record::encode`] gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub(crate) generation: u64,
    pub(crate) revision: u64,
    /// Numbers the attempts to refresh. Never reset, so that a lease is known by it.
    pub(crate) attempts: u64,
    pub(crate) state: State,
    pub(crate) refresh: Option<Sealed>,
    pub(crate) id_token: Option<Sealed>,
    pub(crate) access: BTreeMap<AccessKey, Access>,
    pub(crate) requested: Scope,
    pub(crate) granted: Scope,
    pub(crate) next_try: Option<UnixTime>,
    pub(crate) failures: u32,
    pub(crate) forced_at: Option<UnixTime>,
    pub(crate) refresh_ends: Option<UnixTime>,
    pub(crate) refresh_idles_out: Option<UnixTime>,
    pub(crate) warn_at: Option<UnixTime>,
    pub(crate) events: Vec<Event>,
}

/// What a grant is up to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The refresh token is good, as far as anybody knows.
    Active,
    /// A refresh was sent and its answer never came: the refresh token may be spent.
    Ambiguous,
    /// The server refused the refresh token: only new consent helps.
    Reauth,
    /// Somebody is refreshing.
    Refreshing(Attempt),
    /// Revoked, and the server has confirmed it.
    Revoked {
        /// Since when.
        at: UnixTime,
    },
    /// Revoked here; the server has not confirmed it yet.
    Revoking,
}

/// Who refreshes, and until when nobody else does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The process.
    pub owner: Instance,
    /// Tells this attempt from every other of the grant.
    pub number: u64,
    /// What whoever began it drew by lot, and nobody else knows it by; `None`: there was no lot.
    pub mark: Option<u64>,
    /// When it began.
    pub at: UnixTime,
    /// Until when it is the owner's alone.
    pub until: UnixTime,
    /// Whether the refresh token may have been spent before.
    pub replay: bool,
}

impl Attempt {
    /// How long the lease was when it was taken: independent of what the clock shows now.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.until.since(self.at)
    }
}

/// One access token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Access {
    pub(crate) token: Sealed,
    /// The revision of the record that brought it.
    pub(crate) revision: u64,
    pub(crate) scope: Scope,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
}

impl Record {
    /// Counts changes of the refresh token: the lineage of the grant.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Counts writes of the record.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// What the grant is up to.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What the application asked for.
    #[must_use]
    pub const fn requested(&self) -> &Scope {
        &self.requested
    }

    /// What the user agreed to. A refresh that answers with less does not make it less.
    #[must_use]
    pub const fn granted(&self) -> &Scope {
        &self.granted
    }

    /// Whether there is a refresh token: without one, the grant ends with its access token.
    #[must_use]
    pub const fn is_refreshable(&self) -> bool {
        self.refresh.is_some()
    }

    /// The access tokens that are held, and when each ends.
    pub fn access_tokens(&self) -> impl Iterator<Item = (&AccessKey, UnixTime)> {
        self.access.iter().map(|(key, access)| (key, access.expires_at))
    }

    /// When the refresh token ends, by age or for want of use, where that is known.
    #[must_use]
    pub fn refresh_ends(&self) -> Option<UnixTime> {
        earlier(self.refresh_ends, self.refresh_idles_out)
    }

    /// Before when nobody tries again.
    #[must_use]
    pub const fn next_try(&self) -> Option<UnixTime> {
        self.next_try
    }

    /// How many attempts in a row have failed.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// What the application has not been told yet.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// When the grant needs attention that no caller gives it: an event to deliver, a revocation
    /// or a refresh to finish, an end to warn of, a tombstone to remove. A store indexes it for
    /// [`TokenStore::due`](crate::TokenStore::due).
    #[must_use]
    pub fn due(&self) -> Option<UnixTime> {
        if !self.events.is_empty() {
            return Some(UnixTime::from_seconds(0));
        }
        match &self.state {
            State::Revoking => Some(self.next_try.unwrap_or(UnixTime::from_seconds(0))),
            State::Revoked { at } => Some(at.plus(TOMBSTONE_LIFE)),
            // At once: a dead owner must be noticed before the server's grace is over.
            State::Refreshing(attempt) => Some(attempt.at),
            State::Ambiguous => earlier(self.next_try, self.warn_at),
            State::Active | State::Reauth => self.warn_at,
        }
    }

    /// Until when nobody tries again, if that is still to come at `now`.
    pub(crate) fn pauses(&self, now: UnixTime) -> Option<UnixTime> {
        self.next_try.filter(|next| *next > now && next.since(now) <= LONGEST_PAUSE)
    }

    /// The generation that the refresh token was sealed under: a tombstone counts on and leaves
    /// the token as it is.
    pub(crate) const fn refresh_generation(&self) -> u64 {
        match self.state {
            State::Revoking => self.generation.saturating_sub(1),
            _ => self.generation,
        }
    }

    pub(crate) fn raise(&mut self, kind: EventKind) {
        let after = self.events.last().map_or(0, |event| event.sequence.saturating_add(1));
        let sequence = after.max(self.revision.saturating_mul(EVENTS_PER_WRITE));
        self.events.push(Event { sequence, generation: self.generation, kind });
        // A listener that never confirms must not fill the store: the oldest go first.
        if self.events.len() > MAX_EVENTS {
            self.events.remove(0);
        }
    }
}

/// How many events wait for a listener at most.
const MAX_EVENTS: usize = 64;

/// Room for the events of one write between two revisions, so that sequences never repeat.
const EVENTS_PER_WRITE: u64 = 8;

/// The earlier of two moments, either of which may be unknown.
pub(crate) fn earlier(left: Option<UnixTime>, right: Option<UnixTime>) -> Option<UnixTime> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (one, other) => one.or(other),
    }
}
