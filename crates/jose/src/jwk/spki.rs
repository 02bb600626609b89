//! Public keys as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).

use der::asn1::BitStringRef;
use der::{Decode as _, Encode as _};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::algorithm_identifier::{self as identifier, Identifier};
use super::{KeyFault, KeyMaterial, PublicKey, rsa};

pub(super) fn from_der(der: &[u8]) -> Result<PublicKey, KeyFault> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyFault::Malformed)?;
    let key = info.subject_public_key.as_bytes().ok_or(KeyFault::Malformed)?;
    match info.algorithm.oid {
        identifier::RSA => PublicKey::rsa_pkcs1(key),
        identifier::EC => {
            let named = info.algorithm.parameters_oid().map_err(|_| KeyFault::Unsupported)?;
            let curve = identifier::curve_of(&named).ok_or(KeyFault::Unsupported)?;
            PublicKey::ec_point(curve, key)
        }
        identifier::ED25519 => PublicKey::ed25519(key),
        _ => Err(KeyFault::Unsupported),
    }
}

pub(super) fn to_der(material: &KeyMaterial) -> Vec<u8> {
    // Fails only when a length overflows, and every length was limited when the key was made.
    encode(material).unwrap_or_default()
}

fn encode(material: &KeyMaterial) -> der::Result<Vec<u8>> {
    match material {
        KeyMaterial::Rsa { modulus, exponent } => {
            info(identifier::rsa(), &rsa::to_pkcs1(modulus, exponent)?)
        }
        KeyMaterial::Ec { curve, point } => info(identifier::ec(*curve), point),
        KeyMaterial::Ed25519 { point } => info(identifier::ed25519(), point),
    }
}

fn info((oid, parameters): Identifier, key: &[u8]) -> der::Result<Vec<u8>> {
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(key)?,
    }
    .to_der()
}
