//! Time as data: whole seconds since 1970-01-01T00:00:00Z (RFC 7519 §2, NumericDate).

mod rfc3339;

use std::fmt;
use std::time::Duration;

/// A moment: whole seconds since the Unix epoch.
///
/// Every check of this workspace takes `now: UnixTime` as an argument, so a test sets the clock by
/// passing a number. All arithmetic saturates; no moment can overflow.
///
/// ```
/// use std::time::Duration;
/// use tegata_core::time::UnixTime;
///
/// let issued = UnixTime::from_seconds(1_700_000_000);
/// assert_eq!(issued.plus(Duration::from_secs(3600)).seconds(), 1_700_003_600);
/// assert_eq!(issued.since(UnixTime::from_seconds(1_800_000_000)), Duration::ZERO);
/// assert_eq!(issued.to_string(), "2023-11-14T22:13:20Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The moment `seconds` after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Reads `2026-11-22T10:06:13Z` (RFC 3339 §5.6), in UTC; what Python writes, without the `Z`, too.
    /// Fractions of a second are dropped. `None`: it is no such text.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        rfc3339::parse(text)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// This moment, `later` further on. Fractions of a second are dropped.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(whole_seconds(later)))
    }

    /// This moment, `earlier` before. Fractions of a second are dropped.
    #[must_use]
    pub fn minus(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(whole_seconds(earlier)))
    }

    /// How long after `earlier` this moment is; zero when it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let seconds = self.0.saturating_sub(earlier.0);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }
}

/// As `2026-11-22T10:06:13Z`.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        rfc3339::write(*self, f)
    }
}

/// Tells the time. Only clients hold one; the pure crates receive `now` as an argument.
pub trait Clock: Send + Sync {
    /// The current moment.
    fn now(&self) -> UnixTime;
}

impl<F: Fn() -> UnixTime + Send + Sync> Clock for F {
    fn now(&self) -> UnixTime {
        self()
    }
}

fn whole_seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let end = UnixTime::from_seconds(i64::MAX);
        assert_eq!(end.plus(Duration::MAX), end);
        let start = UnixTime::from_seconds(i64::MIN);
        assert_eq!(start.minus(Duration::MAX).seconds(), i64::MIN);
        assert_eq!(start.since(end), Duration::ZERO);
    }
}
