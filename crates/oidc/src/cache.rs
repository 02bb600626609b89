//! A value that is fetched when needed, kept while fresh, served stale when the provider is down.
//!
//! The cache decides and does no I/O. One fetch is in flight at a time; the others wait for it.
//!
//! ```text
//!            fresh ─────────────────────────────────▶ Found
//!   look ──▶ stale, nobody fetches ─▶ Fetch(ticket) ─▶ land ─▶ fresh
//!            stale, somebody fetches ───────────────▶ Found (the stale one)
//!            empty, somebody fetches ───────────────▶ Wait
//!            empty, a fetch has just failed ────────▶ Failed
//! ```

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tegata_core::error::Error;
use tegata_core::time::UnixTime;

/// How long one fetch may hold the others up. Longer than the transport's total deadline of ten
/// seconds, so that only a fetch whose driver was dropped without a word is taken over.
const FLIGHT_DEADLINE: Duration = Duration::from_secs(15);

/// After a failed fetch, how long until the next may start: a flood of sign-ins against a provider
/// that is down costs one request per second.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);

/// Between two fetches that somebody's token provoked. Whoever can make up tokens cannot make us
/// ask the provider more often than this.
pub(crate) const COOLDOWN: Duration = Duration::from_secs(30);

/// By how much a clock may go back before what was noted by it counts as wrong: threads read it one
/// after the other, and a time server corrects it a little.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// Whether `now` is before `end`, which was at most `span` away when it was set. Farther away it can
/// only be because the clock was put back, and nothing lasts longer for that.
fn lasts(end: UnixTime, span: Duration, now: UnixTime) -> bool {
    now < end && end.since(now) <= span.saturating_add(CLOCK_SLACK)
}

pub(crate) struct Cache<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    held: Option<Held<T>>,
    /// Nobody else starts a fetch before this moment.
    flight_until: Option<UnixTime>,
    /// How the last fetch ended, when it failed and no other has begun.
    failure: Option<Error>,
    last_provoked: Option<UnixTime>,
}

struct Held<T> {
    value: Arc<T>,
    fresh_until: UnixTime,
    lifetime: Duration,
}

impl<T> Held<T> {
    fn is_fresh(&self, now: UnixTime) -> bool {
        lasts(self.fresh_until, self.lifetime, now)
    }
}

pub(crate) enum Lookup<T> {
    /// Use this.
    Found(Arc<T>),
    /// Fetch it, then [`Ticket::land`] it; on failure go on with the stale value, if any.
    Fetch(Ticket<T>, Option<Arc<T>>),
    /// Somebody else's fetch has just failed, with this error: so would ours.
    Failed(Error),
    /// Somebody else fetches: look again in a moment.
    Wait,
    /// There is no newer value, and it is too early to ask for one: that can be done after this time.
    CoolingDown(Duration),
}

impl<T> Cache<T> {
    pub(crate) fn new() -> Arc<Self> {
        let state = State { held: None, flight_until: None, failure: None, last_provoked: None };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// The value, or the right to fetch it.
    pub(crate) fn look(self: &Arc<Self>, now: UnixTime) -> Lookup<T> {
        let mut state = self.lock();
        let stale = match &state.held {
            Some(held) if held.is_fresh(now) => return Lookup::Found(Arc::clone(&held.value)),
            Some(held) => Some(Arc::clone(&held.value)),
            None => None,
        };
        match (state.in_flight(now), stale) {
            (true, Some(stale)) => Lookup::Found(stale),
            (true, None) => state.result_of_flight(),
            (false, stale) => Lookup::Fetch(self.take_off(&mut state, now), stale),
        }
    }

    /// A value newer than `seen`, which somebody's token did not fit.
    pub(crate) fn look_beyond(self: &Arc<Self>, seen: &Arc<T>, now: UnixTime) -> Lookup<T> {
        let mut state = self.lock();
        match &state.held {
            Some(held) if !Arc::ptr_eq(&held.value, seen) => {
                return Lookup::Found(Arc::clone(&held.value));
            }
            _ => {}
        }
        if state.in_flight(now) {
            return state.result_of_flight();
        }
        if let Some(cool) = state.last_provoked.map(|last| last.plus(COOLDOWN))
            && lasts(cool, COOLDOWN, now)
        {
            return Lookup::CoolingDown(cool.since(now));
        }
        state.last_provoked = Some(now);
        Lookup::Fetch(self.take_off(&mut state, now), None)
    }

    fn take_off(self: &Arc<Self>, state: &mut State<T>, now: UnixTime) -> Ticket<T> {
        state.flight_until = Some(now.plus(FLIGHT_DEADLINE));
        state.failure = None;
        Ticket { cache: Arc::clone(self), landed: false }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while holding it; a poisoned state is still a whole one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fresh_until = self.lock().held.as_ref().map(|held| held.fresh_until);
        f.debug_struct("Cache").field("fresh_until", &fresh_until).finish()
    }
}

impl<T> State<T> {
    fn in_flight(&self, now: UnixTime) -> bool {
        self.flight_until.is_some_and(|until| lasts(until, FLIGHT_DEADLINE, now))
    }

    /// What those get who came while somebody else fetches, or has just failed to.
    fn result_of_flight(&self) -> Lookup<T> {
        self.failure.as_ref().map_or(Lookup::Wait, |error| Lookup::Failed(error.without_source()))
    }
}

/// The right to fetch, held by one flow. Dropped without a landing, it goes to the next.
pub(crate) struct Ticket<T> {
    cache: Arc<Cache<T>>,
    landed: bool,
}

impl<T> Ticket<T> {
    /// The fetch succeeded: everybody gets this value, for as long as `lifetime`.
    pub(crate) fn land(mut self, value: T, lifetime: Duration, now: UnixTime) -> Arc<T> {
        self.landed = true;
        let value = Arc::new(value);
        let mut state = self.cache.lock();
        let fresh_until = now.plus(lifetime);
        state.held = Some(Held { value: Arc::clone(&value), fresh_until, lifetime });
        state.flight_until = None;
        value
    }

    /// The fetch failed: what was held stays, everybody who waits is told, and the next try waits a
    /// little.
    pub(crate) fn fail(mut self, error: &Error, now: UnixTime) {
        self.landed = true;
        let mut state = self.cache.lock();
        state.flight_until = Some(now.plus(FAILURE_PAUSE));
        state.failure = Some(error.without_source());
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        if !self.landed {
            self.cache.lock().flight_until = None;
        }
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket")
    }
}

#[cfg(test)]
mod tests {
    use tegata_core::error::{TransportError, TransportFault};
    use tegata_core::http::Endpoint;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn ticket(lookup: Lookup<u8>) -> Ticket<u8> {
        match lookup {
            Lookup::Fetch(ticket, _) => ticket,
            _ => panic!("nothing to fetch"),
        }
    }

    fn down() -> Error {
        TransportError::new(Endpoint::Jwks, TransportFault::Connect).into()
    }

    fn found(lookup: Lookup<u8>) -> Arc<u8> {
        match lookup {
            Lookup::Found(value) => value,
            _ => panic!("not found"),
        }
    }

    #[test]
    fn one_fetches_and_the_others_wait() {
        let cache = Cache::new();
        let ticket = ticket(cache.look(at(0)));
        assert!(matches!(cache.look(at(0)), Lookup::Wait));
        ticket.land(1, HOUR, at(0));
        assert_eq!(*found(cache.look(at(1))), 1);
    }

    #[test]
    fn a_stale_value_is_served_while_one_fetches() {
        let cache = Cache::new();
        ticket(cache.look(at(0))).land(1, HOUR, at(0));
        let Lookup::Fetch(ticket, Some(stale)) = cache.look(at(3600)) else { panic!("fresh") };
        assert_eq!((*stale, *found(cache.look(at(3600)))), (1, 1));
        ticket.land(2, HOUR, at(3600));
        assert_eq!(*found(cache.look(at(3600))), 2);
    }

    #[test]
    fn a_failed_fetch_keeps_the_old_value_and_pauses() {
        let cache = Cache::new();
        ticket(cache.look(at(0))).land(1, HOUR, at(0));
        ticket(cache.look(at(3600))).fail(&down(), at(3600));
        assert_eq!(*found(cache.look(at(3600))), 1);
        assert!(matches!(cache.look(at(3601)), Lookup::Fetch(_, Some(_))));
    }

    #[test]
    fn who_waits_for_a_fetch_that_fails_is_told_at_once() {
        let cache = Cache::new();
        let first = ticket(cache.look(at(0)));
        assert!(matches!(cache.look(at(0)), Lookup::Wait));
        first.fail(&down(), at(0));
        assert!(matches!(cache.look(at(0)), Lookup::Failed(Error::Transport(_))));
        let second = ticket(cache.look(at(1)));
        assert!(matches!(cache.look(at(1)), Lookup::Wait), "the next try is under way");
        let seen = second.land(1, HOUR, at(1));
        ticket(cache.look_beyond(&seen, at(2))).fail(&down(), at(2));
        assert!(matches!(cache.look_beyond(&seen, at(2)), Lookup::Failed(_)));
        assert!(matches!(cache.look_beyond(&seen, at(3)), Lookup::CoolingDown(_)));
    }

    #[test]
    fn nothing_lasts_longer_when_the_clock_is_put_back() {
        let year = 365 * 24 * 3600;
        // A provider that was down when the clock was wrong is asked again.
        let cache = Cache::new();
        ticket(cache.look(at(year))).fail(&down(), at(year));
        // So are keys that were fetched then, and a key that was not found then.
        let seen = ticket(cache.look(at(0))).land(1, HOUR, at(year));
        assert_eq!(*found(cache.look(at(year - 60))), 1, "a clock may be corrected a little");
        ticket(cache.look_beyond(&seen, at(year))).fail(&down(), at(year));
        assert!(matches!(cache.look_beyond(&seen, at(0)), Lookup::Fetch(..)));
        assert!(matches!(cache.look(at(0)), Lookup::Fetch(_, Some(_))));
    }

    #[test]
    fn a_dropped_fetch_is_free_at_once_and_a_silent_one_after_its_deadline() {
        let cache = Cache::new();
        drop(ticket(cache.look(at(0))));
        std::mem::forget(ticket(cache.look(at(0))));
        assert!(matches!(cache.look(at(14)), Lookup::Wait));
        assert!(matches!(cache.look(at(15)), Lookup::Fetch(..)));
    }

    #[test]
    fn a_stranger_cannot_provoke_more_than_one_fetch_per_cooldown() {
        let cache = Cache::new();
        let first = ticket(cache.look(at(0))).land(1, HOUR, at(0));
        let second = ticket(cache.look_beyond(&first, at(1))).land(2, HOUR, at(1));
        assert_eq!(*found(cache.look_beyond(&first, at(2))), 2);
        for (now, rest) in [(1, 30), (30, 1)] {
            let Lookup::CoolingDown(after) = cache.look_beyond(&second, at(now)) else {
                panic!("a second fetch after {now} s");
            };
            assert_eq!(after.as_secs(), rest);
        }
        assert!(matches!(cache.look_beyond(&second, at(31)), Lookup::Fetch(..)));
    }
}
