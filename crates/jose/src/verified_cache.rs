//! Remembers verified ID tokens, for a server that is shown the same one with every request.
//!
//! Off unless somebody makes one. What it trades away: between its verification and the end of its
//! validity a token is not looked at again, so a key that the issuer withdraws goes on counting
//! until the new key set arrives. What it keeps: a hit needs the same text to the last byte, the
//! same rules and expectations, the very key set that verified it, and a moment within its time.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash as _, Hasher as _};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tegata_core::error::InvalidToken;
use tegata_core::random::{Random, RandomUnavailable};
use tegata_core::secret::{CompactToken, constant_time_eq};
use tegata_core::time::UnixTime;

use crate::backend::Backend;
use crate::id_token::{Expect, IdToken, IdTokenRules, UnverifiedIdToken};
use crate::jwks::KeySet;

/// A bounded memory of verified ID tokens.
///
/// It may stand in front of any number of issuers and clients. Tokens of a sign-in do not belong
/// here: each of them comes once.
#[derive(Debug)]
pub struct VerifiedCache {
    keys: [u64; 2],
    capacity: NonZeroUsize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_hash: BTreeMap<u64, Entry>,
    /// The oldest first.
    order: VecDeque<u64>,
}

#[derive(Debug)]
struct Entry {
    token: Arc<IdToken>,
    verified_by: Weak<KeySet>,
    from: UnixTime,
    until: UnixTime,
}

impl VerifiedCache {
    /// An empty one for `capacity` tokens, each of which takes about three times its length.
    ///
    /// Its hash is keyed from `random`, so that nobody can look for two tokens that share a place.
    ///
    /// # Errors
    ///
    /// [`RandomUnavailable`]
    pub fn new(capacity: NonZeroUsize, random: &dyn Random) -> Result<Self, RandomUnavailable> {
        let mut halves = [[0; 8]; 2];
        random.fill(halves.as_flattened_mut())?;
        let keys = halves.map(u64::from_ne_bytes);
        Ok(Self { keys, capacity, entries: Mutex::default() })
    }

    /// Verifies `token`, or remembers that it did.
    ///
    /// # Errors
    ///
    /// As [`UnverifiedIdToken::verify`]. Failures are not remembered.
    pub fn verify(
        &self,
        token: CompactToken,
        keys: &Arc<KeySet>,
        rules: &IdTokenRules,
        expect: &Expect<'_>,
        backend: &'static dyn Backend,
        now: UnixTime,
    ) -> Result<Arc<IdToken>, InvalidToken> {
        let hash = self.hash(&token, rules, expect);
        if let Some(known) = self.find(hash, &token, keys, now) {
            return Ok(known);
        }
        let token = UnverifiedIdToken::new(token).verify(keys, rules, expect, backend, now)?;
        let until = rules.valid_until(&token, expect.max_age);
        let token = Arc::new(token);
        let verified_by = Arc::downgrade(keys);
        self.keep(hash, Entry { token: Arc::clone(&token), verified_by, from: now, until });
        Ok(token)
    }

    /// How many tokens it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().by_hash.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find(
        &self,
        hash: u64,
        token: &CompactToken,
        keys: &Arc<KeySet>,
        now: UnixTime,
    ) -> Option<Arc<IdToken>> {
        let entries = self.entries();
        let entry = entries.by_hash.get(&hash)?;
        let raw = entry.token.raw().expose().as_bytes();
        // While an entry points to a key set, no other can stand at its address.
        let holds = (entry.from..entry.until).contains(&now)
            && std::ptr::eq(entry.verified_by.as_ptr(), Arc::as_ptr(keys))
            && constant_time_eq(raw, token.expose().as_bytes());
        holds.then(|| Arc::clone(&entry.token))
    }

    fn keep(&self, hash: u64, entry: Entry) {
        let mut entries = self.entries();
        if entries.by_hash.insert(hash, entry).is_none() {
            entries.order.push_back(hash);
        }
        if entries.order.len() > self.capacity.get()
            && let Some(oldest) = entries.order.pop_front()
        {
            entries.by_hash.remove(&oldest);
        }
    }

    #[expect(deprecated, reason = "the standard library's one keyed hash with keys of one's own")]
    fn hash(&self, token: &CompactToken, rules: &IdTokenRules, expect: &Expect<'_>) -> u64 {
        let [first, second] = self.keys;
        let mut hasher = std::hash::SipHasher::new_with_keys(first, second);
        token.expose().hash(&mut hasher);
        rules.hash(&mut hasher);
        expect.hash(&mut hasher);
        hasher.finish()
    }

    /// No panic can happen while it is held, and nothing half done would be in it.
    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::{Algorithm, AllowedAlgorithms};
    use crate::id_token::{Binding, Nonce};
    use crate::sign::typ;
    use crate::{backend, test_keys};
    use serde_json::json;
    use std::time::Duration;
    use tegata_core::error::{TokenFault, TokenKind};
    use tegata_core::secret::AccessToken;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
            bytes.fill(7);
            Ok(())
        }
    }

    struct Setting {
        cache: VerifiedCache,
        keys: Arc<KeySet>,
        rules: IdTokenRules,
    }

    fn setting(capacity: usize) -> Setting {
        let capacity = NonZeroUsize::new(capacity).unwrap();
        let key = test_keys::signing(Algorithm::ES256);
        Setting {
            cache: VerifiedCache::new(capacity, &Sevens).unwrap(),
            keys: Arc::new(test_keys::published(&[&key])),
            rules: IdTokenRules::new("https://op.example.com", "client-1")
                .with_algorithms(AllowedAlgorithms::of(&[Algorithm::ES256])),
        }
    }

    fn token(subject: &str) -> CompactToken {
        let claims = json!({
            "iss": "https://op.example.com", "aud": "client-1", "sub": subject,
            "iat": NOW.seconds(), "exp": NOW.seconds() + 300, "auth_time": NOW.seconds() - 100,
        });
        let key = test_keys::signing(Algorithm::ES256);
        key.sign(&typ("JWT"), claims.to_string().as_bytes()).unwrap()
    }

    impl Setting {
        fn verify(
            &self,
            token: &CompactToken,
            expect: &Expect<'_>,
            later: u64,
        ) -> Result<Arc<IdToken>, TokenFault> {
            let now = NOW.plus(Duration::from_secs(later));
            self.cache
                .verify(token.clone(), &self.keys, &self.rules, expect, backend::ring(), now)
                .map_err(|error| error.fault)
        }
    }

    fn plain() -> Expect<'static> {
        Expect::new(TokenKind::IdToken, Nonce::NotSent)
    }

    #[test]
    fn two_tokens_in_one_place_are_not_taken_for_each_other() {
        let setting = setting(2);
        let (one, other) = (token("user-1"), token("user-2"));
        let held = Entry {
            token: setting.verify(&one, &plain(), 0).unwrap(),
            verified_by: Arc::downgrade(&setting.keys),
            from: NOW,
            until: NOW.plus(Duration::from_secs(300)),
        };
        setting.cache.keep(setting.cache.hash(&other, &setting.rules, &plain()), held);
        assert_eq!(setting.verify(&other, &plain(), 0).unwrap().subject(), "user-2");
    }

    #[test]
    fn there_is_no_cache_without_randomness() {
        struct Broken;

        impl Random for Broken {
            fn fill(&self, _: &mut [u8]) -> Result<(), RandomUnavailable> {
                Err(RandomUnavailable::new())
            }
        }

        assert!(VerifiedCache::new(NonZeroUsize::MIN, &Broken).is_err());
    }

    #[test]
    fn a_cache_is_empty_until_it_holds_a_token() {
        let setting = setting(1);
        assert!(setting.cache.is_empty());
        setting.verify(&token("user-1"), &plain(), 0).unwrap();
        assert!(!setting.cache.is_empty());
    }

    #[test]
    fn the_second_time_nothing_is_verified() {
        let setting = setting(2);
        let token = token("user-1");
        let first = setting.verify(&token, &plain(), 0).unwrap();
        let second = setting.verify(&token, &plain(), 1).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(setting.cache.len(), 1);
    }

    #[test]
    fn a_token_is_not_remembered_beyond_its_time() {
        let setting = setting(2);
        let token = token("user-1");
        assert!(setting.verify(&token, &plain(), 0).is_ok());
        assert!(setting.verify(&token, &plain(), 359).is_ok());
        assert_eq!(setting.verify(&token, &plain(), 360).unwrap_err(), TokenFault::Expired);
        let mut recent = plain();
        recent.max_age = Some(Duration::from_secs(100));
        assert!(setting.verify(&token, &recent, 60).is_ok());
        assert_eq!(setting.verify(&token, &recent, 61).unwrap_err(), TokenFault::AuthTimeTooOld);
    }

    #[test]
    fn other_expectations_are_checked_afresh() {
        let mut setting = setting(2);
        let token = token("user-1");
        assert!(setting.verify(&token, &plain(), 0).is_ok());
        let access_token = AccessToken::new("a");
        let mut bound = plain();
        bound.access_token = Binding::Required(&access_token);
        assert_eq!(
            setting.verify(&token, &bound, 0).unwrap_err(),
            TokenFault::AccessTokenHashMissing
        );
        setting.rules = IdTokenRules::new("https://op.example.com", "client-2");
        assert!(setting.verify(&token, &plain(), 0).is_err());
    }

    #[test]
    fn a_new_key_set_verifies_afresh() {
        let mut setting = setting(2);
        let token = token("user-1");
        let first = setting.verify(&token, &plain(), 0).unwrap();
        setting.keys = Arc::new((*setting.keys).clone());
        let second = setting.verify(&token, &plain(), 0).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        setting.keys = Arc::new(KeySet::empty());
        assert_eq!(setting.verify(&token, &plain(), 0).unwrap_err(), TokenFault::KeyNotFound);
    }

    #[test]
    fn a_forged_token_is_not_remembered_and_the_oldest_makes_room() {
        let setting = setting(2);
        let tokens = ["1", "2", "3"].map(token);
        let forged = CompactToken::new(format!("{}A", tokens[0].expose()));
        assert!(setting.verify(&forged, &plain(), 0).is_err());
        assert!(setting.cache.is_empty());
        let first = setting.verify(&tokens[0], &plain(), 0).unwrap();
        for token in &tokens {
            assert!(setting.verify(token, &plain(), 0).is_ok());
        }
        assert_eq!(setting.cache.len(), 2);
        let again = setting.verify(&tokens[0], &plain(), 0).unwrap();
        assert!(!Arc::ptr_eq(&first, &again));
    }
}
