//! A pending sign-in in a cookie: encrypted, authenticated, self-expiring.
//!
//! The sealed form is base64url of `version ‖ nonce ‖ AES-256-GCM(JSON)`: about a thousand bytes,
//! where a cookie may have 4,096.

use std::fmt;

#[cfg(feature = "ring")]
use base64::Engine as _;
#[cfg(feature = "ring")]
use base64::prelude::BASE64_STANDARD;
use tegata_core::error::{ApiMisuse, Error};
#[cfg(feature = "ring")]
use tegata_core::random::{Random, RandomUnavailable};
use tegata_core::time::UnixTime;
use tegata_jose::backend::Backend;
use tegata_jose::base64url;
use zeroize::Zeroizing;

use super::PendingSignIn;

/// The longest sealed text that is read. Browsers keep no longer cookie.
pub const MAX_SEALED_BYTES: usize = 4096;

/// The key that seals pending sign-ins: 32 bytes that every instance of the application shares.
///
/// One key seals at most 2³² sign-ins (NIST SP 800-38D §8.3); change it long before.
#[derive(Clone)]
pub struct CookieKey {
    bytes: Zeroizing<[u8; 32]>,
    backend: &'static dyn Backend,
}

impl CookieKey {
    /// The key `bytes`, used through ring.
    #[cfg(feature = "ring")]
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self::with_backend(bytes, tegata_jose::backend::ring())
    }

    /// The key that an environment variable or a file holds, as `openssl rand -base64 32` writes it;
    /// white space around it aside.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`] when `text` is no base64 of 32 bytes.
    #[cfg(feature = "ring")]
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map(Zeroizing::new).ok();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        let bytes = bytes.ok_or_else(|| ApiMisuse::Configuration {
            what: "cookie key",
            fault: "it is no base64 of 32 bytes".to_owned(),
        });
        Ok(Self::new(bytes?))
    }

    /// The key `bytes`, used through `backend`.
    #[must_use]
    pub fn with_backend(bytes: [u8; 32], backend: &'static dyn Backend) -> Self {
        Self { bytes: Zeroizing::new(bytes), backend }
    }

    /// A new key, for a single process: sign-ins that are pending end when it does.
    ///
    /// # Errors
    ///
    /// [`RandomUnavailable`] when `random` fails.
    #[cfg(feature = "ring")]
    pub fn generate(random: &dyn Random) -> Result<Self, RandomUnavailable> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes)?;
        Ok(Self::new(bytes))
    }
}

impl fmt::Debug for CookieKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieKey([redacted])")
    }
}

impl PendingSignIn {
    /// Seals this sign-in for a cookie. Set the cookie `HttpOnly`, `Secure`, `SameSite=Lax` (`None`
    /// for the response mode `form_post`), and delete it when the callback arrives.
    ///
    /// ```
    /// # use tegata_oidc::sign_in::{CookieKey, PendingSignIn};
    /// # use tegata_core::time::UnixTime;
    /// fn keep(pending: PendingSignIn, key: &CookieKey) -> Result<String, tegata_core::Error> {
    ///     pending.seal(key)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Unsealable`] when it was opened from a cookie itself: a sign-in is sealed once.
    pub fn seal(self, key: &CookieKey) -> Result<String, Error> {
        let nonce = self.seal_nonce;
        if nonce == [0; 12] {
            return Err(ApiMisuse::Unsealable.into());
        }
        let json = self.into_json();
        let sealed = key.backend.seal(&key.bytes, &nonce, CONTEXT, json.as_bytes());
        let sealed = sealed.map_err(|_| ApiMisuse::Unsealable)?;
        let whole: Vec<u8> =
            [VERSION].into_iter().chain(nonce).chain(sealed.iter().copied()).collect();
        Ok(base64url::encode(&whole))
    }

    /// Opens what [`seal`](Self::seal) made.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Unsealable`] when it is damaged, forged or of another key;
    /// [`ApiMisuse::PendingExpired`] when it is too old.
    pub fn open(key: &CookieKey, sealed: &str, now: UnixTime) -> Result<Self, Error> {
        let json = open(key, sealed).ok_or(ApiMisuse::Unsealable)?;
        let text = std::str::from_utf8(&json).map_err(|_| ApiMisuse::Unsealable)?;
        Self::from_json(text, now)
    }
}

fn open(key: &CookieKey, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    if sealed.len() > MAX_SEALED_BYTES {
        return None;
    }
    let whole = base64url::decode(sealed.as_bytes()).ok()?;
    let (version, rest) = whole.split_first()?;
    let (nonce, sealed) = rest.split_first_chunk::<12>()?;
    if *version != VERSION {
        return None;
    }
    key.backend.open(&key.bytes, nonce, CONTEXT, sealed).ok().map(Zeroizing::new)
}

/// Bound to the ciphertext, so that nothing else that the same key sealed opens as a sign-in.
const CONTEXT: &[u8] = b"tegata pending sign-in";

const VERSION: u8 = 1;

#[cfg(all(test, feature = "ring"))]
mod tests {
    use super::super::pending::tests::pending;
    use super::*;
    use proptest::prelude::*;
    use tegata_core::error::Remedy;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    #[test]
    fn a_key_is_read_from_base64_and_from_nothing_shorter() {
        let sealed = pending().seal(&CookieKey::new([1; 32])).unwrap();
        let key = CookieKey::from_base64("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n").unwrap();
        assert!(PendingSignIn::open(&key, &sealed, NOW).is_ok());
        for text in ["", "AQEB", "canary of a key that is no base64"] {
            let error = CookieKey::from_base64(text).unwrap_err();
            assert_eq!(error.remedy(), Remedy::FixConfiguration);
            assert!(!error.to_string().contains("canary"));
        }
    }

    #[test]
    fn opens_with_its_key_and_no_other() {
        let key = CookieKey::new([1; 32]);
        let sealed = pending().seal(&key).unwrap();
        assert!(sealed.len() < MAX_SEALED_BYTES && !sealed.contains('='));
        let opened = PendingSignIn::open(&key, &sealed, NOW).unwrap();
        assert_eq!(opened.state(), pending().state());
        let other = PendingSignIn::open(&CookieKey::new([2; 32]), &sealed, NOW).unwrap_err();
        assert!(matches!(other, Error::ApiMisuse(ApiMisuse::Unsealable)));
        assert!(opened.seal(&key).is_err(), "the nonce of a seal is used once");
    }

    #[test]
    fn one_changed_character_spoils_it() {
        let key = CookieKey::new([1; 32]);
        let sealed = pending().seal(&key).unwrap();
        for at in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(PendingSignIn::open(&key, &forged, NOW).is_err(), "at {at}");
        }
    }

    #[test]
    fn no_key_is_made_without_randomness() {
        struct Broken;

        impl Random for Broken {
            fn fill(&self, _: &mut [u8]) -> Result<(), RandomUnavailable> {
                Err(RandomUnavailable::new())
            }
        }

        assert_eq!(CookieKey::generate(&Broken).unwrap_err(), RandomUnavailable::new());
    }

    #[test]
    fn another_version_and_what_is_too_long_are_not_opened() {
        let key = CookieKey::new([1; 32]);
        let sealed = base64url::decode(pending().seal(&key).unwrap()).unwrap();
        let mut newer = sealed.clone();
        newer[0] = VERSION + 1;
        let (nonce, longer) = ([3; 12], " ".repeat(MAX_SEALED_BYTES));
        let longer = key.backend.seal(&key.bytes, &nonce, CONTEXT, longer.as_bytes()).unwrap();
        let longer: Vec<u8> = [VERSION].into_iter().chain(nonce).chain(longer).collect();
        for (whole, opens) in [(sealed, true), (newer, false), (longer, false)] {
            assert_eq!(open(&key, &base64url::encode(&whole)).is_some(), opens);
        }
    }

    proptest! {
        #[test]
        fn opening_never_panics(text: String) {
            let _ = PendingSignIn::open(&CookieKey::new([1; 32]), &text, NOW);
        }
    }
}
