//! Signing: compact JWS for client assertions, request objects, service accounts, DPoP proofs.

use std::fmt;
use std::sync::Arc;

use der::SecretDocument;
use serde_json::{Map, Value, json};
use tegata_core::secret::{ClientSecret, CompactToken};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::backend::{Backend, CryptoFault, Signer};
use crate::base64url;
use crate::jwk::PublicKey;
use crate::pem;

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
    /// A private key in PEM: `PRIVATE KEY` (PKCS#8).
    ///
    /// # Errors
    ///
    /// [`InvalidSigningKey`]
    pub fn from_pem(
        algorithm: Algorithm,
        pem: &str,
        backend: &'static dyn Backend,
    ) -> Result<Self, InvalidSigningKey> {
        let (label, document) =
            SecretDocument::from_pem(pem.trim_ascii()).map_err(|_| InvalidSigningKey::Pem)?;
        match label {
            "PRIVATE KEY" => Self::from_pkcs8(algorithm, document.as_bytes(), backend),
            _ => Err(InvalidSigningKey::Pem),
        }
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
        if !algorithm.is_symmetric() {
            return Err(InvalidSigningKey::Algorithm);
        }
        let secret = Zeroizing::new(secret.expose().as_bytes().to_vec());
        if secret.len() < algorithm.hash().output_len() {
            return Err(InvalidSigningKey::TooShort);
        }
        Ok(Self { algorithm, key_id: None, key: Key::Secret { secret, backend } })
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
    /// No PEM text of a private key.
    #[error("this is no private key in PEM")]
    Pem,
    /// The secret is shorter than the hash of the algorithm.
    #[error("the secret is shorter than the hash of the algorithm")]
    TooShort,
}
