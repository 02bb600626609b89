//! Proof key for code exchange (RFC 7636): always sent, always `S256`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::random::{Random, RandomUnavailable, unguessable};
use crate::secret::CodeVerifier;

/// A new code verifier: 43 characters, 256 bits (RFC 7636 §4.1).
///
/// # Errors
///
/// [`RandomUnavailable`] when `random` fails.
pub fn code_verifier(random: &dyn Random) -> Result<CodeVerifier, RandomUnavailable> {
    unguessable(random).map(CodeVerifier::new)
}

/// The `S256` challenge of `verifier` (RFC 7636 §4.2). `plain` is not offered (RFC 9700 §2.1.1).
///
/// ```
/// use tegata_core::pkce::s256_challenge;
/// use tegata_core::secret::CodeVerifier;
///
/// // RFC 7636 Appendix B
/// let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
/// assert_eq!(s256_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
#[must_use]
pub fn s256_challenge(verifier: &CodeVerifier) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(hmac_sha256::Hash::hash(verifier.expose().as_bytes()))
}
