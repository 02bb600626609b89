//! RSA public keys: leading zeros, sizes, exponents (RFC 7518 §3.3, §6.3.1; RFC 8017 §A.1.1).

use der::asn1::UintRef;
use der::{Decode as _, Encode as _, Reader as _, Sequence, SliceReader};

use super::{KeyFault, KeyMaterial};

/// RFC 7518 §3.3. Counted here, in bits: ring rounds up to bytes and lets 2041 pass.
const MIN_MODULUS_BITS: usize = 2048;

/// A larger key costs more time than anybody's security needs; both backends stop here.
const MAX_MODULUS_BITS: usize = 8192;

/// 2^33 − 1, where both backends stop: a huge exponent is a way to burn a verifier's time.
const MAX_EXPONENT: u64 = (1 << 33) - 1;

/// RSAPublicKey of PKCS#1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

pub(super) fn check(modulus: &[u8], exponent: &[u8]) -> Result<KeyMaterial, KeyFault> {
    let modulus = strip_zeros(modulus);
    let exponent = strip_zeros(exponent);
    let bits = bit_length(modulus);
    if bits < MIN_MODULUS_BITS {
        return Err(KeyFault::Weak);
    }
    if bits > MAX_MODULUS_BITS || exponent.len() > 8 {
        return Err(KeyFault::Unsupported);
    }
    let value = exponent.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    if value > MAX_EXPONENT {
        return Err(KeyFault::Unsupported);
    }
    let odd_modulus = modulus.last().is_some_and(|byte| byte & 1 == 1);
    if value < 3 || value % 2 == 0 || !odd_modulus {
        return Err(KeyFault::Weak);
    }
    Ok(KeyMaterial::Rsa { modulus: modulus.into(), exponent: exponent.into() })
}

pub(super) fn from_pkcs1(der: &[u8]) -> Result<KeyMaterial, KeyFault> {
    let mut reader = SliceReader::new(der).map_err(|_| KeyFault::Malformed)?;
    let key = RsaPublicKey::decode(&mut reader).map_err(|_| KeyFault::Malformed)?;
    if !reader.is_finished() {
        return Err(KeyFault::Malformed);
    }
    check(key.modulus.as_bytes(), key.exponent.as_bytes())
}

pub(super) fn to_pkcs1(modulus: &[u8], exponent: &[u8]) -> der::Result<Vec<u8>> {
    RsaPublicKey { modulus: UintRef::new(modulus)?, exponent: UintRef::new(exponent)? }.to_der()
}

fn strip_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bit_length(number: &[u8]) -> usize {
    let Some(first) = number.first() else { return 0 };
    let unused = usize::try_from(first.leading_zeros()).unwrap_or(0);
    number.len().saturating_mul(8).saturating_sub(unused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bits: usize) -> Vec<u8> {
        let mut number = vec![0xff; bits.div_ceil(8)];
        if !bits.is_multiple_of(8) {
            number[0] = (1 << (bits % 8)) - 1;
        }
        number
    }

    #[test]
    fn counts_bits_and_not_bytes() {
        assert_eq!(check(&number(2041), &[1, 0, 1]), Err(KeyFault::Weak));
        assert_eq!(check(&number(2047), &[1, 0, 1]), Err(KeyFault::Weak));
        assert!(check(&number(2048), &[1, 0, 1]).is_ok());
        assert!(check(&number(8192), &[1, 0, 1]).is_ok());
        assert_eq!(check(&number(8193), &[1, 0, 1]), Err(KeyFault::Unsupported));
        assert_eq!(check(&[], &[1, 0, 1]), Err(KeyFault::Weak));
    }

    #[test]
    fn leading_zeros_neither_count_nor_stay() {
        let mut padded = vec![0, 0];
        padded.extend(number(2048));
        assert_eq!(check(&padded, &[0, 1, 0, 1]), check(&number(2048), &[1, 0, 1]));
        let mut short = vec![0; 200];
        short.extend(number(1024));
        assert_eq!(check(&short, &[1, 0, 1]), Err(KeyFault::Weak));
    }

    #[test]
    fn refuses_exponents_that_are_small_even_or_huge() {
        for weak in [&[][..], &[0], &[1], &[2], &[1, 0, 0]] {
            assert_eq!(check(&number(2048), weak), Err(KeyFault::Weak), "{weak:?}");
        }
        for huge in [[2, 0, 0, 0, 0], [2, 0, 0, 0, 1]] {
            assert_eq!(check(&number(2048), &huge), Err(KeyFault::Unsupported));
        }
        assert_eq!(check(&number(2048), &[0xff; 300]), Err(KeyFault::Unsupported));
        // 65537 and 2^64: what 64 bits hold of it looks good.
        assert_eq!(check(&number(2048), &[1, 0, 0, 0, 0, 0, 1, 0, 1]), Err(KeyFault::Unsupported));
        assert!(check(&number(2048), &[3]).is_ok());
        assert!(check(&number(2048), &[1, 0xff, 0xff, 0xff, 0xff]).is_ok());
    }

    #[test]
    fn refuses_an_even_modulus() {
        let mut even = number(2048);
        even.last_mut().map(|byte| *byte &= 0xfe).unwrap();
        assert_eq!(check(&even, &[1, 0, 1]), Err(KeyFault::Weak));
    }

    #[test]
    fn pkcs1_reads_back_and_ends_where_it_ends() {
        let mut der = to_pkcs1(&number(2048), &[1, 0, 1]).unwrap();
        assert_eq!(from_pkcs1(&der), check(&number(2048), &[1, 0, 1]));
        der.push(0);
        assert_eq!(from_pkcs1(&der), Err(KeyFault::Malformed));
    }
}
