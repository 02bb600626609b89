//! When an access token is old: the soft point, the hard point, and the jitter between grants.
//!
//! ```text
//!   issued                                soft            hard   end
//!     ├──────────── Fresh ─────────────────┼──── Ageing ────┼─────┤  Stale
//!                                          │ served, and    │ callers wait
//!                                          │ refreshed      │ for the refresh
//! ```

use std::time::Duration;

use tegata_core::time::UnixTime;

use crate::grant::GrantId;

/// The soft point lies this long before the end, or a quarter of the life when that is less: the
/// early refresh is what lets callers go on while a server is slow.
pub const SOFT_MARGIN: Duration = Duration::from_secs(300);

/// The hard point lies this long before the end, or a tenth of the life when that is less: a token
/// must survive the way to the API.
pub const HARD_MARGIN: Duration = Duration::from_secs(10);

/// An access token's life, and how a grant's jitter cuts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    issued_at: UnixTime,
    soft: UnixTime,
    hard: UnixTime,
    expires_at: UnixTime,
}

/// What to do with an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the three stretches of a life")]
pub enum Freshness {
    /// Use it.
    Fresh,
    /// Use it, and let somebody refresh it behind your back.
    Ageing,
    /// Wait for a new one.
    Stale,
}

impl Life {
    /// The life of a token from `issued_at` (when the request was *sent*) to `expires_at`.
    ///
    /// `jitter` is a share of 0 to 255/256 by which the soft point moves up to 20 % of the life
    /// earlier: grants that were made together must not come back together. [`jitter`] gives each
    /// grant its own.
    #[must_use]
    pub fn new(issued_at: UnixTime, expires_at: UnixTime, jitter: u8) -> Self {
        let life = expires_at.since(issued_at);
        let early = life.saturating_mul(u32::from(jitter)) / (256 * 5);
        Self {
            issued_at,
            soft: expires_at.minus(SOFT_MARGIN.min(life / 4).saturating_add(early)),
            hard: expires_at.minus(HARD_MARGIN.min(life / 10)),
            expires_at,
        }
    }

    /// What to do with the token at `now`, for a caller who needs it for `min_valid` more.
    ///
    /// A token that was issued in the future shows that a clock was set back: it is
    /// [`Ageing`](Freshness::Ageing), since its end cannot be trusted.
    #[must_use]
    pub fn at(&self, now: UnixTime, min_valid: Duration) -> Freshness {
        if now >= self.hard || now.plus(min_valid) >= self.expires_at {
            Freshness::Stale
        } else if now >= self.soft || now.plus(SOFT_MARGIN) < self.issued_at {
            Freshness::Ageing
        } else {
            Freshness::Fresh
        }
    }

    /// Whether the token still lives for `min_valid`: what is served while a server does not
    /// answer, up to the very end.
    #[must_use]
    pub fn lasts(&self, now: UnixTime, min_valid: Duration) -> bool {
        now.plus(min_valid) < self.expires_at
    }

    /// When the token ends.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// From when on a refresh behind the callers' backs is due.
    #[must_use]
    pub const fn soft(&self) -> UnixTime {
        self.soft
    }

    /// From when on callers wait.
    #[must_use]
    pub const fn hard(&self) -> UnixTime {
        self.hard
    }
}

/// The jitter of a grant: always the same for the same grant, spread evenly over all.
#[must_use]
pub fn jitter(grant: &GrantId) -> u8 {
    let [first, ..] = hmac_sha256::Hash::hash(grant.key().as_bytes());
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn an_hour_has_five_minutes_of_margin_and_up_to_twelve_of_jitter() {
        let life = |jitter| Life::new(at(0), at(3600), jitter);
        assert_eq!(life(0).soft(), at(3300));
        assert_eq!(life(255).soft(), at(3300 - 717));
        assert_eq!(life(255).hard(), at(3590));
    }

    #[test]
    fn short_lives_have_proportional_margins() {
        let life = Life::new(at(0), at(20), 0);
        assert_eq!((life.soft(), life.hard()), (at(15), at(18)));
    }

    #[test]
    fn goes_from_fresh_over_ageing_to_stale() {
        let life = Life::new(at(0), at(3600), 0);
        let verdict = |now, min_valid| life.at(at(now), Duration::from_secs(min_valid));
        assert_eq!(verdict(3299, 0), Freshness::Fresh);
        assert_eq!(verdict(3300, 0), Freshness::Ageing);
        assert_eq!(verdict(3589, 0), Freshness::Ageing);
        assert_eq!(verdict(3590, 0), Freshness::Stale);
        assert_eq!(verdict(100, 3600), Freshness::Stale);
        assert!(life.lasts(at(3599), Duration::ZERO) && !life.lasts(at(3600), Duration::ZERO));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_prolong_a_life() {
        let life = Life::new(at(10_000), at(13_600), 0);
        assert_eq!(life.at(at(5_000), Duration::ZERO), Freshness::Ageing);
        assert_eq!(life.at(at(9_990), Duration::ZERO), Freshness::Fresh, "a little skew is usual");
    }

    #[test]
    fn the_jitter_of_many_grants_is_spread() {
        let jitters = (0..2048).map(|n| jitter(&GrantId::new("i", "c", n.to_string())));
        let low = jitters.filter(|jitter| *jitter < 128).count();
        assert!((900..1150).contains(&low), "{low}");
    }
}
