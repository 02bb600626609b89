//! Keys to decrypt with, keys to encrypt for, and how the content's key goes from one to the other
//! (RFC 7518 §4).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap as _};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use serde_json::Value;
use tegata_core::json::Object;
use tegata_core::random::Random;
use zeroize::Zeroizing;

use super::agreement::{Curve, agree, failed, parties};
use super::{Encryption, KeyManagement};
use crate::backend::CryptoFault;
use crate::header::Header;
use crate::jwk::{self, KeyFault, KeyMaterial, PublicKey};
use crate::{base64url, private_key};

/// A key that decrypts what was encrypted for us. `Debug` shows its name.
#[derive(Clone)]
pub struct DecryptionKey {
    key_id: Option<String>,
    material: Private,
}

#[derive(Clone)]
enum Private {
    Ecdh(Curve, Arc<PrivateKey>),
    Rsa(Arc<OaepPrivateDecryptingKey>),
    Secret(Zeroizing<Vec<u8>>),
}

impl DecryptionKey {
    /// A private or symmetric key as JWK: `RSA`, `EC`, `OKP` with X25519, or `oct`.
    ///
    /// # Errors
    ///
    /// [`KeyFault`]
    pub fn from_jwk(jwk: &[u8]) -> Result<Self, KeyFault> {
        let malformed = |_| KeyFault::Malformed;
        let jwk = Object::parse(jwk).map_err(malformed)?;
        let bytes = |name| -> Result<Zeroizing<Vec<u8>>, KeyFault> {
            let text = jwk.required_str(name).map_err(malformed)?;
            base64url::decode(text).map(Zeroizing::new).map_err(|_| KeyFault::Malformed)
        };
        let material = match jwk.required_str("kty").map_err(malformed)? {
            "oct" => Private::Secret(bytes("k")?),
            "RSA" => Self::rsa(&private_key::from_jwk(&jwk)?)?,
            "EC" | "OKP" => {
                let name = jwk.required_str("crv").map_err(malformed)?;
                let curve = Curve::ALL.into_iter().find(|curve| curve.as_str() == name);
                let curve = curve.ok_or(KeyFault::Unsupported)?;
                let key = PrivateKey::from_private_key(curve.parameters(), &bytes("d")?);
                Private::Ecdh(curve, Arc::new(key.map_err(|_| KeyFault::Malformed)?))
            }
            _ => return Err(KeyFault::Unsupported),
        };
        let key_id = jwk.str("kid").map_err(malformed)?.map(str::to_owned);
        Ok(Self { key_id, material })
    }

    /// A private key in PEM, of RSA or of a NIST curve.
    ///
    /// # Errors
    ///
    /// [`KeyFault`]
    pub fn from_pem(pem: &str) -> Result<Self, KeyFault> {
        let pkcs8 = private_key::from_pem(pem)?;
        let ecdh = |curve: Curve| {
            let key = PrivateKey::from_private_key_der(curve.parameters(), &pkcs8).ok()?;
            Some(Private::Ecdh(curve, Arc::new(key)))
        };
        let curves = [Curve::P256, Curve::P384, Curve::P521];
        let material = match curves.into_iter().find_map(ecdh) {
            Some(material) => material,
            None => Self::rsa(&pkcs8)?,
        };
        Ok(Self { key_id: None, material })
    }

    /// A symmetric key that both sides have.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        Self { key_id: None, material: Private::Secret(Zeroizing::new(secret.to_vec())) }
    }

    /// Names the key: it then decrypts tokens of this `kid`, and of none.
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    pub(super) fn is_called(&self, key_id: Option<&str>) -> bool {
        self.key_id.is_none() || key_id.is_none() || self.key_id.as_deref() == key_id
    }

    /// The key of the content. When it does not unwrap, one that decrypts nothing.
    pub(super) fn open_key(
        &self,
        encryption: Encryption,
        header: &Header<'_>,
        encrypted_key: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        use KeyManagement as K;
        let length = encryption.content.key_len();
        let opened = match (&self.material, encryption.key) {
            (Private::Secret(secret), K::Direct) => return Ok(secret.clone()),
            (Private::Ecdh(curve, own), K::EcdhEs) => {
                return agree_with(*curve, own, encryption, header);
            }
            (Private::Secret(secret), K::A128Kw | K::A256Kw) => {
                unwrap(encryption.key, secret, encrypted_key, length)
            }
            (Private::Ecdh(curve, own), K::EcdhEsA128Kw | K::EcdhEsA256Kw) => {
                let wrapping = agree_with(*curve, own, encryption, header)?;
                unwrap(encryption.key, &wrapping, encrypted_key, length)
            }
            (Private::Rsa(key), K::RsaOaep | K::RsaOaep256) => {
                let mut opened = Zeroizing::new(vec![0; key.min_output_size()]);
                let opened_len = key
                    .decrypt(oaep(encryption.key), encrypted_key, &mut opened, None)
                    .map(|opened| opened.len());
                opened_len.map_err(failed).map(|length| {
                    opened.truncate(length);
                    opened
                })
            }
            _ => return Err(CryptoFault::Rejected),
        };
        let mut instead = Zeroizing::new(vec![0; length]);
        aws_lc_rs::rand::fill(&mut instead).map_err(failed)?;
        Ok(opened.ok().filter(|opened| opened.len() == length).unwrap_or(instead))
    }

    fn rsa(pkcs8: &[u8]) -> Result<Private, KeyFault> {
        PrivateDecryptingKey::from_pkcs8(pkcs8)
            .ok()
            .and_then(|key| OaepPrivateDecryptingKey::new(key).ok())
            .map(|key| Private::Rsa(Arc::new(key)))
            .ok_or(KeyFault::Malformed)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Whom a token is encrypted for. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Recipient(Public);

#[derive(Clone)]
enum Public {
    Ecdh(Curve, Vec<u8>),
    Rsa(Vec<u8>),
    Secret(Zeroizing<Vec<u8>>),
}

/// The key of a content, and what the recipient needs to have it too.
pub(super) struct SealedKey {
    pub(super) content_key: Zeroizing<Vec<u8>>,
    pub(super) encrypted_key: Vec<u8>,
    pub(super) ephemeral: Option<Value>,
}

impl Recipient {
    /// The owner of a public key of RSA or of a NIST curve.
    ///
    /// # Errors
    ///
    /// [`KeyFault::Unsupported`] for a key that signs only.
    pub fn from_public_key(key: &PublicKey) -> Result<Self, KeyFault> {
        Ok(Self(match key.material() {
            KeyMaterial::Rsa { .. } => Public::Rsa(key.to_spki_der()),
            KeyMaterial::Ec { curve, point } => {
                let curve = match curve {
                    jwk::Curve::P256 => Curve::P256,
                    jwk::Curve::P384 => Curve::P384,
                    jwk::Curve::P521 => Curve::P521,
                    jwk::Curve::Secp256k1 => return Err(KeyFault::Unsupported),
                };
                Public::Ecdh(curve, point.to_vec())
            }
            KeyMaterial::Ed25519 { .. } => return Err(KeyFault::Unsupported),
        }))
    }

    /// Whoever has the same symmetric key.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        Self(Public::Secret(Zeroizing::new(secret.to_vec())))
    }

    pub(super) fn seal_key(
        &self,
        encryption: Encryption,
        random: &dyn Random,
    ) -> Result<SealedKey, CryptoFault> {
        use KeyManagement as K;
        let fresh = || -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
            let mut key = Zeroizing::new(vec![0; encryption.content.key_len()]);
            random.fill(&mut key).map_err(failed)?;
            Ok(key)
        };
        let (content_key, encrypted_key, ephemeral) = match (&self.0, encryption.key) {
            (Public::Secret(secret), K::Direct) => (secret.clone(), Vec::new(), None),
            (Public::Secret(secret), K::A128Kw | K::A256Kw) => {
                let key = fresh()?;
                let wrapped = wrap(encryption.key, secret, &key)?;
                (key, wrapped, None)
            }
            (Public::Ecdh(curve, point), K::EcdhEs | K::EcdhEsA128Kw | K::EcdhEsA256Kw) => {
                let own = PrivateKey::generate(curve.parameters()).map_err(failed)?;
                let epk = own.compute_public_key().map_err(failed)?;
                let epk = Some(curve.to_jwk(epk.as_ref()));
                let agreed = agree(*curve, &own, point, encryption, (&[], &[]))?;
                if encryption.key == K::EcdhEs {
                    (agreed, Vec::new(), epk)
                } else {
                    let key = fresh()?;
                    let wrapped = wrap(encryption.key, &agreed, &key)?;
                    (key, wrapped, epk)
                }
            }
            (Public::Rsa(spki), K::RsaOaep | K::RsaOaep256) => {
                let key = fresh()?;
                let public = PublicEncryptingKey::from_der(spki).map_err(failed)?;
                let public = OaepPublicEncryptingKey::new(public).map_err(failed)?;
                let mut sealed = vec![0; public.ciphertext_size()];
                let oaep = oaep(encryption.key);
                public.encrypt(oaep, &key, &mut sealed, None).map_err(failed)?;
                (key, sealed, None)
            }
            _ => return Err(CryptoFault::Rejected),
        };
        Ok(SealedKey { content_key, encrypted_key, ephemeral })
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient").finish_non_exhaustive()
    }
}

/// By the ephemeral key of the header, which has to be of the recipient's own curve
/// (RFC 7518 §4.6.1.1).
fn agree_with(
    curve: Curve,
    own: &PrivateKey,
    encryption: Encryption,
    header: &Header<'_>,
) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
    let ephemeral = header.ephemeral_key().ok_or(CryptoFault::Rejected)?;
    let (apu, apv) = parties(header)?;
    agree(curve, own, &curve.point(ephemeral)?, encryption, (&apu, &apv))
}

fn wrapping(algorithm: KeyManagement, key: &[u8]) -> Result<AesKek, CryptoFault> {
    let cipher = match algorithm.wrapping_len() {
        Some(16) => &AES_128,
        Some(32) => &AES_256,
        _ => return Err(CryptoFault::Rejected),
    };
    AesKek::new(cipher, key).map_err(failed)
}

fn wrap(algorithm: KeyManagement, by: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoFault> {
    let mut wrapped = vec![0; key.len() + 8];
    wrapping(algorithm, by)?.wrap(key, &mut wrapped).map_err(failed)?;
    Ok(wrapped)
}

fn unwrap(
    algorithm: KeyManagement,
    by: &[u8],
    wrapped: &[u8],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
    if wrapped.len() != length + 8 {
        return Err(CryptoFault::Rejected);
    }
    let mut key = Zeroizing::new(vec![0; length]);
    wrapping(algorithm, by)?.unwrap(wrapped, &mut key).map_err(failed)?;
    Ok(key)
}

const fn oaep(algorithm: KeyManagement) -> &'static OaepAlgorithm {
    match algorithm {
        KeyManagement::RsaOaep256 => &OAEP_SHA256_MGF1SHA256,
        _ => &OAEP_SHA1_MGF1SHA1,
    }
}
