//! Finishes what dead processes left, for one grant that is [due](crate::TokenStore::due).
//!
//! ```text
//!   Load ─┬─ a refresh was begun: Probe its owner ─┬─ dead, or the lease is over ─▶ as Refresh
//!         │                                        └─ else ────────────────────────▶ Ending
//!         ├─ the answer of a refresh never came, or it is to be kept alive ─▶ as Refresh
//!         ├─ a revocation is not confirmed ──────▶ as Revoke
//!         └─ else: Apply(Tend) ──────────────────▶ Ending
//! ```
//!
//! Run it when a process starts and every few seconds, for some of what is due. A dead owner's
//! refresh is replayed then, while the server's grace lasts, though no caller asks for a token.

use tegata_core::error::ApiMisuse;
use tegata_core::time::UnixTime;

use super::ending::Ending;
use super::{Input, Machine, Refresh, Revoke, Rules, Step, Want, World};
use crate::change::Change;
use crate::grant::{AccessKey, GrantId};
use crate::record::{Record, State};
use crate::store::Peer;

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
    Probing { record: Box<Record>, until: UnixTime },
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

    fn loaded(&mut self, record: Option<Record>, world: &World<'_>) -> Result<Step, ApiMisuse> {
        let Some(record) = record else { return Ok(self.end(None)) };
        match &record.state {
            State::Refreshing(attempt) => {
                let (owner, until) = (attempt.owner.clone(), attempt.until);
                self.at = At::Probing { record: Box::new(record), until };
                Ok(Step::Probe(owner))
            }
            State::Ambiguous => self.refresh(&record, world),
            State::Active if self.dies_of_disuse(&record, world) => self.refresh(&record, world),
            State::Revoking if record.pauses(world.now).is_none() => {
                let mut revoke = Revoke::new(self.grant.clone(), self.rules.clone());
                let step = revoke.advance(Input::Next, world)?;
                self.at = At::Revoking(Box::new(revoke));
                Ok(step)
            }
            _ => {
                self.at = At::Applying;
                Ok(Step::Apply(Change::Tend))
            }
        }
    }

    /// Whether a use would prolong a refresh token whose end is in sight; what failed once is left to
    /// the warning.
    fn dies_of_disuse(&self, record: &Record, world: &World<'_>) -> bool {
        let in_sight = record.warn_at.is_some_and(|warn_at| world.now >= warn_at);
        let unused =
            record.refresh_idles_out.is_some() && record.refresh_ends() == record.refresh_idles_out;
        self.rules.settings.keeps_alive() && in_sight && unused && record.failures == 0
    }

    fn refresh(&mut self, record: &Record, world: &World<'_>) -> Result<Step, ApiMisuse> {
        // Whichever token it was for: what matters is the refresh token.
        let key = record.access.keys().next().cloned().unwrap_or_else(AccessKey::whole);
        let mut refresh = Refresh::new(Want::new(self.grant.clone(), key), self.rules.clone());
        let step = refresh.advance(Input::Next, world)?;
        self.at = At::Refreshing(Box::new(refresh));
        Ok(step)
    }

    fn end(&mut self, record: Option<&Record>) -> Step {
        let (ending, step) = Ending::begin(None, record);
        self.at = At::Ending(ending);
        step
    }
}

impl Machine for Tend {
    fn advance(&mut self, input: Input, world: &World<'_>) -> Result<Step, ApiMisuse> {
        match (std::mem::replace(&mut self.at, At::Start), input) {
            (At::Start, Input::Next) => {
                self.at = At::Loading;
                Ok(Step::Load)
            }
            (At::Loading, Input::Loaded(record)) => self.loaded(record.ok().flatten(), world),
            (At::Probing { record, until }, Input::Peer(peer)) => match peer {
                Peer::Dead => self.refresh(&record, world),
                // Whoever is at it needs no help, and others are not to wait for it.
                Peer::Alive | Peer::Unknown if world.now < until => Ok(self.end(Some(&record))),
                Peer::Alive | Peer::Unknown => self.refresh(&record, world),
            },
            (At::Applying, Input::Applied(outcome)) => {
                let record = outcome.ok().and_then(|outcome| outcome.record);
                Ok(self.end(record.as_ref()))
            }
            (At::Refreshing(mut refresh), input) => {
                let step = refresh.advance(input, world)?;
                self.at = At::Refreshing(refresh);
                Ok(step)
            }
            (At::Revoking(mut revoke), input) => {
                let step = revoke.advance(input, world)?;
                self.at = At::Revoking(revoke);
                Ok(step)
            }
            (At::Ending(mut ending), input) => {
                let step = ending.advance(input)?;
                self.at = At::Ending(ending);
                Ok(step)
            }
            _ => Err(ApiMisuse::WrongInput),
        }
    }
}
