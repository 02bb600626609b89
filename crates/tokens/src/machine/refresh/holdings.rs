//! What a record holds for the callers of a machine, and what that is worth.

use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use super::super::issue::held;
use super::super::{Served, World};
use super::Refresh;
use crate::freshness::Freshness;
use crate::record::Record;

impl Refresh {
    pub(super) fn held(&self, record: &Record, world: &World<'_>) -> Option<Served> {
        held(record, &self.want.grant, &self.want.key, world)?.ok()
    }

    /// The access token that is held, while it lives at all.
    pub(super) fn usable(&self, record: &Record, world: &World<'_>) -> Option<Served> {
        self.held(record, world).filter(|held| {
            held.life.lasts(world.now, self.want.min_valid) && !self.is_rejected(held)
        })
    }

    pub(super) fn is_rejected(&self, held: &Served) -> bool {
        self.want.rejected.as_ref() == Some(&held.token)
    }

    pub(super) fn cools_down(&self, forced: UnixTime, now: UnixTime) -> bool {
        let cool_down = self.rules.settings.cool_down();
        now < forced.plus(cool_down) && forced <= now.plus(cool_down)
    }

    /// Whether a replay would endanger an access token that is good for a while yet.
    pub(super) fn replay_can_wait(&self, record: &Record, world: &World<'_>) -> bool {
        self.rules.policy.replay_can_wait()
            && self.usable(record, world).is_some_and(|held| {
                held.life.at(world.now, self.want.min_valid) != Freshness::Stale
            })
    }

    /// What the call needs and the user has not agreed to.
    pub(super) fn missing(&self, record: &Record) -> Option<Scope> {
        if record.granted.is_empty() {
            // Neither asked for nor told: nobody knows what was granted.
            return None;
        }
        let needed = self.want.needs.union(&self.want.key.scope().unwrap_or_default());
        Some(needed.difference(&record.granted)).filter(|missing| !missing.is_empty())
    }
}
