//! A crypto backend **with no security at all**, so that a fuzzer gets past the signature.
//!
//! A fuzzer cannot sign, so with a real backend it never reaches what comes behind the signature
//! check. This one takes [`FAKE_SIGNATURE`] for a good signature of every public key over every
//! message, and nothing else; hashes, HMACs and encryption are real. It lives in this crate, which
//! no program ships, and is asked for by a name that nobody writes by accident.

use tegata_jose::algorithm::{Algorithm, Hash};
use tegata_jose::backend::{self, Backend, CryptoFault, Digest, Signer};
use tegata_jose::jwk::PublicKey;

use crate::keys::base64url;

/// What [`dangerous_fuzzing_backend`] takes for a signature.
pub const FAKE_SIGNATURE: &[u8] = b"this is not a signature";

/// A backend that anybody can fool.
///
/// ```
/// use tegata_core::secret::CompactToken;
/// use tegata_testkit::signature::{dangerous_fuzzing_backend, fake_token};
///
/// let token = fake_token(r#"{"alg":"RS256"}"#, r#"{"sub":"whoever you like"}"#);
/// assert!(token.starts_with("eyJhbGciOiJSUzI1NiJ9."));
/// assert_eq!(dangerous_fuzzing_backend().name(), "no security: for fuzzing");
/// ```
#[must_use]
pub fn dangerous_fuzzing_backend() -> &'static dyn Backend {
    &NoSecurity
}

/// A compact JWS with [`FAKE_SIGNATURE`]; `header` and `payload` are JSON, or whatever a fuzzer
/// makes of it.
#[must_use]
pub fn fake_token(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    let parts = [header.as_ref(), payload.as_ref(), FAKE_SIGNATURE];
    parts.map(base64url).join(".")
}

#[derive(Debug)]
struct NoSecurity;

impl Backend for NoSecurity {
    fn name(&self) -> &'static str {
        "no security: for fuzzing"
    }

    fn supports(&self, _: Algorithm) -> bool {
        true
    }

    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        _: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoFault> {
        // The pairing of key and algorithm is still checked: that is what a fuzzer should test.
        let fooled = key.fits(algorithm) && signature == FAKE_SIGNATURE;
        if fooled { Ok(()) } else { Err(CryptoFault::Rejected) }
    }

    fn signer(&self, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Box<dyn Signer>, CryptoFault> {
        backend::ring().signer(algorithm, pkcs8)
    }

    fn digest(&self, hash: Hash, message: &[u8]) -> Digest {
        backend::ring().digest(hash, message)
    }

    fn hmac(&self, hash: Hash, key: &[u8], message: &[u8]) -> Digest {
        backend::ring().hmac(hash, key, message)
    }

    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoFault> {
        backend::ring().seal(key, nonce, additional_data, plaintext)
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, CryptoFault> {
        backend::ring().open(key, nonce, additional_data, sealed)
    }
}

#[cfg(test)]
mod tests {
    use tegata_core::error::{TokenFault, TokenKind};
    use tegata_core::secret::CompactToken;
    use tegata_core::time::UnixTime;
    use tegata_jose::id_token::{Expect, IdTokenRules, Nonce, UnverifiedIdToken};
    use tegata_jose::jwks::KeySet;

    use super::*;
    use crate::keys::{KeyRing, SigningAlgorithm};

    fn verify(token: String, backend: &'static dyn Backend) -> Result<String, TokenFault> {
        let jwks = serde_json::json!({ "keys": KeyRing::new().jwks(SigningAlgorithm::RS256) });
        let keys = KeySet::from_jwks(jwks.to_string().as_bytes()).unwrap();
        let rules = IdTokenRules::new("https://op.example.com", "client");
        let expect = Expect::new(TokenKind::IdToken, Nonce::NotSent);
        let token = UnverifiedIdToken::new(CompactToken::new(token));
        let verified = token.verify(&keys, &rules, &expect, backend, UnixTime::from_seconds(1000));
        verified.map(|token| token.subject().to_owned()).map_err(|error| error.fault)
    }

    const CLAIMS: &str =
        r#"{"iss":"https://op.example.com","aud":"client","sub":"mallory","iat":999,"exp":1300}"#;

    #[test]
    fn the_fake_signature_passes_here_and_nowhere_else() {
        let token = || fake_token(r#"{"alg":"RS256"}"#, CLAIMS);
        assert_eq!(verify(token(), dangerous_fuzzing_backend()).as_deref(), Ok("mallory"));
        assert_eq!(verify(token(), backend::ring()), Err(TokenFault::Signature));
    }

    #[test]
    fn every_rule_behind_the_signature_still_holds() {
        let expired = CLAIMS.replace("1300", "1");
        let token = fake_token(r#"{"alg":"RS256"}"#, expired);
        assert_eq!(verify(token, dangerous_fuzzing_backend()), Err(TokenFault::Expired));
        let token = fake_token(r#"{"alg":"none"}"#, CLAIMS);
        assert_eq!(
            verify(token, dangerous_fuzzing_backend()),
            Err(TokenFault::AlgorithmNotAllowed)
        );
    }
}
