//! Signing: compact JWS for client assertions, request objects, service accounts, DPoP proofs.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tegata_core::json::Object;
use tegata_core::secret::{ClientSecret, CompactToken};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::backend::{Backend, CryptoFault, Signer};
use crate::jwk::{KeyFault, PublicKey};
use crate::{base64url, pem, private_key};

/// A key that signs by one algorithm, checked by its backend when it was made.
///
/// Cheap to clone. `Debug` shows the algorithm and the key id.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    key_id: Option<String>,
    key: Key,
}

#[derive(Clone)]
enum Key {
    Pair(Arc<dyn Signer>),
    Secret { secret: Zeroizing<Vec<u8>>, backend: &'static dyn Backend },
}

impl SigningKey {
    /// A private key in PEM: `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1) or
    /// `EC PRIVATE KEY` (SEC 1).
    ///
    /// # Errors
    ///
    /// [`InvalidSigningKey`]
    pub fn from_pem(
        algorithm: Algorithm,
        pem: &str,
        backend: &'static dyn Backend,
    ) -> Result<Self, InvalidSigningKey> {
        let pkcs8 = private_key::from_pem(pem).map_err(InvalidSigningKey::Malformed)?;
        Self::from_pkcs8(algorithm, &pkcs8, backend)
    }

    /// A private or symmetric key as JWK. Its `kid` is kept; its `alg`, when it has one, must be
    /// `algorithm`.
    ///
    /// # Errors
    ///
    /// [`InvalidSigningKey`], also when the public members are not those of the private ones.
    pub fn from_jwk(
        algorithm: Algorithm,
        jwk: &[u8],
        backend: &'static dyn Backend,
    ) -> Result<Self, InvalidSigningKey> {
        let malformed = |_| InvalidSigningKey::Malformed(KeyFault::Malformed);
        let jwk = Object::parse(jwk).map_err(malformed)?;
        if jwk.str("alg").map_err(malformed)?.is_some_and(|alg| alg != algorithm.as_str()) {
            return Err(InvalidSigningKey::Algorithm);
        }
        let key = if jwk.str("kty").map_err(malformed)? == Some("oct") {
            let secret = jwk.required_str("k").map_err(malformed)?;
            let secret = base64url::decode(secret)
                .map_err(|_| InvalidSigningKey::Malformed(KeyFault::Malformed))?;
            Self::from_secret(algorithm, Zeroizing::new(secret), backend)?
        } else {
            let pkcs8 = private_key::from_jwk(&jwk).map_err(InvalidSigningKey::Malformed)?;
            let key = Self::from_pkcs8(algorithm, &pkcs8, backend)?;
            // A key that signs for another public key gives itself away (RUSTSEC-2022-0093).
            if key.public_key() != PublicKey::from_jwk(&jwk).ok().as_ref() {
                return Err(InvalidSigningKey::Malformed(KeyFault::Malformed));
            }
            key
        };
        let key_id = jwk.str("kid").map_err(malformed)?.map(str::to_owned);
        Ok(Self { key_id, ..key })
    }

    /// A private key in DER: PKCS#8 (RFC 5958).
    ///
    /// # Errors
    ///
    /// [`InvalidSigningKey`]
    pub fn from_pkcs8(
        algorithm: Algorithm,
        der: &[u8],
        backend: &'static dyn Backend,
    ) -> Result<Self, InvalidSigningKey> {
        let signer = backend.signer(algorithm, der)?;
        Ok(Self { algorithm, key_id: None, key: Key::Pair(signer.into()) })
    }

    /// A client secret as the key of an HMAC (`client_secret_jwt`, RFC 7523).
    ///
    /// # Errors
    ///
    /// [`InvalidSigningKey::Algorithm`] for an algorithm that is no HMAC,
    /// [`InvalidSigningKey::TooShort`] for a secret shorter than its hash (RFC 7518 §3.2).
    pub fn from_client_secret(
        algorithm: Algorithm,
        secret: &ClientSecret,
        backend: &'static dyn Backend,
    ) -> Result<Self, InvalidSigningKey> {
        let secret = Zeroizing::new(secret.expose().as_bytes().to_vec());
        Self::from_secret(algorithm, secret, backend)
    }

    /// Names the key: `kid` in the header of what it signs, and in its JWK.
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its name.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The key that verifies what this one signs; an HMAC has none.
    #[must_use]
    pub fn public_key(&self) -> Option<&PublicKey> {
        match &self.key {
            Key::Pair(signer) => Some(signer.public_key()),
            Key::Secret { .. } => None,
        }
    }

    /// The public key as a member of a JWK set, with `kid`, `alg` and `use`; `null` for an HMAC,
    /// whose secret is not to be published.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let Some(Value::Object(mut jwk)) = self.public_key().map(PublicKey::to_jwk) else {
            return Value::Null;
        };
        jwk.insert("alg".to_owned(), json!(self.algorithm.as_str()));
        jwk.insert("use".to_owned(), json!("sig"));
        if let Some(key_id) = &self.key_id {
            jwk.insert("kid".to_owned(), json!(key_id));
        }
        Value::Object(jwk)
    }

    /// The public key as SPKI in PEM; an HMAC has none.
    #[must_use]
    pub fn public_pem(&self) -> Option<String> {
        self.public_key().map(pem::public_key_to_pem)
    }

    /// Signs `payload` under a header of `alg`, `kid`, and the members of `header` (`typ`, `jwk`).
    ///
    /// `header` cannot change `alg` or `kid`: the key's own stand there. The randomness that a
    /// signature needs inside is the backend's.
    ///
    /// ```
    /// # #[cfg(feature = "ring")] {
    /// use tegata_core::secret::ClientSecret;
    /// use tegata_jose::algorithm::Algorithm;
    /// use tegata_jose::backend;
    /// use tegata_jose::sign::{SigningKey, typ};
    ///
    /// let secret = ClientSecret::new("a client secret of at least 32 bytes");
    /// let key = SigningKey::from_client_secret(Algorithm::HS256, &secret, backend::ring())?;
    /// let token = key.sign(&typ("JWT"), br#"{"iss":"client-1"}"#)?;
    /// assert!(token.expose().starts_with("eyJ"));
    /// # }
    /// # Ok::<(), tegata_jose::sign::InvalidSigningKey>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CryptoFault`] when the crypto library fails.
    pub fn sign(
        &self,
        header: &Map<String, Value>,
        payload: &[u8],
    ) -> Result<CompactToken, CryptoFault> {
        let mut members = header.clone();
        members.insert("alg".to_owned(), json!(self.algorithm.as_str()));
        match &self.key_id {
            Some(key_id) => members.insert("kid".to_owned(), json!(key_id)),
            None => members.remove("kid"),
        };
        let mut token = base64url::encode(Value::Object(members).to_string());
        token.push('.');
        base64url::encode_onto(payload, &mut token);
        let signature = self.sign_bytes(token.as_bytes())?;
        token.push('.');
        base64url::encode_onto(&signature, &mut token);
        Ok(CompactToken::new(token))
    }

    fn from_secret(
        algorithm: Algorithm,
        secret: Zeroizing<Vec<u8>>,
        backend: &'static dyn Backend,
    ) -> Result<Self, InvalidSigningKey> {
        if !algorithm.is_symmetric() {
            return Err(InvalidSigningKey::Algorithm);
        }
        if secret.len() < algorithm.hash().output_len() {
            return Err(InvalidSigningKey::TooShort);
        }
        Ok(Self { algorithm, key_id: None, key: Key::Secret { secret, backend } })
    }

    fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        match &self.key {
            Key::Pair(signer) => signer.sign(message),
            Key::Secret { secret, backend } => {
                Ok(backend.hmac(self.algorithm.hash(), secret, message).as_bytes().to_vec())
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// The header members of a token of type `typ` (RFC 7515 §4.1.9).
#[must_use]
pub fn typ(typ: &str) -> Map<String, Value> {
    Map::from_iter([("typ".to_owned(), json!(typ))])
}

/// Why a private key does not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSigningKey {
    /// The algorithm is none for this type of key.
    #[error("the algorithm is none for this type of key")]
    Algorithm,
    /// The backend refuses the key, or cannot do the algorithm.
    #[error("the private key: {0}")]
    Crypto(#[from] CryptoFault),
    /// No private key in PEM or JWK, or one of a type that is not supported.
    #[error("the private key: {0}")]
    Malformed(KeyFault),
    /// The secret is shorter than the hash of the algorithm.
    #[error("the secret is shorter than the hash of the algorithm")]
    TooShort,
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{backend, test_keys};

    const PKCS1: &str = include_str!("../tests/keys/rsa2048.pkcs1");
    const SEC1: &str = include_str!("../tests/keys/p256.sec1");

    fn pem(algorithm: Algorithm, pem: &str) -> Result<SigningKey, InvalidSigningKey> {
        SigningKey::from_pem(algorithm, pem, backend::ring())
    }

    #[test]
    fn the_older_forms_hold_the_same_keys() {
        for (algorithm, older) in [(Algorithm::RS256, PKCS1), (Algorithm::ES256, SEC1)] {
            let key = pem(algorithm, older).unwrap();
            assert_eq!(key.public_key(), test_keys::signing(algorithm).public_key());
        }
    }

    #[test]
    fn refuses_what_is_no_private_key_of_the_algorithm() {
        let public = include_str!("../tests/keys/p256.pub");
        assert!(matches!(pem(Algorithm::ES256, public), Err(InvalidSigningKey::Malformed(_))));
        assert!(matches!(pem(Algorithm::ES256, "no PEM"), Err(InvalidSigningKey::Malformed(_))));
        for (algorithm, of_another_type) in [
            (Algorithm::ES256, test_keys::RSA),
            (Algorithm::ES384, test_keys::P256),
            (Algorithm::RS256, test_keys::ED25519),
            (Algorithm::EdDSA, test_keys::P256),
            (Algorithm::HS256, test_keys::RSA),
        ] {
            let refused = pem(algorithm, of_another_type).unwrap_err();
            assert!(matches!(refused, InvalidSigningKey::Crypto(_)), "{algorithm}: {refused}");
        }
    }

    #[test]
    fn the_header_names_the_key_and_cannot_be_overruled() {
        let mut header = typ("JWT");
        header.insert("alg".to_owned(), json!("none"));
        header.insert("kid".to_owned(), json!("another"));
        let token = test_keys::signing(Algorithm::ES256).sign(&header, b"{}").unwrap();
        let (header, _) = token.expose().split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&base64url::decode(header).unwrap()).unwrap();
        assert_eq!(header, json!({ "alg": "ES256", "kid": "1", "typ": "JWT" }));
    }

    /// RFC 8037 §A.1
    const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    #[test]
    fn signs_with_a_jwk() {
        let jwk = |text: &str, algorithm| {
            SigningKey::from_jwk(algorithm, text.as_bytes(), backend::ring())
        };
        let key = jwk(ED25519, Algorithm::EdDSA).unwrap();
        let token = key.sign(&Map::new(), b"Example of Ed25519 signing").unwrap();
        // RFC 8037 §A.4
        assert!(token.expose().ends_with(
            ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        ));
        assert!(!format!("{key:?}").contains("nWGxne"));
        assert!(jwk(ED25519, Algorithm::ES256).is_err());
        let other = ED25519.replace("11qYAYK", "22qYAYK");
        assert!(matches!(jwk(&other, Algorithm::EdDSA), Err(InvalidSigningKey::Malformed(_))));
        let named = ED25519.replace("{", r#"{"kid":"k-1","alg":"EdDSA","#);
        assert_eq!(jwk(&named, Algorithm::EdDSA).unwrap().key_id(), Some("k-1"));
        let secret = r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}"#;
        assert!(jwk(secret, Algorithm::HS256).is_ok());
        assert_eq!(jwk(secret, Algorithm::HS512).unwrap_err(), InvalidSigningKey::TooShort);
        assert_eq!(jwk(secret, Algorithm::ES256).unwrap_err(), InvalidSigningKey::Algorithm);
    }
}
