//! Ed25519 public keys: 32 bytes, and not one of the few points with which anything verifies
//! (RFC 8032 §5.1, RFC 8037 §2).

use super::{KeyFault, KeyMaterial};

pub(super) fn check(point: &[u8]) -> Result<KeyMaterial, KeyFault> {
    let point: [u8; 32] = point.try_into().map_err(|_| KeyFault::Malformed)?;
    if is_small_order(&point) {
        return Err(KeyFault::Malformed);
    }
    Ok(KeyMaterial::Ed25519 { point })
}

/// Whether eight times the point is nothing: for such a key the signature of zeros holds for every
/// message, and neither RFC 8032 nor the crypto libraries refuse it.
fn is_small_order(point: &[u8; 32]) -> bool {
    let [start @ .., last] = point;
    // The top bit is the sign of x; both signs of each point are meant.
    let last = last & 0x7f;
    let edge = (0xec..=0xee).contains(start.first().unwrap_or(&0))
        && start.iter().skip(1).all(|byte| *byte == 0xff)
        && last == 0x7f;
    let origin = start.first().is_some_and(|first| *first <= 1)
        && start.iter().skip(1).all(|byte| *byte == 0)
        && last == 0;
    edge || origin || ORDER_8.iter().any(|[known @ .., top]| known == start && *top == last)
}

/// The y of the points of order 8.
const ORDER_8: [[u8; 32]; 2] = [
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn point(first: u8, middle: u8, last: u8) -> [u8; 32] {
        let mut point = [middle; 32];
        point[0] = first;
        point[31] = last;
        point
    }

    #[test]
    fn the_edges_of_the_field_are_refused_in_both_signs() {
        for sign in [0, 0x80] {
            for first in [0, 1] {
                assert_eq!(check(&point(first, 0, sign)), Err(KeyFault::Malformed));
            }
            for first in [0xec, 0xed, 0xee] {
                assert_eq!(check(&point(first, 0xff, 0x7f | sign)), Err(KeyFault::Malformed));
            }
        }
    }

    #[test]
    fn a_point_that_only_looks_like_an_edge_is_a_key() {
        for (first, middle, last) in [
            (2, 0, 0),
            (0, 1, 0),
            (0, 0, 1),
            (0xeb, 0xff, 0x7f),
            (0xec, 0xfe, 0x7f),
            (0xec, 0xff, 0x7e),
            // The last byte of a point of order 8, and nothing else of it.
            (2, 0, 0x05),
            (2, 0, 0x7a),
        ] {
            let point = point(first, middle, last);
            assert_eq!(check(&point), Ok(KeyMaterial::Ed25519 { point }), "{point:?}");
        }
    }
}
