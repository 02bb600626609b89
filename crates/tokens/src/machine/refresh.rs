//! Serves an access token, and refreshes it when that is due.
//!
//! ```text
//!   Load ─▶ decide ─┬─ fresh, or nothing to be done ────────────────────────────▶ Ending
//!    ▲        ▲     ├─ Apply(Begin) ─ acquired ─▶ Refresh ─┬─ tokens ─▶ Persist ────▲
//!    │        │     │       │ busy                         └─ error ──▶ Apply(Fail) │
//!    │        │     └─▶ Probe the owner ─ dead ─▶ Apply(Begin, takeover)     │      │
//!    └─ Sleep ◀───────────────┴─ alive                                       │      │
//!             └──────────────────────────────────────────────────────────────┘      │
//!                   tombstoned: Revoke what was received ───────────────────────────┘
//! ```
//!
//! An ageing token is published before the refresh begins, and trouble is published only to
//! callers who have nothing.

mod flight;
mod holdings;

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::ApiMisuse;
use tegata_core::random::Random;
use tegata_core::secret::RefreshToken;
use tegata_core::time::UnixTime;

use self::flight::Flight;
use super::classify::backoff;
use super::ending::Ending;
use super::issue::{Answer, refresh_token};
use super::persist::{Persist, Progress};
use super::{Input, Machine, RefreshCall, Reply, Rules, Served, Step, Want, World};
use crate::change::{Begin, Change, Fail, Failure, Outcome, Reason, Verdict};
use crate::error::Error;
use crate::freshness::Freshness;
use crate::gate::{Permit, Wait};
use crate::record::{Attempt, Record, State};
use crate::store::{Peer, StoreError};
use crate::vault::VaultFault;

/// Serves an access token, and refreshes it when that is due. See the [module](super).
#[derive(Debug)]
pub struct Refresh {
    want: Want,
    rules: Rules,
    at: At,
    /// Whether callers have a token already.
    served: bool,
    /// Held from before the intent until the answer.
    permit: Option<Permit>,
    /// The attempt of another that is waited for, and how long it was.
    watched: Option<(u64, Duration)>,
    /// How long callers were kept waiting for the server's sake.
    waited: Duration,
    /// What went wrong, for those who get no token.
    cause: Option<Arc<tegata_core::Error>>,
}

#[derive(Debug)]
enum At {
    Beginning { since: UnixTime, mark: Option<u64> },
    Disowning { token: RefreshToken, tries: u32 },
    Doubting { mark: Option<u64>, error: StoreError },
    Ending(Ending),
    Failing { fail: Fail, then: Option<Error>, tries: u32 },
    Loading,
    Persisting { flight: Flight, answer: Answer, persist: Persist },
    Probing { record: Record, attempt: Attempt, by_store: Option<Duration> },
    Publishing { record: Record },
    Refreshing { flight: Flight },
    Sleeping,
    Start,
}

impl Machine for Refresh {
    fn advance(&mut self, input: Input, world: &World<'_>) -> Result<Step, ApiMisuse> {
        // `Start` stands in while the state is out, so a wrong input leaves a machine that is over.
        match (std::mem::replace(&mut self.at, At::Start), input) {
            (At::Start | At::Sleeping, Input::Next) => Ok(self.load()),
            (At::Loading, Input::Loaded(Ok(record))) => Ok(self.decide(record, world)),
            (At::Loading, Input::Loaded(Err(error))) => Ok(self.store_failed(error)),
            (At::Publishing { record }, Input::Next) => Ok(self.freshen(record, world)),
            (At::Beginning { since, .. }, Input::Applied(Ok(outcome))) => {
                Ok(self.begun(outcome, since, world))
            }
            (At::Beginning { mark, .. }, Input::Applied(Err(error))) => {
                self.at = At::Doubting { mark, error };
                Ok(Step::Load)
            }
            (At::Doubting { mark, error }, Input::Loaded(found)) => {
                Ok(self.doubted(found.ok().flatten().as_ref(), mark, error, world))
            }
            (At::Probing { record, attempt, by_store }, Input::Peer(peer)) => {
                Ok(self.probed(record, &attempt, by_store, peer, world))
            }
            (At::Refreshing { flight }, Input::Answered(Ok(tokens))) => {
                Ok(self.received(flight, tokens, world))
            }
            (At::Refreshing { flight }, Input::Answered(Err(error))) => {
                Ok(self.refused(&flight, error, world))
            }
            (At::Persisting { flight, answer, mut persist }, input) => {
                match persist.advance(input)? {
                    Progress::Apply => Ok(self.commit(flight, answer, persist, world)),
                    Progress::Meanwhile(step) => {
                        self.served = persist.has_served();
                        self.at = At::Persisting { flight, answer, persist };
                        Ok(step)
                    }
                    Progress::Stored(outcome) => Ok(self.stored(&flight, &answer, outcome, world)),
                }
            }
            (At::Failing { then, .. }, Input::Applied(Ok(outcome))) => {
                Ok(self.failed(then, outcome.record, world))
            }
            (At::Failing { fail, then, tries }, Input::Applied(Err(error))) => {
                Ok(self.not_noted(fail, then, tries, error))
            }
            (At::Failing { fail, then, tries }, Input::Next) => Ok(self.note(fail, then, tries)),
            (At::Disowning { token, tries }, Input::Revoked(result)) => {
                Ok(self.disowned(token, tries, result.is_ok()))
            }
            (At::Disowning { token, tries }, Input::Next) => Ok(self.disown(token, tries)),
            (At::Ending(mut ending), input) => {
                let step = ending.advance(input)?;
                self.at = At::Ending(ending);
                Ok(step)
            }
            _ => Err(ApiMisuse::WrongInput),
        }
    }
}

impl Refresh {
    /// Serves `want` by `rules`.
    #[must_use]
    pub const fn new(want: Want, rules: Rules) -> Self {
        Self {
            want,
            rules,
            at: At::Start,
            served: false,
            permit: None,
            watched: None,
            waited: Duration::ZERO,
            cause: None,
        }
    }

    fn load(&mut self) -> Step {
        self.at = At::Loading;
        Step::Load
    }

    /// Serves what there is, or goes on to get something better.
    fn decide(&mut self, record: Option<Record>, world: &World<'_>) -> Step {
        self.permit = None;
        let Some(record) = record else { return self.conclude(Err(Error::NoGrant), None) };
        if matches!(record.state, State::Revoked { .. } | State::Revoking) {
            return self.conclude(Err(Error::Revoked), Some(&record));
        }
        if let Some(needed) = self.missing(&record) {
            return self.conclude(Err(Error::ScopeMissing { needed }), Some(&record));
        }
        let Some(held) = self.held(&record, world) else { return self.freshen(record, world) };
        if self.is_rejected(&held) {
            if record.forced_at.is_some_and(|forced| self.cools_down(forced, world.now)) {
                return self.conclude(Ok(held), Some(&record));
            }
            return self.freshen(record, world);
        }
        // However fresh the access token is: a refresh that nobody finishes endangers the grant.
        let settled = !matches!(record.state, State::Ambiguous | State::Refreshing(_));
        match held.life.at(world.now, self.want.min_valid) {
            Freshness::Fresh if settled => self.conclude(Ok(held), Some(&record)),
            Freshness::Fresh | Freshness::Ageing if !self.served => {
                self.served = true;
                self.at = At::Publishing { record };
                Step::Publish(Reply::Token(held))
            }
            _ => self.freshen(record, world),
        }
    }

    /// Begins a refresh, unless another one is under way or has to wait.
    fn freshen(&mut self, record: Record, world: &World<'_>) -> Step {
        if matches!(record.state, State::Reauth) || record.refresh.is_none() {
            return self.make_do(Error::NeedsConsent, &record, world);
        }
        if let State::Refreshing(attempt) = &record.state {
            let attempt = attempt.clone();
            return self.probe(record, attempt, None);
        }
        if let Some(next) = record.pauses(world.now) {
            return self.pause(next.since(world.now), &record, world);
        }
        if record.state == State::Ambiguous && self.replay_can_wait(&record, world) {
            return self.make_do(Error::NeedsConsent, &record, world);
        }
        if let Some(Err(fault)) = refresh_token(&record, &self.want.grant, world) {
            return self.make_do(Error::Vault(fault), &record, world);
        }
        self.begin(&record, None, world)
    }

    fn begin(&mut self, record: &Record, takeover: Option<u64>, world: &World<'_>) -> Step {
        match self.rules.gate.enter(world.now) {
            Ok(permit) => self.permit = Some(permit),
            Err(Wait::Server(pause)) => return self.pause(pause, record, world),
            Err(Wait::Client(pause)) => {
                let until = world.now.plus(pause);
                let cause = self.cause.clone();
                let error = match cause {
                    Some(cause) => Error::ClientRefused { cause },
                    None => Error::Unavailable { until, cause: None },
                };
                return self.make_do(error, record, world);
            }
        }
        let reason = match self.held(record, world) {
            Some(held) if self.is_rejected(&held) => Reason::Rejected,
            _ => Reason::Age,
        };
        let mark = draw(world.random);
        self.at = At::Beginning { since: world.now, mark };
        Step::Apply(Change::Begin(Begin {
            key: self.want.key.clone(),
            seen: record.access.get(&self.want.key).map(|access| access.revision),
            reason,
            instance: self.rules.instance.clone(),
            mark,
            lease: self.rules.settings.lease(),
            takeover,
        }))
    }

    fn begun(&mut self, outcome: Outcome, since: UnixTime, world: &World<'_>) -> Step {
        let Some(record) = outcome.record else { return self.decide(None, world) };
        let attempt = match (outcome.verdict, &record.state) {
            (Verdict::Applied, State::Refreshing(attempt)) => attempt.clone(),
            (Verdict::Busy { remaining }, State::Refreshing(attempt)) => {
                let attempt = attempt.clone();
                self.permit = None;
                return self.probe(record, attempt, Some(remaining));
            }
            (Verdict::Backoff, _) => {
                self.permit = None;
                let pause = record.next_try.map_or(Duration::ZERO, |next| next.since(world.now));
                let pause = pause.min(self.rules.settings.max_backoff()).max(LEAST_PAUSE);
                return self.pause(pause, &record, world);
            }
            _ => return self.decide(Some(record), world),
        };
        let spent = match refresh_token(&record, &self.want.grant, world) {
            Some(Ok(token)) => token,
            Some(Err(fault)) => return self.release(&record, &attempt, Some(fault), world),
            None => return self.release(&record, &attempt, None, world),
        };
        // Rule 5: who was stopped until the lease is nearly over must not send any more.
        let settings = self.rules.settings;
        if world.now.since(since) > settings.lease().saturating_sub(settings.http_deadline()) {
            return self.release(&record, &attempt, None, world);
        }
        let scope = self.want.key.scope();
        let flight = Flight {
            generation: record.generation,
            attempt: attempt.number,
            failures: record.failures,
            spent: spent.clone(),
            granted: scope.clone().unwrap_or_else(|| record.granted.clone()),
        };
        self.at = At::Refreshing { flight };
        Step::Refresh(RefreshCall {
            refresh_token: spent,
            scope,
            resource: self.want.key.resource().map(str::to_owned),
            deadline: settings.http_deadline(),
        })
    }

    /// Gives back a lease under which nothing was sent.
    fn release(
        &mut self,
        record: &Record,
        attempt: &Attempt,
        fault: Option<VaultFault>,
        world: &World<'_>,
    ) -> Step {
        let fail = self.not_sent(record, attempt, world);
        self.note(fail, fault.map(Error::Vault), 0)
    }

    /// The store failed to take the intent, or to say that it took it: an intent that is there keeps
    /// everybody from the refresh token, so it is taken back. Nothing was sent.
    fn doubted(
        &mut self,
        record: Option<&Record>,
        mark: Option<u64>,
        error: StoreError,
        world: &World<'_>,
    ) -> Step {
        match record.map(|record| (record, &record.state)) {
            Some((record, State::Refreshing(attempt)))
                if mark.is_some() && attempt.mark == mark =>
            {
                let fail = self.not_sent(record, attempt, world);
                self.note(fail, Some(Error::Store(error)), 0)
            }
            _ => self.store_failed(error),
        }
    }

    fn not_sent(&mut self, record: &Record, attempt: &Attempt, world: &World<'_>) -> Fail {
        self.permit = None;
        Fail {
            generation: record.generation,
            attempt: attempt.number,
            failure: Failure::NotSent,
            retry_in: backoff(record.failures, None, &self.rules.settings, world.random),
        }
    }

    /// Notes that an attempt is over.
    fn note(&mut self, fail: Fail, then: Option<Error>, tries: u32) -> Step {
        self.at = At::Failing { fail, then, tries };
        Step::Apply(Change::Fail(fail))
    }

    /// An attempt that looks as if it were under way keeps everybody from the replay, until its
    /// lease is over and perhaps the server's grace too: so the note is tried again.
    fn not_noted(
        &mut self,
        fail: Fail,
        then: Option<Error>,
        tries: u32,
        error: StoreError,
    ) -> Step {
        if tries >= NOTE_TRIES {
            return self.store_failed(error);
        }
        self.at = At::Failing { fail, then, tries: tries.saturating_add(1) };
        Step::Sleep(NOTE_PAUSE)
    }

    fn probe(&mut self, record: Record, attempt: Attempt, by_store: Option<Duration>) -> Step {
        if self.watched.is_none_or(|(number, _)| number != attempt.number) {
            self.watched = Some((attempt.number, Duration::ZERO));
        }
        let owner = attempt.owner.clone();
        self.at = At::Probing { record, attempt, by_store };
        Step::Probe(owner)
    }

    /// Somebody else refreshes: takes over, waits, or leaves it to them.
    fn probed(
        &mut self,
        record: Record,
        attempt: &Attempt,
        by_store: Option<Duration>,
        peer: Peer,
        world: &World<'_>,
    ) -> Step {
        let takeover = Some(attempt.number);
        let waited = self.watched.map_or(Duration::ZERO, |(_, waited)| waited);
        match peer {
            // The server's grace is running: this is the one thing not to wait for.
            Peer::Dead if self.replay_can_wait(&record, world) => {
                return self.make_do(Error::NeedsConsent, &record, world);
            }
            Peer::Dead => return self.begin(&record, takeover, world),
            _ if self.usable(&record, world).is_some() => {
                return self.make_do(Error::NeedsConsent, &record, world);
            }
            // It lives, so its lease is measured by our own patience and not by a clock.
            Peer::Alive if waited >= attempt.lease() => {
                return self.begin(&record, takeover, world);
            }
            Peer::Unknown if by_store == Some(Duration::ZERO) => {
                return self.begin(&record, takeover, world);
            }
            // By our clock the lease is over; only the store's clock counts, so ask it.
            Peer::Unknown if by_store.is_none() && attempt.until <= world.now => {
                return self.begin(&record, None, world);
            }
            Peer::Alive | Peer::Unknown => {}
        }
        let pause = LEAST_POLL.saturating_add(waited / 4).min(MOST_POLL);
        self.watched = Some((attempt.number, waited.saturating_add(pause)));
        self.at = At::Sleeping;
        Step::Sleep(pause)
    }

    fn failed(&mut self, then: Option<Error>, record: Option<Record>, world: &World<'_>) -> Step {
        match (then, record) {
            (Some(error), Some(record)) => self.make_do(error, &record, world),
            (_, record) => self.decide(record, world),
        }
    }

    /// Nothing was spent: the store refused the intent, or cannot be read.
    fn store_failed(&mut self, error: StoreError) -> Step {
        self.permit = None;
        self.conclude(Err(Error::Store(error)), None)
    }

    /// Waits, if callers have nothing and their patience lasts.
    fn pause(&mut self, pause: Duration, record: &Record, world: &World<'_>) -> Step {
        let waited = self.waited.saturating_add(pause);
        if self.usable(record, world).is_some() || waited > self.rules.settings.patience() {
            let (until, cause) = (world.now.plus(pause), self.cause.clone());
            return self.make_do(Error::Unavailable { until, cause }, record, world);
        }
        self.waited = waited;
        self.at = At::Sleeping;
        Step::Sleep(pause)
    }

    /// Serves what there is while there is nothing better, or else fails.
    fn make_do(&mut self, error: Error, record: &Record, world: &World<'_>) -> Step {
        let reply = self.usable(record, world).ok_or(error);
        self.conclude(reply, Some(record))
    }

    fn conclude(&mut self, reply: Result<Served, Error>, record: Option<&Record>) -> Step {
        self.permit = None;
        let reply = match reply {
            // What was served before is void then.
            Err(error @ (Error::NoGrant | Error::Revoked)) => Some(Reply::Failed(error)),
            _ if self.served => None,
            Ok(served) => Some(Reply::Token(served)),
            Err(error) => Some(Reply::Failed(error)),
        };
        let (ending, step) = Ending::begin(reply, record);
        self.at = At::Ending(ending);
        step
    }
}

/// Neither the process nor the number of an attempt would do: another manager of the same process may
/// have begun the one that this machine meant to begin.
fn draw(random: &dyn Random) -> Option<u64> {
    let mut lot = [0; 8];
    random.fill(&mut lot).ok()?;
    Some(u64::from_le_bytes(lot))
}

/// How soon to look again at an attempt of another, and how late at most.
const LEAST_POLL: Duration = Duration::from_millis(20);
const MOST_POLL: Duration = Duration::from_millis(500);
/// How often a note that the store did not take is tried again, and after which pause.
const NOTE_TRIES: u32 = 5;
const NOTE_PAUSE: Duration = Duration::from_millis(500);
/// Where the store's clock is ahead of ours, its pause is over when ours is not.
const LEAST_PAUSE: Duration = Duration::from_millis(200);
