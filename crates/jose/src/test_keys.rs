//! The keys of the tests: private halves that protect nothing.

use crate::algorithm::Algorithm;
use crate::backend;
use crate::jwks::KeySet;
use crate::sign::SigningKey;

pub(crate) const RSA: &str = include_str!("../tests/keys/rsa2048.pem");
pub(crate) const P256: &str = include_str!("../tests/keys/p256.pem");
pub(crate) const P384: &str = include_str!("../tests/keys/p384.pem");
pub(crate) const ED25519: &str = include_str!("../tests/keys/ed25519.pem");

/// A key of the algorithm's type, called `1`.
pub(crate) fn signing(algorithm: Algorithm) -> SigningKey {
    let pem = match algorithm {
        Algorithm::ES256 => P256,
        Algorithm::ES384 => P384,
        Algorithm::EdDSA => ED25519,
        _ => RSA,
    };
    SigningKey::from_pem(algorithm, pem, backend::ring()).unwrap().with_key_id("1")
}

/// The set that publishes `keys`.
pub(crate) fn published(keys: &[&SigningKey]) -> KeySet {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    let document = serde_json::json!({ "keys": keys }).to_string();
    KeySet::from_jwks(document.as_bytes()).unwrap()
}
