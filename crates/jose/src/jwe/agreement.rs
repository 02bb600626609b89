//! ECDH-ES: a key from two key pairs (RFC 7518 §4.6, RFC 8037 §3.2).

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use serde_json::{Value, json};
use tegata_core::json::Object;
use zeroize::Zeroizing;

use super::Encryption;
use crate::backend::CryptoFault;
use crate::base64url;
use crate::header::Header;

/// A curve that keys are agreed on over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
    X25519,
}

impl Curve {
    pub(super) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::X25519];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::X25519 => "X25519",
        }
    }

    pub(super) const fn parameters(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &agreement::ECDH_P256,
            Self::P384 => &agreement::ECDH_P384,
            Self::P521 => &agreement::ECDH_P521,
            Self::X25519 => &agreement::X25519,
        }
    }

    const fn field_len(self) -> usize {
        match self {
            Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The point of a JWK that has to be of this curve. Whether it lies on it, AWS-LC checks.
    pub(super) fn point(self, jwk: &Object<'_>) -> Result<Vec<u8>, CryptoFault> {
        let coordinate = |name| {
            let text = jwk.required_str(name).map_err(failed)?;
            let bytes = base64url::decode(text).map_err(failed)?;
            if bytes.len() == self.field_len() { Ok(bytes) } else { Err(CryptoFault::Rejected) }
        };
        if jwk.required_str("crv").map_err(failed)? != self.as_str() {
            return Err(CryptoFault::Rejected);
        }
        match self {
            Self::X25519 => coordinate("x"),
            _ => Ok([&[4][..], &coordinate("x")?, &coordinate("y")?].concat()),
        }
    }

    /// The JWK of a point.
    pub(super) fn to_jwk(self, point: &[u8]) -> Value {
        let curve = self.as_str();
        if self == Self::X25519 {
            return json!({ "kty": "OKP", "crv": curve, "x": base64url::encode(point) });
        }
        let both = point.get(1..).unwrap_or_default();
        let (x, y) = both.split_at_checked(self.field_len()).unwrap_or_default();
        json!({ "kty": "EC", "crv": curve, "x": base64url::encode(x), "y": base64url::encode(y) })
    }
}

/// The key that `own` and the key at `point` agree on for `encryption`: that of the content, or the
/// one that wraps it.
pub(super) fn agree(
    curve: Curve,
    own: &PrivateKey,
    point: &[u8],
    encryption: Encryption,
    (apu, apv): (&[u8], &[u8]),
) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
    let Encryption { key, content } = encryption;
    // RFC 7518 §4.6.2: the name and the length of what the key is for.
    let (name, length) = match key.wrapping_len() {
        Some(length) => (key.as_str(), length),
        None => (content.as_str(), content.key_len()),
    };
    let mut info = Vec::new();
    for part in [name.as_bytes(), apu, apv] {
        info.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        info.extend(part);
    }
    info.extend(u32::try_from(length * 8).unwrap_or(u32::MAX).to_be_bytes());
    let hash = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256);
    let hash = hash.ok_or(CryptoFault::Rejected)?;
    let peer = UnparsedPublicKey::new(curve.parameters(), point);
    agreement::agree(own, peer, CryptoFault::Rejected, |secret| {
        let mut agreed = Zeroizing::new(vec![0; length]);
        sskdf_digest(hash, secret, &info, &mut agreed).map_err(failed)?;
        Ok(agreed)
    })
}

/// `apu` and `apv`: what the parties call themselves.
pub(super) fn parties(header: &Header<'_>) -> Result<(Vec<u8>, Vec<u8>), CryptoFault> {
    let party = |name| -> Result<Vec<u8>, CryptoFault> {
        let text = header.text(name).map_err(failed)?.unwrap_or_default();
        base64url::decode(text).map_err(failed)
    };
    Ok((party("apu")?, party("apv")?))
}

pub(super) fn failed<E>(_: E) -> CryptoFault {
    CryptoFault::Rejected
}
