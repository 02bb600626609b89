//! What to do next, and in which order: step machines that anything can drive.
//!
//! | machine | what it does |
//! |---|---|
//! | [`Refresh`] | serves an access token, and refreshes it when that is due |
//! | [`Consent`] | stores what a sign-in brought |
//! | [`Revoke`] | revokes a grant, here first and then at the server |
//! | [`Tend`] | finishes what dead processes left: takes over, revokes, delivers, warns, tidies |
//! | [`Sweep`] | seals a grant under the active key |
//!
//! A driver does what [`Step`] says and tells what came of it. This is a whole one, blocking:
//!
//! ```
//! use tegata_core::Error;
//! use tegata_core::error::ApiMisuse;
//! use tegata_core::token::TokenSet;
//! use tegata_tokens::machine::{Input, Machine, RefreshCall, Reply, Step, World};
//! use tegata_tokens::{GrantId, TokenStore};
//!
//! fn drive(
//!     machine: &mut dyn Machine,
//!     grant: &GrantId,
//!     store: &dyn TokenStore,
//!     world: impl Fn() -> World<'static>,
//!     refresh: impl Fn(RefreshCall) -> Result<TokenSet, Error>,
//!     callers: impl Fn(Reply),
//! ) -> Result<(), ApiMisuse> {
//!     let mut input = Input::Next;
//!     loop {
//!         let world = world();
//!         input = match machine.advance(input, &world)? {
//!             Step::Apply(change) => Input::Applied(store.apply(grant, &change, world.now)),
//!             Step::Load => Input::Loaded(store.load(grant)),
//!             Step::Probe(instance) => Input::Peer(store.peer(&instance)),
//!             Step::Refresh(call) => Input::Answered(refresh(call)),
//!             Step::Revoke(_refresh_token) => Input::Revoked(Ok(())),
//!             Step::Sleep(time) => { std::thread::sleep(time); Input::Next }
//!             Step::Publish(reply) => { callers(reply); Input::Next }
//!             Step::Deliver(_events) => Input::Next,
//!             Step::Done => return Ok(()),
//!             _ => return Err(ApiMisuse::WrongInput),
//!         };
//!     }
//! }
//! ```
//!
//! What a driver has to keep to:
//!
//! 1. It runs on a thread or task **of its own**. Callers wait for [`Step::Publish`] and may give
//!    up at any time; the machine goes on (I9). Shutting down waits for [`Step::Done`].
//! 2. One machine per grant runs at a time in a process (I10); callers of the same token share it.
//! 3. It sends a [`Step::Refresh`] once, with no retry of the HTTP client, within its deadline.
//! 4. Between the answer and the next `advance` there is nothing: no check, no log, no other
//!    request (I8). The ID token of an answer is verified after it was published.

mod classify;
mod consent;
mod ending;
mod issue;
mod persist;
mod refresh;
mod revoke;
mod sweep;
mod tend;
mod want;

use std::time::Duration;

use tegata_core::error::ApiMisuse;
use tegata_core::random::Random;
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, CompactToken, RefreshToken};
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;

pub use consent::Consent;
pub use issue::id_token;
pub(crate) use issue::{held, refresh_token};
pub use refresh::Refresh;
pub use revoke::Revoke;
pub use sweep::Sweep;
pub use tend::Tend;
pub use want::Want;

use crate::change::{Change, Outcome};
use crate::error::Error;
use crate::event::Event;
use crate::freshness::Life;
use crate::gate::Gate;
use crate::grant::Instance;
use crate::policy::RefreshPolicy;
use crate::record::Record;
use crate::settings::Settings;
use crate::store::{Peer, StoreError};
use crate::vault::Vault;

/// Knows what to do next.
pub trait Machine: Send {
    /// Takes what happened, answers what to do next. The first input is [`Input::Next`].
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::WrongInput`] when `input` does not answer the last step.
    fn advance(&mut self, input: Input, world: &World<'_>) -> Result<Step, ApiMisuse>;
}

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// The answer to [`Step::Refresh`].
    Answered(Result<TokenSet, tegata_core::Error>),
    /// The answer to [`Step::Apply`].
    Applied(Result<Outcome, StoreError>),
    /// The answer to [`Step::Load`].
    Loaded(Result<Option<Record>, StoreError>),
    /// It begins; or the last step, which has no answer, was done.
    Next,
    /// The listener failed to take the events of [`Step::Deliver`]; they come again.
    NotDelivered,
    /// The answer to [`Step::Probe`].
    Peer(Peer),
    /// The answer to [`Step::Revoke`].
    Revoked(Result<(), tegata_core::Error>),
}

/// What to do next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step {
    /// Have the store make this change.
    Apply(Change),
    /// Tell the application's listener.
    Deliver(Vec<Event>),
    /// Nothing: the machine is at its end.
    Done,
    /// Load the record.
    Load,
    /// Ask the store whether that process is alive.
    Probe(Instance),
    /// Answer all callers that wait, and keep the answer for those to come. There may be a second
    /// one: an ageing token first, a fresh one later.
    Publish(Reply),
    /// Spend the refresh token.
    Refresh(RefreshCall),
    /// Revoke this at the server, when it has an endpoint for that.
    Revoke(RefreshToken),
    /// Let time pass.
    Sleep(Duration),
}

/// The answer to callers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// There is no token.
    Failed(Error),
    /// The grant is revoked.
    Revoked,
    /// Here it is.
    Token(Served),
}

/// A refresh token to be spent, once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefreshCall {
    /// The token.
    pub refresh_token: RefreshToken,
    /// The scope to narrow the access token to.
    pub scope: Option<Scope>,
    /// The resource that the access token is for (RFC 8707).
    pub resource: Option<String>,
    /// How long it may take in all; then it is a
    /// [`TransportFault::Timeout`](tegata_core::error::TransportFault::Timeout).
    pub deadline: Duration,
}

/// An access token, and what a caller should know of it.
#[derive(Clone, Debug)]
pub struct Served {
    pub(crate) token: AccessToken,
    pub(crate) life: Life,
    pub(crate) scope: Scope,
    pub(crate) generation: u64,
    pub(crate) id_token: Option<CompactToken>,
    pub(crate) persisted: bool,
}

impl Served {
    /// The token.
    #[must_use]
    pub const fn token(&self) -> &AccessToken {
        &self.token
    }

    /// How long it lives, and when to refresh it.
    #[must_use]
    pub const fn life(&self) -> &Life {
        &self.life
    }

    /// What it is good for.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The generation of the grant that it came with.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The ID token that came along, unverified; `None` when the access token was stored before.
    #[must_use]
    pub const fn id_token(&self) -> Option<&CompactToken> {
        self.id_token.as_ref()
    }

    /// Whether the store has it. If not, a new refresh token may live in this process alone.
    #[must_use]
    pub const fn is_persisted(&self) -> bool {
        self.persisted
    }
}

/// What a machine needs from the world at each step.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a driver makes one for each step")]
pub struct World<'a> {
    /// The time.
    pub now: UnixTime,
    /// For nonces and jitter.
    pub random: &'a dyn Random,
    /// The store's.
    pub vault: &'a Vault,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("now", &self.now).finish_non_exhaustive()
    }
}

/// What all machines of one client at one store have in common.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) instance: Instance,
    pub(crate) policy: RefreshPolicy,
    pub(crate) settings: Settings,
    pub(crate) gate: Gate,
}

impl Rules {
    /// The rules for a server of `policy`; `instance` is the store's.
    #[must_use]
    pub fn new(instance: Instance, policy: RefreshPolicy) -> Self {
        Self { instance, policy, settings: Settings::default(), gate: Gate::default() }
    }

    /// With other times.
    #[must_use]
    pub const fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// With another gate.
    #[must_use]
    pub fn with_gate(mut self, gate: Gate) -> Self {
        self.gate = gate;
        self
    }
}

#[cfg(test)]
mod tests;
