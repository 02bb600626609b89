//! How long to wait for what: each default with its reason, and the one relation that must hold.

use std::time::Duration;

/// No pause between attempts is longer. One that looks longer was noted by a clock that has been
/// set back since, and does not count.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The times of a token manager.
///
/// ```
/// use std::time::Duration;
/// use tegata_tokens::Settings;
///
/// let settings = Settings::default().with_http_deadline(Duration::from_secs(5));
/// assert!(settings.lease() > settings.http_deadline());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    http_deadline: Duration,
    cool_down: Duration,
    patience: Duration,
    max_backoff: Duration,
    expiry_warning: Duration,
    keeps_alive: bool,
}

impl Settings {
    /// The longest that one refresh request may take, 8 s by default: most servers answer within a
    /// second, and with the lease that follows a lost answer is replayed within the 30 s of grace
    /// that Okta and WorkOS give.
    #[must_use]
    pub const fn with_http_deadline(mut self, time: Duration) -> Self {
        self.http_deadline = time;
        self
    }

    /// How long a token that an API refused with 401 is not refreshed again, 60 s by default: an
    /// API that refuses every token must not cause a refresh per call.
    #[must_use]
    pub const fn with_cool_down(mut self, time: Duration) -> Self {
        self.cool_down = time;
        self
    }

    /// How long callers wait for a server that asks to wait, 10 s by default, before they get an
    /// error that says when to come again.
    #[must_use]
    pub const fn with_patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// The longest pause between attempts, 15 min by default and [`LONGEST_PAUSE`] at most;
    /// `Retry-After` is cut to it.
    #[must_use]
    pub const fn with_max_backoff(mut self, time: Duration) -> Self {
        self.max_backoff =
            if time.as_secs() < LONGEST_PAUSE.as_secs() { time } else { LONGEST_PAUSE };
        self
    }

    /// How long before the end of a refresh token the application hears of it, 3 days by default:
    /// a weekend and a day.
    #[must_use]
    pub const fn with_expiry_warning(mut self, time: Duration) -> Self {
        self.expiry_warning = time;
        self
    }

    /// Has [`Tend`](crate::machine::Tend) refresh a grant whose refresh token is about to die of
    /// disuse, as long before that as it would warn; not by default, since a grant that nobody uses
    /// is better forgotten than kept. What cannot be refreshed then is warned of.
    #[must_use]
    pub const fn with_keep_alive(mut self) -> Self {
        self.keeps_alive = true;
        self
    }

    /// The longest that one refresh request may take.
    #[must_use]
    pub const fn http_deadline(&self) -> Duration {
        self.http_deadline
    }

    /// How long a refresh is ours alone: half as long again as the HTTP deadline, and two seconds.
    ///
    /// Never settable, so that it always outlasts the request that it protects; the two seconds
    /// cover times that are kept in whole seconds.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        let half = Duration::from_millis(self.http_deadline.as_secs().saturating_mul(500));
        self.http_deadline.saturating_add(half).saturating_add(Duration::from_secs(2))
    }

    /// How long a token that an API refused is not refreshed again.
    #[must_use]
    pub const fn cool_down(&self) -> Duration {
        self.cool_down
    }

    /// How long callers wait for a server that asks to wait.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.patience
    }

    /// The longest pause between attempts.
    #[must_use]
    pub const fn max_backoff(&self) -> Duration {
        self.max_backoff
    }

    /// Whether unused grants are refreshed before they end.
    #[must_use]
    pub const fn keeps_alive(&self) -> bool {
        self.keeps_alive
    }

    /// How long before the end of a refresh token the application hears of it.
    #[must_use]
    pub const fn expiry_warning(&self) -> Duration {
        self.expiry_warning
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            http_deadline: Duration::from_secs(8),
            cool_down: Duration::from_secs(60),
            patience: Duration::from_secs(10),
            max_backoff: Duration::from_secs(15 * 60),
            expiry_warning: Duration::from_secs(3 * 86_400),
            keeps_alive: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lease_outlasts_every_http_deadline() {
        for seconds in [0, 1, 8, 15, 3600, u64::MAX / 4] {
            let settings = Settings::default().with_http_deadline(Duration::from_secs(seconds));
            assert!(settings.lease() >= settings.http_deadline() + Duration::from_secs(2));
        }
    }

    #[test]
    fn no_pause_is_longer_than_the_longest() {
        let settings = Settings::default().with_max_backoff(Duration::MAX);
        assert_eq!(settings.max_backoff(), LONGEST_PAUSE);
    }

    #[test]
    fn lease_and_a_replay_fit_in_a_grace_of_thirty_seconds() {
        let settings = Settings::default();
        assert!(settings.lease() + settings.http_deadline() <= Duration::from_secs(30));
    }
}
