//! Tokens that may come once: logout tokens, security events. Whoever can repeat one must not be
//! able to repeat its effect (Back-Channel Logout §2.6 (7), RFC 8417 §2.2).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use tegata_core::time::UnixTime;

/// Remembers the names (`jti`) of tokens until they could not be accepted any more.
///
/// The contract:
///
/// 1. One call is one atomic step: of two calls with the same pair, one returns `true`.
/// 2. A pair is remembered at least until `until`.
/// 3. When it cannot tell, it returns `false`: the token is refused, and its sender tries again.
///
/// An application of several processes implements it on a store that they share.
pub trait SeenTokens: Send + Sync {
    /// Whether the token called `jti` of `issuer` comes for the first time; remembers it.
    fn first_time(&self, issuer: &str, jti: &str, until: UnixTime, now: UnixTime) -> bool;
}

/// Remembers in memory, a limited number: for an application of one process.
///
/// ```
/// use tegata_core::time::UnixTime;
/// use tegata_oidc::replay::{SeenInMemory, SeenTokens};
///
/// let (seen, now) = (SeenInMemory::new(), UnixTime::from_seconds(1_700_000_000));
/// let until = UnixTime::from_seconds(1_700_000_120);
/// assert!(seen.first_time("https://op.example.com", "j1", until, now));
/// assert!(!seen.first_time("https://op.example.com", "j1", until, now));
/// ```
#[derive(Default)]
pub struct SeenInMemory {
    until: Mutex<BTreeMap<(String, String), UnixTime>>,
}

impl SeenInMemory {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many tokens are remembered at the most: beyond it, new ones are refused until old ones
    /// have ended. Only verified tokens count, so only the issuer can fill it.
    pub const CAPACITY: usize = 100_000;
}

impl SeenTokens for SeenInMemory {
    fn first_time(&self, issuer: &str, jti: &str, until: UnixTime, now: UnixTime) -> bool {
        let mut seen = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= Self::CAPACITY {
            seen.retain(|_, until| *until >= now);
        }
        let name = (issuer.to_owned(), jti.to_owned());
        let known = seen.get(&name).is_some_and(|until| *until >= now);
        if known || seen.len() >= Self::CAPACITY {
            return false;
        }
        seen.insert(name, until);
        true
    }
}

impl fmt::Debug for SeenInMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenInMemory").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_memory_refuses_rather_than_forgets() {
        let seen = SeenInMemory::new();
        let (now, until) = (UnixTime::from_seconds(0), UnixTime::from_seconds(10));
        for n in 0..SeenInMemory::CAPACITY {
            assert!(seen.first_time("i", &n.to_string(), until, now));
        }
        assert!(!seen.first_time("i", "new", until, now));
        assert!(seen.first_time("i", "new", until, UnixTime::from_seconds(11)));
    }

    #[test]
    fn names_belong_to_their_issuer() {
        let seen = SeenInMemory::new();
        let (now, until) = (UnixTime::from_seconds(0), UnixTime::from_seconds(10));
        assert!(seen.first_time("one", "j", until, now));
        assert!(seen.first_time("other", "j", until, now));
        assert!(!seen.first_time("one", "j", until, now));
    }
}
