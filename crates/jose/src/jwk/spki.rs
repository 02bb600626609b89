//! Public keys as SubjectPublicKeyInfo: which algorithm identifier means which type of key
//! (RFC 3279 §2.3, RFC 5480 §2.1, RFC 8410 §4).

use der::asn1::{AnyRef, BitStringRef, Null, ObjectIdentifier};
use der::{Decode as _, Encode as _};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::{Curve, KeyFault, KeyMaterial, PublicKey, rsa};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const CURVES: [(ObjectIdentifier, Curve); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), Curve::Secp256k1),
];

pub(super) fn from_der(der: &[u8]) -> Result<PublicKey, KeyFault> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyFault::Malformed)?;
    let key = info.subject_public_key.as_bytes().ok_or(KeyFault::Malformed)?;
    match info.algorithm.oid {
        RSA_ENCRYPTION => PublicKey::rsa_pkcs1(key),
        EC_PUBLIC_KEY => {
            let named = info.algorithm.parameters_oid().map_err(|_| KeyFault::Unsupported)?;
            let curve = CURVES.iter().find(|(oid, _)| *oid == named);
            PublicKey::ec_point(curve.ok_or(KeyFault::Unsupported)?.1, key)
        }
        ED25519 => PublicKey::ed25519(key),
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
            let key = rsa::to_pkcs1(modulus, exponent)?;
            info(RSA_ENCRYPTION, Some(Null.into()), &key)
        }
        KeyMaterial::Ec { curve, point } => {
            let oid = CURVES.iter().find(|(_, known)| known == curve).map(|(oid, _)| oid);
            info(EC_PUBLIC_KEY, oid.map(AnyRef::from), point)
        }
        KeyMaterial::Ed25519 { point } => info(ED25519, None, point),
    }
}

fn info(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> der::Result<Vec<u8>> {
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(key)?,
    }
    .to_der()
}
