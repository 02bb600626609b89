//! What may happen to a grant, said once more in other words than those of the crate.

use super::*;

impl World {
    /// The oracle: what a step may do to a record, said once more in other words.
    pub(super) fn examine(
        &mut self,
        id: u64,
        before: Option<&Record>,
        change: &Change,
        outcome: &Outcome,
    ) {
        let applied = outcome.verdict == Verdict::Applied;
        let grant = self.running[&id].grant;
        let after = self.load(grant);
        let gone =
            |record: &Record| matches!(record.state(), State::Revoking | State::Revoked { .. });
        if let (Some(before), Some(after)) = (before, &after) {
            let forward =
                after.generation() >= before.generation() && after.revision() >= before.revision();
            self.check(forward, || "a generation went backwards".to_owned());
            // I5: only consent brings a revoked grant back.
            let back = gone(before) && !gone(after) && !matches!(change, Change::Consent(_));
            self.check(!back, || format!("{change:?} brought a revoked grant back"));
            // I7: a refresh token is replaced or revoked, never dropped.
            let dropped = before.is_refreshable() && !after.is_refreshable() && !gone(after);
            self.check(!dropped, || format!("{change:?} dropped the refresh token"));
            // I4: only the owner of the attempt can end a grant.
            let reauth = |record: &Record| *record.state() == State::Reauth;
            if reauth(after) && !reauth(before) {
                let owner = match before.state() {
                    State::Refreshing(attempt) => Some(&attempt.owner),
                    _ => None,
                };
                let own = owner == Some(&self.workers[self.running[&id].worker].instance);
                self.check(own, || "a grant was ended by another than its owner".to_owned());
            }
        }
        if let Some(record) = &after {
            let raised = record.events().iter().map(|event| (grant, event.sequence));
            self.raised.extend(raised);
        }
        match change {
            Change::Begin(_) if applied => self.running.get_mut(&id).unwrap().began_at = self.clock,
            Change::Commit(commit) => {
                // I3: accepted if, and only if, the generation is the one that was consumed.
                let expected =
                    before.is_some_and(|b| b.generation() == commit.generation && !gone(b));
                let sound = self.plan.variant != Variant::Fencing;
                self.check(!sound || applied == expected, || {
                    format!("a commit of {} on {before:?}", commit.generation)
                });
                let own = before.is_some_and(|before| {
                    matches!(before.state(), State::Refreshing(a) if a.number == commit.attempt)
                });
                self.report.late_commits += u64::from(applied && !own);
                let flight = self.running.get_mut(&id).unwrap().flight.take();
                if applied && let Some(Some(refresh)) = flight.and_then(|flight| flight.answered) {
                    self.server.stored(&refresh);
                }
            }
            Change::Consent(_) if applied => {
                let consented = self.running.get_mut(&id).unwrap().consented.take();
                self.consented[grant] = consented.or(self.consented[grant].take());
            }
            Change::Fail(_) => self.running.get_mut(&id).unwrap().flight = None,
            _ => {}
        }
    }

    pub(super) fn may_send(
        &mut self,
        id: u64,
        worker: usize,
        grant: usize,
        refresh: &str,
        began_at: Millis,
        deadline: Duration,
    ) {
        let lease = Settings::default().lease();
        // I2: the intent is in the store, under this process's name.
        let noted = match self.load(grant).map(|record| record.state().clone()) {
            Some(State::Refreshing(attempt)) => attempt.owner == self.workers[worker].instance,
            _ => false,
        };
        let overdue = since(self.clock, began_at) >= lease;
        let buried = self
            .load(grant)
            .is_none_or(|record| matches!(record.state(), State::Revoking | State::Revoked { .. }));
        let replaced = self.running.values().any(|r| r.grant == grant && r.kind == Kind::Consent)
            || self.load(grant).is_some_and(|record| *record.state() == State::Active);
        self.check(noted || overdue || buried || replaced, || {
            format!("grant {grant}: a refresh token was sent without an intent")
        });
        // I1: no other request with the same token, unless its lease is over.
        let others: Vec<Millis> = self
            .running
            .iter()
            .filter(|(other, _)| **other != id)
            .filter_map(|(_, running)| running.flight.as_ref())
            .filter(|flight| flight.refresh == refresh && flight.answered.is_none())
            .map(|flight| flight.began_at)
            .collect();
        let alone = others.iter().all(|began| since(self.clock, *began) >= lease);
        self.check(alone, || format!("grant {grant}: two requests with one refresh token"));
        // Rule 5: the lease outlasts the request.
        let fits = since(self.clock, began_at) + deadline <= lease + Duration::from_secs(1);
        let steady = self.plan.jumps == 0;
        self.check(fits || !steady, || format!("grant {grant}: sent too late for its lease"));
    }

    pub(super) fn lose(&mut self, grant: usize) {
        let consented = self.consented[grant].clone().expect("a grant begins with consent");
        let family = self.server.family_of(&consented);
        // Nothing helps when the answers to the replays are lost as well.
        let forgives = self.plan.policy.replay_is_safe_for().is_some();
        let excused = if forgives { family.answers_lost >= 3 } else { !family.unseen.is_empty() };
        if excused {
            self.report.lost_for_a_reason += 1;
        } else {
            self.report.lost += 1;
        }
    }

    /// Whether an answer is still on its way that would bring the grant back.
    pub(super) fn somebody_has_tokens(&self, grant: usize) -> bool {
        self.running.values().any(|running| {
            running.grant == grant && (running.flight.is_some() || running.kind == Kind::Consent)
        })
    }

    /// Whether each grant has at most one family that lives: what was revoked here is dead there.
    pub(super) fn revoked_at_the_server(&self) -> bool {
        self.report.revoked == 0
            || (0..self.plan.grants).all(|grant| {
                let families = self.server.families().iter();
                // What nobody got, nobody can revoke.
                let ours = families.filter(|family| family.unseen.is_empty());
                ours.filter(|family| family.grant == grant && family.alive).count() <= 1
            })
    }
}
