//! The operating system's clock.
//!
//! A token at hand is served for the price of looking at the clock, so the cheapest one is read:
//! where the kernel keeps a coarse clock, the time of its last tick. That is up to one tick late
//! (1 to 10 ms), where [`UnixTime`] counts whole seconds.

use tegata_core::time::{Clock, UnixTime};

/// The operating system's clock, which whoever administers the machine can set.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// The one there is.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(seconds())
    }
}

/// Seconds since 1970; a clock before that reads as its beginning, when there was no token to check.
#[cfg(any(target_os = "android", target_os = "linux"))]
fn seconds() -> i64 {
    use rustix::time::{ClockId, clock_gettime};

    clock_gettime(ClockId::RealtimeCoarse).tv_sec.max(0)
}

/// Seconds since 1970; a clock before that reads as its beginning, when there was no token to check.
#[cfg(not(any(target_os = "android", target_os = "linux")))]
fn seconds() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};

    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_clock_is_the_wall_clock_and_late_by_less_than_a_second() {
        let wall = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            i64::try_from(since.as_secs()).unwrap()
        };
        let before = wall();
        let now = SystemClock::new().now().seconds();
        assert!((before - 1..=wall()).contains(&now), "{now}");
    }
}
