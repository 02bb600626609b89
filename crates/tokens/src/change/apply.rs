//! The transitions of the state diagram in [`crate::record`], one function each.

use tegata_core::time::UnixTime;

use super::{
    Begin, Commit, Consent, Effect, Fail, Failure, Issue, Outcome, Reason, Reseal, Verdict,
};
use crate::event::EventKind;
use crate::policy::OldAccess;
use crate::record::{Access, Attempt, Record, State, TOMBSTONE_LIFE, earlier};

impl Begin {
    pub(super) fn apply(&self, record: &Record, now: UnixTime) -> Outcome {
        let replay = match &record.state {
            State::Revoked { .. } | State::Revoking => return keep(Verdict::Tombstoned, record),
            _ if self.somebody_was_faster(record) => return keep(Verdict::Fresh, record),
            State::Reauth => return keep(Verdict::NeedsConsent, record),
            State::Refreshing(attempt) if self.takeover != Some(attempt.number) => {
                // A clock that jumped cannot make a lease longer than it was.
                let remaining = attempt.until.since(now).min(attempt.lease());
                return keep(Verdict::Busy { remaining }, record);
            }
            State::Refreshing(_) => true,
            State::Active | State::Ambiguous if record.pauses(now).is_some() => {
                return keep(Verdict::Backoff, record);
            }
            State::Active => false,
            State::Ambiguous => true,
        };
        if record.refresh.is_none() {
            return keep(Verdict::NeedsConsent, record);
        }
        edit(record, |record| {
            record.attempts = record.attempts.saturating_add(1);
            record.state = State::Refreshing(Attempt {
                owner: self.instance.clone(),
                number: record.attempts,
                mark: self.mark,
                at: now,
                until: now.plus(self.lease),
                replay,
            });
            if self.reason == Reason::Rejected {
                record.forced_at = Some(now);
            }
        })
    }

    fn somebody_was_faster(&self, record: &Record) -> bool {
        record.access.get(&self.key).map(|access| access.revision) != self.seen
    }
}

impl Commit {
    pub(super) fn apply(&self, record: &Record, now: UnixTime) -> Outcome {
        // I5: a tombstone wins. I3: then the generation decides, and nothing else.
        if matches!(record.state, State::Revoked { .. } | State::Revoking) {
            return keep(Verdict::Tombstoned, record);
        }
        if record.generation != self.generation {
            return keep(Verdict::Superseded, record);
        }
        let rotated = self.issue.refresh.is_some();
        edit(record, |record| {
            // Who took over and is still under way with the same refresh token keeps the lease;
            // a new refresh token makes that attempt pointless.
            let others = matches!(&record.state, State::Refreshing(a) if a.number != self.attempt);
            if rotated || !others {
                record.state = State::Active;
            }
            if self.old_access == OldAccess::Dies {
                record.access.clear();
            }
            record.failures = 0;
            record.next_try = None;
            self.issue.put(record, now);
            record.granted = record.granted.union(&self.issue.scope);
            record.raise(EventKind::NewTokens);
        })
    }
}

impl Consent {
    pub(super) fn apply(&self, record: Option<&Record>, now: UnixTime) -> Outcome {
        if record.map(|record| record.generation) != self.expect {
            let effect = Effect::Keep;
            return Outcome { verdict: Verdict::Superseded, record: record.cloned(), effect };
        }
        let Some(record) = record else {
            let mut record = blank();
            self.put(&mut record, now);
            let (verdict, effect) = (Verdict::Applied, Effect::Write);
            return Outcome { verdict, record: Some(record), effect };
        };
        edit(record, |record| {
            if matches!(record.state, State::Revoked { .. } | State::Revoking) {
                // The user is back. What is left of the revoked grant is not revoked any more: at
                // many servers that would end the new one too.
                record.refresh = None;
                record.generation = record.generation.saturating_add(1);
                record.state = State::Active;
            }
            if self.issue.refresh.is_some() {
                record.state = State::Active;
                record.refresh_ends = None;
                record.failures = 0;
                record.next_try = None;
            }
            self.put(record, now);
        })
    }

    fn put(&self, record: &mut Record, now: UnixTime) {
        record.access.clear();
        record.requested = self.requested.clone();
        record.granted = self.issue.scope.clone();
        self.issue.put(record, now);
        record.raise(EventKind::NewTokens);
    }
}

impl Issue {
    fn put(&self, record: &mut Record, now: UnixTime) {
        if let Some(refresh) = &self.refresh {
            record.generation = record.generation.saturating_add(1);
            record.refresh = Some(refresh.clone());
        }
        // An answer that is silent about the end leaves the end as it was.
        record.refresh_ends = self.refresh_ends.or(record.refresh_ends);
        record.refresh_idles_out = self.refresh_idles_out;
        if let Some(id_token) = &self.id_token {
            record.id_token = Some(id_token.clone());
        }
        let access = Access {
            token: self.access.clone(),
            revision: record.revision,
            scope: self.scope.clone(),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        };
        record.access.retain(|_, access| access.expires_at > now);
        record.access.insert(self.key.clone(), access);
        let end = earlier(record.refresh_ends, record.refresh_idles_out);
        record.warn_at = end.map(|end| end.minus(self.warn_before.min(end.since(now) / 4)));
    }
}

impl Fail {
    pub(super) fn apply(&self, record: &Record, now: UnixTime) -> Outcome {
        // I4: only the owner, only for the generation that it tried.
        let replay = match &record.state {
            State::Refreshing(attempt)
                if attempt.number == self.attempt && record.generation == self.generation =>
            {
                attempt.replay
            }
            _ => return keep(Verdict::Superseded, record),
        };
        edit(record, |record| {
            // A replay that did not come through leaves the first attempt as open as it was.
            record.state = if replay { State::Ambiguous } else { State::Active };
            match self.failure {
                Failure::Client => return,
                Failure::InvalidGrant => {
                    record.state = State::Reauth;
                    record.raise(EventKind::NeedsConsent);
                }
                Failure::NotSent | Failure::TryLater => {}
                Failure::Unknown => record.state = State::Ambiguous,
            }
            record.failures = record.failures.saturating_add(1);
            record.next_try = Some(now.plus(self.retry_in));
        })
    }
}

impl Reseal {
    pub(super) fn apply(&self, record: &Record) -> Outcome {
        if record.revision != self.revision {
            return keep(Verdict::Superseded, record);
        }
        edit(record, |record| {
            record.refresh.clone_from(&self.refresh);
            record.id_token.clone_from(&self.id_token);
            for (key, sealed) in &self.access {
                if let Some(access) = record.access.get_mut(key) {
                    access.token = sealed.clone();
                }
            }
        })
    }
}

pub(super) fn tombstone(record: &Record, now: UnixTime) -> Outcome {
    if matches!(record.state, State::Revoked { .. } | State::Revoking) {
        return keep(Verdict::Applied, record);
    }
    edit(record, |record| {
        record.generation = record.generation.saturating_add(1);
        record.access.clear();
        record.id_token = None;
        record.next_try = None;
        record.failures = 0;
        record.warn_at = None;
        record.state = match record.refresh {
            Some(_) => State::Revoking,
            None => State::Revoked { at: now },
        };
        record.raise(EventKind::Revoked);
    })
}

pub(super) fn postpone(record: &Record, generation: u64, next_try: UnixTime) -> Outcome {
    if record.state != State::Revoking || record.generation != generation {
        return keep(Verdict::Superseded, record);
    }
    edit(record, |record| {
        record.failures = record.failures.saturating_add(1);
        record.next_try = Some(next_try);
    })
}

pub(super) fn wipe(record: &Record, generation: u64, now: UnixTime) -> Outcome {
    if record.state != State::Revoking || record.generation != generation {
        return keep(Verdict::Superseded, record);
    }
    edit(record, |record| {
        record.refresh = None;
        record.next_try = None;
        record.state = State::Revoked { at: now };
    })
}

pub(super) fn tend(record: &Record, now: UnixTime) -> Outcome {
    match &record.state {
        State::Revoked { at } if now >= at.plus(TOMBSTONE_LIFE) => remove(),
        State::Revoked { .. } | State::Revoking => keep(Verdict::Applied, record),
        _ => match (record.warn_at, record.refresh_ends()) {
            (Some(warn_at), Some(at)) if now >= warn_at => edit(record, |record| {
                record.warn_at = None;
                record.raise(EventKind::GrantExpiring { at });
            }),
            _ => keep(Verdict::Applied, record),
        },
    }
}

pub(super) const fn remove() -> Outcome {
    Outcome { verdict: Verdict::Applied, record: None, effect: Effect::Remove }
}

pub(super) fn edit(record: &Record, change: impl FnOnce(&mut Record)) -> Outcome {
    let mut record = record.clone();
    record.revision = record.revision.saturating_add(1);
    change(&mut record);
    Outcome { verdict: Verdict::Applied, record: Some(record), effect: Effect::Write }
}

fn keep(verdict: Verdict, record: &Record) -> Outcome {
    Outcome { verdict, record: Some(record.clone()), effect: Effect::Keep }
}

fn blank() -> Record {
    Record {
        generation: 0,
        revision: 1,
        attempts: 0,
        state: State::Active,
        refresh: None,
        id_token: None,
        access: Default::default(),
        requested: Default::default(),
        granted: Default::default(),
        next_try: None,
        failures: 0,
        forced_at: None,
        refresh_ends: None,
        refresh_idles_out: None,
        warn_at: None,
        events: Vec::new(),
    }
}
