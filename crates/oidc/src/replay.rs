//! Tokens that act once: logout tokens, security events. Whoever can repeat one must not be able to
//! repeat its effect (Back-Channel Logout §2.6, RFC 8417 §2.2).
//!
//! ```text
//!   verified ──▶ is_known? ──no──▶ the application acts ──▶ remember ──▶ the sender is told
//!                    └──yes──▶ it was done: refused, or answered like the first time
//! ```
//!
//! A token is remembered when what it asks for is done, and not before. When the application fails
//! in between, the sender's next try is taken like the first; two tries at once may both be taken.
//! So what such a token leads to has to be something that can be done twice, as ending a session
//! can. Not done at all is what must not be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tegata_core::time::UnixTime;

/// Remembers the names (`jti`) of tokens until they could not be accepted any more.
///
/// The contract:
///
/// 1. A pair that was remembered is known until its `until`, by every process that shares the store.
/// 2. A store that cannot tell says that the pair is not known: what a token asks for is rather done
///    twice than lost.
/// 3. Nothing is remembered but what [`remember`](Self::remember) was told.
/// 4. Both answer at once: on an async transport they are called where the flow runs.
///
/// An application of several processes implements it on a store that they share. One that acts in a
/// transaction can write the pair in it, under a unique index, and needs no more than
/// [`SeenInMemory`] here.
pub trait SeenTokens: Send + Sync {
    /// Whether that for which the token called `jti` of `issuer` came was done before.
    fn is_known(&self, issuer: &str, jti: &str, now: UnixTime) -> bool;

    /// It is done: remembers the token, at least until `until`.
    fn remember(&self, issuer: &str, jti: &str, until: UnixTime, now: UnixTime);
}

/// Remembers in memory, a limited number: for an application of one process.
///
/// ```
/// use tegata_core::time::UnixTime;
/// use tegata_oidc::replay::{SeenInMemory, SeenTokens};
///
/// let (seen, now) = (SeenInMemory::new(), UnixTime::from_seconds(1_700_000_000));
/// let until = UnixTime::from_seconds(1_700_000_120);
/// assert!(!seen.is_known("https://op.example.com", "j1", now));
/// seen.remember("https://op.example.com", "j1", until, now);
/// assert!(seen.is_known("https://op.example.com", "j1", now));
/// ```
#[derive(Default)]
pub struct SeenInMemory(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    until: BTreeMap<Arc<Name>, UnixTime>,
    by_end: BTreeSet<(UnixTime, Arc<Name>)>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    issuer: Box<str>,
    jti: Box<str>,
}

impl SeenInMemory {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many tokens are remembered at the most: beyond it, the one that ends first is forgotten.
    /// Only verified tokens count, so only the issuer can fill it.
    pub const CAPACITY: usize = 100_000;
}

impl SeenTokens for SeenInMemory {
    fn is_known(&self, issuer: &str, jti: &str, now: UnixTime) -> bool {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.until.get(&Name::new(issuer, jti)).is_some_and(|until| *until >= now)
    }

    fn remember(&self, issuer: &str, jti: &str, until: UnixTime, now: UnixTime) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = Arc::new(Name::new(issuer, jti));
        memory.forget(&name);
        while memory.first_end().is_some_and(|first| first < now)
            || memory.until.len() >= Self::CAPACITY
        {
            memory.forget_first();
        }
        memory.until.insert(Arc::clone(&name), until);
        memory.by_end.insert((until, name));
    }
}

impl Memory {
    fn first_end(&self) -> Option<UnixTime> {
        self.by_end.first().map(|(until, _)| *until)
    }

    fn forget_first(&mut self) {
        if let Some((_, name)) = self.by_end.pop_first() {
            self.until.remove(&name);
        }
    }

    fn forget(&mut self, name: &Arc<Name>) {
        if let Some(until) = self.until.remove(name) {
            self.by_end.remove(&(until, Arc::clone(name)));
        }
    }
}

impl Name {
    fn new(issuer: &str, jti: &str) -> Self {
        Self { issuer: issuer.into(), jti: jti.into() }
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

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    #[test]
    fn a_token_is_known_once_it_is_remembered_and_until_it_ends() {
        let seen = SeenInMemory::new();
        assert!(!seen.is_known("i", "j", at(0)), "to ask remembers nothing");
        assert!(!seen.is_known("i", "j", at(0)));
        seen.remember("i", "j", at(10), at(0));
        seen.remember("i", "another", at(20), at(10));
        assert!(seen.is_known("i", "j", at(10)));
        assert!(!seen.is_known("i", "j", at(11)));
        seen.remember("i", "j", at(20), at(11));
        assert!(seen.is_known("i", "j", at(20)));
    }

    #[test]
    fn a_token_that_is_remembered_again_is_known_until_its_new_end() {
        let seen = SeenInMemory::new();
        seen.remember("i", "j", at(10), at(0));
        seen.remember("i", "j", at(20), at(0));
        seen.remember("i", "another", at(30), at(15));
        assert!(seen.is_known("i", "j", at(15)));
    }

    #[test]
    fn a_full_memory_forgets_what_ends_first_and_loses_nothing_new() {
        let seen = SeenInMemory::new();
        for n in 0..SeenInMemory::CAPACITY {
            seen.remember("i", &n.to_string(), at(10), at(0));
        }
        seen.remember("i", "ends first", at(5), at(0));
        assert!(seen.is_known("i", "ends first", at(0)));
        seen.remember("i", "new", at(10), at(0));
        assert!(seen.is_known("i", "new", at(0)));
        assert!(!seen.is_known("i", "ends first", at(0)));
        let held = |seen: &SeenInMemory| {
            let memory = seen.0.lock().unwrap();
            (memory.until.len(), memory.by_end.len())
        };
        assert_eq!(held(&seen), (SeenInMemory::CAPACITY, SeenInMemory::CAPACITY));
        seen.remember("i", "much later", at(20), at(11));
        assert_eq!(held(&seen), (1, 1), "what has ended takes no room");
    }

    #[test]
    fn names_belong_to_their_issuer() {
        let seen = SeenInMemory::new();
        seen.remember("one", "j", at(10), at(0));
        assert!(seen.is_known("one", "j", at(0)));
        assert!(!seen.is_known("other", "j", at(0)));
    }
}
