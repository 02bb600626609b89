//! The key that both sides make of the client secret (OpenID Connect Core §10.2).

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use tegata_core::secret::ClientSecret;

use super::{DecryptionKey, Encryption, KeyManagement};
use crate::jwk::KeyFault;

/// The shortest secret that is taken: as much as the weakest key holds, when it is random
/// (OpenID Connect Core §16.19).
const MIN_SECRET_BYTES: usize = 16;

impl DecryptionKey {
    /// The key that both sides make of the client secret, for `A128KW`, `A256KW` and `dir`.
    ///
    /// # Errors
    ///
    /// [`KeyFault::Unsupported`] when `agreed` takes a pair of keys, [`KeyFault::Weak`] for a secret
    /// of less than 16 bytes.
    pub fn from_client_secret(secret: &ClientSecret, agreed: Encryption) -> Result<Self, KeyFault> {
        let secret = secret.expose().as_bytes();
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyFault::Weak);
        }
        let length = match agreed.key {
            KeyManagement::Direct => agreed.content.key_len(),
            KeyManagement::A128Kw | KeyManagement::A256Kw => {
                agreed.key.wrapping_len().unwrap_or_default()
            }
            _ => return Err(KeyFault::Unsupported),
        };
        let hash = match length {
            ..=32 => &SHA256,
            33..=48 => &SHA384,
            _ => &SHA512,
        };
        let hash = digest(hash, secret);
        hash.as_ref().get(..length).map(Self::from_secret).ok_or(KeyFault::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ContentEncryption, Recipient, encrypt};
    use super::*;
    use crate::base64url;
    use crate::jwe::EncryptedToken;
    use serde_json::Map;
    use tegata_core::random::{Random, RandomUnavailable};

    struct Threes;

    impl Random for Threes {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
            bytes.fill(3);
            Ok(())
        }
    }

    /// SHA-2 of `sixteen bytes...`, in base64url.
    const SHA_256: &str = "DxRCFm2Ey3L1pvKbY8ToJGkIbn1euuMILFMFC1yOua4";
    const SHA_384: &str = "m4JhsYoSTQaOxGdjengPHAQbaU4I5V5cMN7yRA-28TNZUeH9fdngkOHDGuESyB4Q";
    const SHA_512: &str =
        "M4ygL9ZsB1H2s2o0Vp1IvDshaQi1DBouvFLNXApmy2QNVstMDunaT_JIKBKfqIvMnXU5hYuVK1FEKFmbQKxYRA";

    #[test]
    fn is_the_left_of_the_hash_that_is_long_enough() {
        use ContentEncryption as C;
        use KeyManagement as K;
        for (key, content, hash, length) in [
            (K::A128Kw, C::A256CbcHs512, SHA_256, 16),
            (K::A256Kw, C::A128Gcm, SHA_256, 32),
            (K::Direct, C::A128Gcm, SHA_256, 16),
            (K::Direct, C::A192Gcm, SHA_256, 24),
            (K::Direct, C::A256Gcm, SHA_256, 32),
            (K::Direct, C::A128CbcHs256, SHA_256, 32),
            (K::Direct, C::A192CbcHs384, SHA_384, 48),
            (K::Direct, C::A256CbcHs512, SHA_512, 64),
        ] {
            let agreed = Encryption::new(key, content);
            let hash = base64url::decode(hash).unwrap();
            let recipient = Recipient::from_secret(&hash[..length]);
            let token = encrypt(b"content", &recipient, agreed, &Map::new(), &Threes).unwrap();
            let secret = ClientSecret::new("sixteen bytes...");
            let key = DecryptionKey::from_client_secret(&secret, agreed).unwrap();
            let decrypted = EncryptedToken::new(token).decrypt(&[key], agreed).unwrap();
            assert_eq!(decrypted.plaintext(), b"content", "{agreed:?}");
        }
    }

    #[test]
    fn is_none_of_a_short_secret_and_none_for_a_pair_of_keys() {
        let key = |text: &str, key| {
            let agreed = Encryption::new(key, ContentEncryption::A256Gcm);
            DecryptionKey::from_client_secret(&ClientSecret::new(text), agreed).map(drop)
        };
        assert_eq!(key("fifteen bytes..", KeyManagement::Direct), Err(KeyFault::Weak));
        for pair in [KeyManagement::RsaOaep256, KeyManagement::EcdhEs, KeyManagement::EcdhEsA128Kw]
        {
            assert_eq!(key("sixteen bytes...", pair), Err(KeyFault::Unsupported));
        }
    }
}
