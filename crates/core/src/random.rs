//! Randomness as an argument: the one trait through which unguessable values come in.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// A source of cryptographically secure random bytes.
///
/// The backends bring the operating system's; tests bring a counter.
pub trait Random: Send + Sync {
    /// Fills `bytes`, all of it.
    ///
    /// # Errors
    ///
    /// [`RandomUnavailable`] when the source cannot deliver. Nothing falls back to a weaker one.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The random source failed: nothing unguessable can be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the random source is unavailable")]
#[non_exhaustive]
pub struct RandomUnavailable;

impl RandomUnavailable {
    /// What an implementation of [`Random`] returns when it cannot deliver.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Default for RandomUnavailable {
    fn default() -> Self {
        Self::new()
    }
}

/// 256 random bits as 43 characters of base64url: a `state`, a `nonce`, a code verifier, a `jti`.
///
/// RFC 9700 §2.1 asks for at least 128 bits; RFC 7636 §4.1 for 43 characters.
///
/// # Errors
///
/// [`RandomUnavailable`] when `random` fails.
pub fn unguessable(random: &dyn Random) -> Result<String, RandomUnavailable> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    random.fill(bytes.as_mut_slice())?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}
