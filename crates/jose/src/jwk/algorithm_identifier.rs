//! Algorithm identifiers: which object identifier means which type of key (RFC 3279 §2.3, RFC 5480
//! §2.1, RFC 8410 §3).

use der::asn1::{AnyRef, Null, ObjectIdentifier};

use super::Curve;

/// The identifier of an algorithm and its parameters.
pub(crate) type Identifier = (ObjectIdentifier, Option<AnyRef<'static>>);

pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");

static CURVES: [(ObjectIdentifier, Curve); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), Curve::Secp256k1),
];

pub(crate) fn rsa() -> Identifier {
    (RSA, Some(Null.into()))
}

pub(crate) fn ec(curve: Curve) -> Identifier {
    let named = CURVES.iter().find(|(_, known)| *known == curve);
    (EC, named.map(|(oid, _)| AnyRef::from(oid)))
}

pub(crate) const fn ed25519() -> Identifier {
    (ED25519, None)
}

/// By the JWK member `crv` of a key of type `OKP`.
pub(crate) fn okp(curve: &str) -> Option<Identifier> {
    match curve {
        "Ed25519" => Some(ed25519()),
        "X25519" => Some((X25519, None)),
        _ => None,
    }
}

pub(crate) fn curve_of(oid: &ObjectIdentifier) -> Option<Curve> {
    CURVES.iter().find(|(known, _)| known == oid).map(|(_, curve)| *curve)
}
