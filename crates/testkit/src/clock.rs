//! A clock that a test sets: it stands still, or runs with the machine's and is pushed forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tegata_core::Error;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::time::{Clock, UnixTime};

/// A clock to share between the provider and the client under test. Clones show the same time.
///
/// ```
/// use std::time::Duration;
/// use tegata_core::time::{Clock, UnixTime};
/// use tegata_testkit::TestClock;
///
/// let clock = TestClock::at(UnixTime::from_seconds(1_700_000_000));
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now().seconds(), 1_700_003_600);
/// ```
#[derive(Clone, Debug)]
pub struct TestClock {
    runs: bool,
    /// Seconds since the epoch for a clock that stands; ahead of the machine's for one that runs.
    seconds: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that stands at `now` until it is moved.
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self { runs: false, seconds: Arc::new(AtomicI64::new(now.seconds())) }
    }

    /// A clock that runs with the machine's: for a client that cannot be given another one.
    #[must_use]
    pub fn running() -> Self {
        Self { runs: true, seconds: Arc::default() }
    }

    /// Moves it forward. A clock that runs is that much ahead of the machine's from now on.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Sets it, forward or back.
    pub fn set(&self, now: UnixTime) {
        let seconds = now.seconds().saturating_sub(self.zero());
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    /// `flow`, for which this clock moves wherever it would wait: no test sleeps. Give it to a client
    /// that has the same clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tegata_core::flow::{Flow, Input, Step};
    /// use tegata_core::time::{Clock as _, UnixTime};
    /// use tegata_testkit::TestClock;
    ///
    /// struct Nap;
    ///
    /// impl Flow for Nap {
    ///     type Output = ();
    ///
    ///     fn advance(&mut self, input: Input, _: UnixTime) -> Result<Step<()>, tegata_core::Error> {
    ///         let hour = Duration::from_secs(3600);
    ///         Ok(if matches!(input, Input::Woken) { Step::Done(()) } else { Step::Wait(hour) })
    ///     }
    /// }
    ///
    /// let clock = TestClock::at(UnixTime::from_seconds(0));
    /// let step = clock.hurry(Nap).advance(Input::Start, clock.now())?;
    /// assert!(matches!(step, Step::Done(())));
    /// assert_eq!(clock.now().seconds(), 3600);
    /// # Ok::<(), tegata_core::Error>(())
    /// ```
    pub fn hurry<F: Flow>(&self, flow: F) -> Hurried<F> {
        Hurried { clock: self.clone(), flow }
    }

    fn zero(&self) -> i64 {
        if !self.runs {
            return 0;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.zero().saturating_add(self.seconds.load(Ordering::SeqCst)))
    }
}

/// A flow that never waits: [`TestClock::hurry`].
#[derive(Debug)]
pub struct Hurried<F> {
    clock: TestClock,
    flow: F,
}

impl<F: Flow> Flow for Hurried<F> {
    type Output = F::Output;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<F::Output>, Error> {
        let mut step = self.flow.advance(input, now)?;
        while let Step::Wait(time) = step {
            self.clock.advance(time);
            step = self.flow.advance(Input::Woken, self.clock.now())?;
        }
        Ok(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = TestClock::at(UnixTime::from_seconds(100));
        let other = clock.clone();
        clock.advance(Duration::from_secs(5));
        assert_eq!(other.now().seconds(), 105);
        other.set(UnixTime::from_seconds(7));
        assert_eq!(clock.now().seconds(), 7);
    }

    #[test]
    fn a_running_clock_can_be_pushed_ahead_of_the_machine() {
        let clock = TestClock::running();
        let before = clock.now();
        clock.advance(Duration::from_secs(3600));
        let ahead = clock.now().since(before).as_secs();
        assert!((3600..3660).contains(&ahead), "{ahead}");
    }
}
