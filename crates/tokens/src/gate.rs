//! Not asking too much of a server: how many at once, how many a second, and when to leave it be.
//!
//! One gate per client and server, shared by all grants of the process. After a refusal of the
//! *client* (`invalid_client`: a secret was changed) it closes for a minute and lets one request
//! try again; a changed secret must not log out every user. After several failures of the *server*
//! in a row it closes for a second. Each time that the trial fails, it stays closed twice as long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tegata_core::time::UnixTime;

use crate::change::Failure;

/// Guards one server against the grants of one client. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Mutex<Inner>>);

/// How many requests a gate lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many at once, 32 by default: more threads than most programs have.
    pub at_once: u32,
    /// How many begin in one second, 500 by default: ten thousand grants that wake up together are
    /// served in twenty seconds.
    pub per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { at_once: 32, per_second: 500 }
    }
}

impl Gate {
    /// An open gate.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            limits,
            in_flight: 0,
            second: None,
            begun: 0,
            failures: 0,
            closed: None,
        })))
    }

    /// Asks to send one request.
    pub(crate) fn enter(&self, now: UnixTime) -> Result<Permit, Wait> {
        self.inner().enter(now)?;
        Ok(Permit { gate: self.clone(), reported: false })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Counters alone: a panic cannot leave them half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// Why a request may not be sent yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The server refused the client.
    Client(Duration),
    /// Too many at once, or the server is failing.
    Server(Duration),
}

/// The right to send one request, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Gate,
    reported: bool,
}

impl Permit {
    /// Says how the request ended.
    pub(crate) fn report(mut self, failure: Option<Failure>, now: UnixTime) {
        self.reported = true;
        let mut inner = self.gate.inner();
        inner.in_flight = inner.in_flight.saturating_sub(1);
        inner.learn(failure, now);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.reported {
            let mut inner = self.gate.inner();
            inner.in_flight = inner.in_flight.saturating_sub(1);
        }
    }
}

#[derive(Debug)]
struct Inner {
    limits: Limits,
    in_flight: u32,
    second: Option<UnixTime>,
    begun: u32,
    failures: u32,
    closed: Option<Closed>,
}

#[derive(Clone, Copy, Debug)]
struct Closed {
    client: bool,
    at: UnixTime,
    time: Duration,
}

impl Inner {
    fn enter(&mut self, now: UnixTime) -> Result<(), Wait> {
        if let Some(closed) = self.closed {
            // Bounded by the time it was closed for, so that no clock can jump it shut.
            let left = closed.at.plus(closed.time).since(now).min(closed.time);
            // When the time is over, one request tries for all.
            let left = if self.in_flight > 0 { left.max(TRIAL) } else { left };
            if !left.is_zero() {
                return Err(if closed.client { Wait::Client(left) } else { Wait::Server(left) });
            }
        }
        if self.second != Some(now) {
            (self.second, self.begun) = (Some(now), 0);
        }
        if self.in_flight >= self.limits.at_once {
            return Err(Wait::Server(CROWDED));
        }
        if self.begun >= self.limits.per_second {
            return Err(Wait::Server(Duration::from_secs(1)));
        }
        self.in_flight = self.in_flight.saturating_add(1);
        self.begun = self.begun.saturating_add(1);
        Ok(())
    }

    fn learn(&mut self, failure: Option<Failure>, now: UnixTime) {
        let client = match failure {
            None | Some(Failure::InvalidGrant) => {
                (self.failures, self.closed) = (0, None);
                return;
            }
            Some(Failure::Client) => true,
            Some(Failure::NotSent | Failure::TryLater | Failure::Unknown) => {
                self.failures = self.failures.saturating_add(1);
                if self.failures < FAILURES_TO_CLOSE {
                    return;
                }
                false
            }
        };
        let time = match self.closed {
            // The requests that were under way when it closed say nothing new.
            Some(closed) if now < closed.at.plus(closed.time) => return,
            Some(closed) if closed.client == client => closed.time.saturating_mul(2),
            _ if client => CLIENT_PAUSE,
            _ => SERVER_PAUSE,
        };
        self.closed = Some(Closed { client, at: now, time: time.min(MAX_PAUSE) });
    }
}

/// How soon to ask again while another request tries for all.
const TRIAL: Duration = Duration::from_millis(200);
/// How soon to ask again while too many are under way.
const CROWDED: Duration = Duration::from_millis(20);
/// One lost answer is bad luck; five in a row are an outage.
const FAILURES_TO_CLOSE: u32 = 5;
/// Somebody has to change a setting: nothing gets better within a minute.
const CLIENT_PAUSE: Duration = Duration::from_secs(60);
const SERVER_PAUSE: Duration = Duration::from_secs(1);
/// An outage that is over is noticed within this time.
const MAX_PAUSE: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn fail(gate: &Gate, failure: Failure, now: i64) {
        gate.enter(at(now)).unwrap().report(Some(failure), at(now));
    }

    #[test]
    fn lets_so_many_through_at_once() {
        let gate = Gate::new(Limits { at_once: 2, per_second: 100 });
        let (first, _second) = (gate.enter(at(0)).unwrap(), gate.enter(at(0)).unwrap());
        assert_eq!(gate.enter(at(0)).unwrap_err(), Wait::Server(CROWDED));
        drop(first);
        assert!(gate.enter(at(0)).is_ok());
    }

    #[test]
    fn lets_so_many_through_in_a_second() {
        let gate = Gate::new(Limits { at_once: 10, per_second: 2 });
        drop((gate.enter(at(0)).unwrap(), gate.enter(at(0)).unwrap()));
        assert!(gate.enter(at(0)).is_err());
        assert!(gate.enter(at(1)).is_ok());
    }

    #[test]
    fn closes_at_once_when_the_client_is_refused_and_lets_one_try_again() {
        let gate = Gate::default();
        fail(&gate, Failure::Client, 0);
        assert_eq!(gate.enter(at(10)).unwrap_err(), Wait::Client(Duration::from_secs(50)));
        let trial = gate.enter(at(60)).unwrap();
        assert_eq!(gate.enter(at(60)).unwrap_err(), Wait::Client(TRIAL));
        trial.report(Some(Failure::Client), at(60));
        assert_eq!(gate.enter(at(61)).unwrap_err(), Wait::Client(Duration::from_secs(119)));
        gate.enter(at(180)).unwrap().report(None, at(180));
        let both = (gate.enter(at(180)).unwrap(), gate.enter(at(180)).unwrap());
        drop(both);
    }

    #[test]
    fn closes_when_the_server_fails_several_times_in_a_row() {
        let gate = Gate::default();
        (0..4).for_each(|_| fail(&gate, Failure::TryLater, 0));
        gate.enter(at(0)).unwrap().report(None, at(0));
        (0..5).for_each(|_| fail(&gate, Failure::Unknown, 0));
        assert_eq!(gate.enter(at(0)).unwrap_err(), Wait::Server(SERVER_PAUSE));
        assert!(gate.enter(at(1)).is_ok());
    }

    #[test]
    fn a_refused_grant_says_nothing_against_the_server() {
        let gate = Gate::default();
        (0..100).for_each(|_| fail(&gate, Failure::InvalidGrant, 0));
        assert!(gate.enter(at(0)).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_it_closed() {
        let gate = Gate::default();
        fail(&gate, Failure::Client, 1_000_000);
        assert_eq!(gate.enter(at(0)).unwrap_err(), Wait::Client(CLIENT_PAUSE));
    }
}
