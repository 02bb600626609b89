//! One public key: its numbers, checked when it arrives, and its forms as JWK (RFC 7517, RFC 7518
//! §6, RFC 8037 §2) and SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).

pub(crate) mod algorithm_identifier;
mod ec;
mod okp;
mod rsa;
mod spki;
mod thumbprint;

use serde_json::{Value, json};
use tegata_core::json::Object;

pub use ec::Curve;

use crate::algorithm::Algorithm;
use crate::base64url;

/// A public key whose size and shape were checked.
///
/// Whether a point lies on its curve is the crypto backend's to check, at every verification.
#[derive(Clone, Debug)]
pub struct PublicKey {
    material: KeyMaterial,
    #[cfg(feature = "aws-lc-rs")]
    parsed: crate::backend::aws_lc::ParsedKey,
}

/// The numbers of a public key, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyMaterial {
    /// A point of a NIST curve or of secp256k1.
    #[non_exhaustive]
    Ec {
        /// The curve.
        curve: Curve,
        /// The uncompressed point: 4, then x and y of the field's length (SEC 1 §2.3.3).
        point: Box<[u8]>,
    },
    /// An Ed25519 key (RFC 8032).
    #[non_exhaustive]
    Ed25519 {
        /// The encoded point.
        point: [u8; 32],
    },
    /// An RSA key of 2048 to 8192 bits.
    #[non_exhaustive]
    Rsa {
        /// `n`, without leading zeros.
        modulus: Box<[u8]>,
        /// `e`, without leading zeros.
        exponent: Box<[u8]>,
    },
}

impl PublicKey {
    /// Reads the members of a JWK that make up the key. Private members are not looked at.
    ///
    /// # Errors
    ///
    /// [`KeyFault`]
    pub fn from_jwk(jwk: &Object<'_>) -> Result<Self, KeyFault> {
        let number = |name| -> Result<Vec<u8>, KeyFault> {
            let text = jwk.required_str(name).map_err(|_| KeyFault::Malformed)?;
            base64url::decode(text).map_err(|_| KeyFault::Malformed)
        };
        let curve = || jwk.required_str("crv").map_err(|_| KeyFault::Malformed);
        match jwk.required_str("kty").map_err(|_| KeyFault::Malformed)? {
            "RSA" => Self::rsa(&number("n")?, &number("e")?),
            "EC" => {
                let curve = Curve::parse(curve()?).ok_or(KeyFault::Unsupported)?;
                Self::ec(curve, &number("x")?, &number("y")?)
            }
            "OKP" if curve()? == "Ed25519" => Self::ed25519(&number("x")?),
            _ => Err(KeyFault::Unsupported),
        }
    }

    /// An RSA key of its two numbers. Leading zeros are dropped: some providers send them.
    ///
    /// # Errors
    ///
    /// [`KeyFault`]
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyFault> {
        rsa::check(modulus, exponent).map(Self::new)
    }

    /// An RSA key in the form of PKCS#1 (RFC 8017 §A.1.1).
    ///
    /// # Errors
    ///
    /// [`KeyFault`]
    pub fn rsa_pkcs1(der: &[u8]) -> Result<Self, KeyFault> {
        rsa::from_pkcs1(der).map(Self::new)
    }

    /// A point by its coordinates, each exactly as long as the field (RFC 7518 §6.2.1.2).
    ///
    /// # Errors
    ///
    /// [`KeyFault::Malformed`]
    pub fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, KeyFault> {
        ec::from_coordinates(curve, x, y).map(Self::new)
    }

    /// An uncompressed point (SEC 1 §2.3.3).
    ///
    /// # Errors
    ///
    /// [`KeyFault::Malformed`]
    pub fn ec_point(curve: Curve, point: &[u8]) -> Result<Self, KeyFault> {
        ec::from_point(curve, point).map(Self::new)
    }

    /// An Ed25519 key of its 32 bytes.
    ///
    /// # Errors
    ///
    /// [`KeyFault::Malformed`]
    pub fn ed25519(point: &[u8]) -> Result<Self, KeyFault> {
        okp::check(point).map(Self::new)
    }

    /// A DER-encoded SubjectPublicKeyInfo.
    ///
    /// # Errors
    ///
    /// [`KeyFault`]
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyFault> {
        spki::from_der(der)
    }

    /// The numbers.
    #[must_use]
    pub const fn material(&self) -> &KeyMaterial {
        &self.material
    }

    /// Whether `algorithm` is one for this type of key and this curve. An HMAC never is: no public
    /// key can become its secret.
    #[must_use]
    pub const fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        match &self.material {
            KeyMaterial::Ec { curve, .. } => match curve {
                Curve::P256 => matches!(algorithm, A::ES256),
                Curve::P384 => matches!(algorithm, A::ES384),
                Curve::P521 => matches!(algorithm, A::ES512),
                Curve::Secp256k1 => matches!(algorithm, A::ES256K),
            },
            KeyMaterial::Ed25519 { .. } => matches!(algorithm, A::EdDSA),
            KeyMaterial::Rsa { .. } => {
                matches!(algorithm, A::PS256 | A::PS384 | A::PS512 | A::RS256 | A::RS384 | A::RS512)
            }
        }
    }

    /// The members of the JWK that make up the key: no `kid`, no `alg`.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        match &self.material {
            KeyMaterial::Ec { curve, point } => {
                let (x, y) = ec::coordinates(point);
                json!({
                    "kty": "EC",
                    "crv": curve.as_str(),
                    "x": base64url::encode(x),
                    "y": base64url::encode(y),
                })
            }
            KeyMaterial::Ed25519 { point } => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(point) })
            }
            KeyMaterial::Rsa { modulus, exponent } => json!({
                "kty": "RSA",
                "n": base64url::encode(modulus),
                "e": base64url::encode(exponent),
            }),
        }
    }

    /// The DER-encoded SubjectPublicKeyInfo.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        spki::to_der(&self.material)
    }

    /// An RSA key in the form of PKCS#1; other keys have none.
    #[cfg(feature = "aws-lc-rs")]
    pub(crate) fn to_pkcs1_der(&self) -> Option<Vec<u8>> {
        match &self.material {
            KeyMaterial::Rsa { modulus, exponent } => rsa::to_pkcs1(modulus, exponent).ok(),
            _ => None,
        }
    }

    /// The form in which AWS-LC keeps the key.
    #[cfg(feature = "aws-lc-rs")]
    pub(crate) const fn parsed(&self) -> &crate::backend::aws_lc::ParsedKey {
        &self.parsed
    }

    fn new(material: KeyMaterial) -> Self {
        Self {
            material,
            #[cfg(feature = "aws-lc-rs")]
            parsed: crate::backend::aws_lc::ParsedKey::default(),
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.material == other.material
    }
}

impl Eq for PublicKey {}

/// Why a key is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// A member is missing, mistyped or of the wrong length.
    #[error("the key is malformed")]
    Malformed,
    /// A symmetric or private key where only public ones belong.
    #[error("the key is a secret one")]
    Secret,
    /// A type, a curve or a size that is not supported.
    #[error("the type of the key is not supported")]
    Unsupported,
    /// RSA under 2048 bits, an exponent that makes it weak, or a short HMAC secret.
    #[error("the key is too weak")]
    Weak,
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests;
