//! Finishes what dead processes left, for one grant that is [due](crate::TokenStore::due).
//!
//! ```text
//!   Load ─┬─ a refresh was begun, or its answer never came ─▶ as Refresh
//!         ├─ a revocation is not confirmed ─────────────────▶ as Revoke
//!         └─ else: Apply(Tend) ─────────────────────────────▶ Ending
//! ```
//!
//! Run it when a process starts and every few seconds, for some of what is due. A dead owner's
//! refresh is replayed then, while the server's grace lasts, though no caller asks for a token.

use tegata_core::error::ApiMisuse;

use super::ending::Ending;
use super::{Input, Machine, Refresh, Revoke, Rules, Step, Want, World};
use crate::change::Change;
use crate::grant::{AccessKey, GrantId};
use crate::record::{Record, State};

/// Finishes what dead processes left. See the [module](super).
#[derive(Debug)]
pub struct Tend {
    grant: GrantId,
    rules: Rules,
    at: At,
}

#[derive(Debug)]
enum At {
    Applying,
    Ending(Ending),
    Loading,
    Refreshing(Box<Refresh>),
    Revoking(Box<Revoke>),
    Start,
}

impl Tend {
    /// Tends `grant`.
    #[must_use]
    pub const fn new(grant: GrantId, rules: Rules) -> Self {
        Self { grant, rules, at: At::Start }
    }

    fn loaded(&mut self, record: Option<&Record>, world: &World<'_>) -> Result<Step, ApiMisuse> {
        let (grant, rules) = (self.grant.clone(), self.rules.clone());
        match record.map(|record| (&record.state, record)) {
            Some((State::Refreshing(_) | State::Ambiguous, record)) => {
                // Whichever token it was for: what matters is the refresh token.
                let key = record.access.keys().next().cloned().unwrap_or_else(AccessKey::whole);
                let mut refresh = Refresh::new(Want::new(grant, key), rules);
                let step = refresh.advance(Input::Next, world)?;
                self.at = At::Refreshing(Box::new(refresh));
                Ok(step)
            }
            Some((State::Revoking, record)) if record.pauses(world.now).is_none() => {
                let mut revoke = Revoke::new(grant, rules);
                let step = revoke.advance(Input::Next, world)?;
                self.at = At::Revoking(Box::new(revoke));
                Ok(step)
            }
            Some(_) => {
                self.at = At::Applying;
                Ok(Step::Apply(Change::Tend))
            }
            None => Ok(self.end(None)),
        }
    }

    fn end(&mut self, record: Option<&Record>) -> Step {
        let (ending, step) = Ending::begin(None, record);
        self.at = At::Ending(ending);
        step
    }
}

impl Machine for Tend {
    fn advance(&mut self, input: Input, world: &World<'_>) -> Result<Step, ApiMisuse> {
        match (&mut self.at, input) {
            (At::Start, Input::Next) => {
                self.at = At::Loading;
                Ok(Step::Load)
            }
            (At::Loading, Input::Loaded(Ok(record))) => self.loaded(record.as_ref(), world),
            (At::Loading, Input::Loaded(Err(_))) => Ok(self.end(None)),
            (At::Applying, Input::Applied(outcome)) => {
                let record = outcome.ok().and_then(|outcome| outcome.record);
                Ok(self.end(record.as_ref()))
            }
            (At::Refreshing(refresh), input) => refresh.advance(input, world),
            (At::Revoking(revoke), input) => revoke.advance(input, world),
            (At::Ending(ending), input) => ending.advance(input),
            _ => Err(ApiMisuse::WrongInput),
        }
    }
}
