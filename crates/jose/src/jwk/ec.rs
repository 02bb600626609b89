//! Elliptic-curve public keys: curves by name, points of exactly the right length
//! (RFC 7518 §6.2.1, RFC 8812 §3.1).

use super::{KeyFault, KeyMaterial};

/// The curves of ECDSA in JOSE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256, for ES256.
    P256,
    /// NIST P-384, for ES384.
    P384,
    /// NIST P-521, for ES512.
    P521,
    /// secp256k1, for ES256K.
    Secp256k1,
}

impl Curve {
    /// Reads the JWK member `crv`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "P-256" => Self::P256,
            "P-384" => Self::P384,
            "P-521" => Self::P521,
            "secp256k1" => Self::Secp256k1,
            _ => return None,
        })
    }

    /// The name in the JWK member `crv`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// The length of a coordinate, in bytes.
    #[must_use]
    pub const fn field_len(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

pub(super) fn from_coordinates(curve: Curve, x: &[u8], y: &[u8]) -> Result<KeyMaterial, KeyFault> {
    if x.len() != curve.field_len() || y.len() != curve.field_len() {
        return Err(KeyFault::Malformed);
    }
    Ok(KeyMaterial::Ec { curve, point: [&[UNCOMPRESSED], x, y].concat().into() })
}

pub(super) fn from_point(curve: Curve, point: &[u8]) -> Result<KeyMaterial, KeyFault> {
    match point.split_first() {
        Some((&UNCOMPRESSED, rest)) if rest.len() == 2 * curve.field_len() => {
            Ok(KeyMaterial::Ec { curve, point: point.into() })
        }
        _ => Err(KeyFault::Malformed),
    }
}

/// x and y of an uncompressed point.
pub(super) fn coordinates(point: &[u8]) -> (&[u8], &[u8]) {
    let both = point.split_first().map_or(&[][..], |(_, both)| both);
    both.split_at_checked(both.len() / 2).unwrap_or_default()
}

/// SEC 1 §2.3.3: what an uncompressed point begins with.
const UNCOMPRESSED: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_is_exactly_as_long_as_the_field() {
        for curve in [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1] {
            let right = vec![1; curve.field_len()];
            let key = from_coordinates(curve, &right, &right).unwrap();
            let KeyMaterial::Ec { point, .. } = &key else { panic!("{key:?}") };
            assert_eq!(coordinates(point), (&right[..], &right[..]));
            assert_eq!(from_point(curve, point), Ok(key.clone()));
            assert_eq!(Curve::parse(curve.as_str()), Some(curve));
            for wrong in [vec![1; curve.field_len() - 1], vec![0; curve.field_len() + 1]] {
                assert_eq!(from_coordinates(curve, &wrong, &right), Err(KeyFault::Malformed));
                assert_eq!(from_coordinates(curve, &right, &wrong), Err(KeyFault::Malformed));
            }
        }
    }

    #[test]
    fn refuses_compressed_points_the_point_at_infinity_and_what_is_cut_short() {
        for point in [&[0][..], &[], &[2; 33], &[3; 33], &[5; 65], &[4; 64], &[4; 66], &[4]] {
            assert_eq!(from_point(Curve::P256, point), Err(KeyFault::Malformed), "{point:?}");
        }
    }
}
