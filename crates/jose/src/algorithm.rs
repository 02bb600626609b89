//! The signature algorithms of JOSE by name (RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2).
//!
//! `none` is not among them and cannot be named.

use std::fmt;

macro_rules! algorithms {
    ($($(#[$docs:meta])+ $name:ident;)+) => {
        /// How a token is signed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Algorithm {
            $($(#[$docs])+ $name,)+
        }

        impl Algorithm {
            /// Every algorithm, in the order of the variants.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in the header member `alg`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// Reads a name, exactly: upper and lower case matter, white space is part of it.
            ///
            /// ```
            /// use tegata_jose::algorithm::Algorithm;
            ///
            /// assert_eq!(Algorithm::parse("ES256"), Some(Algorithm::ES256));
            /// assert_eq!(Algorithm::parse("none"), None);
            /// assert_eq!(Algorithm::parse("rs256"), None);
            /// ```
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

algorithms! {
    /// Ed25519 (RFC 8037).
    EdDSA;
    /// ECDSA on P-256 with SHA-256.
    ES256;
    /// ECDSA on secp256k1 with SHA-256 (RFC 8812).
    ES256K;
    /// ECDSA on P-384 with SHA-384.
    ES384;
    /// ECDSA on P-521 with SHA-512.
    ES512;
    /// HMAC with SHA-256. The key is the client secret.
    HS256;
    /// HMAC with SHA-384. The key is the client secret.
    HS384;
    /// HMAC with SHA-512. The key is the client secret.
    HS512;
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    PS256;
    /// RSASSA-PSS with SHA-384 and a salt of 48 bytes.
    PS384;
    /// RSASSA-PSS with SHA-512 and a salt of 64 bytes.
    PS512;
    /// RSASSA-PKCS1-v1_5 with SHA-256. What a provider must offer (OpenID Connect Core §15.1).
    RS256;
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384;
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512;
}

impl Algorithm {
    /// The hash inside it, with which `at_hash` and `c_hash` are made (OpenID Connect Core §3.1.3.6).
    ///
    /// Ed25519 hashes with SHA-512 inside (RFC 8032 §5.1).
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::ES256 | Self::ES256K | Self::HS256 | Self::PS256 | Self::RS256 => Hash::Sha256,
            Self::ES384 | Self::HS384 | Self::PS384 | Self::RS384 => Hash::Sha384,
            Self::EdDSA | Self::ES512 | Self::HS512 | Self::PS512 | Self::RS512 => Hash::Sha512,
        }
    }

    /// Whether one secret both signs and verifies.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }

    const fn bit(self) -> u16 {
        1 << match self {
            Self::EdDSA => 0,
            Self::ES256 => 1,
            Self::ES256K => 2,
            Self::ES384 => 3,
            Self::ES512 => 4,
            Self::HS256 => 5,
            Self::HS384 => 6,
            Self::HS512 => 7,
            Self::PS256 => 8,
            Self::PS384 => 9,
            Self::PS512 => 10,
            Self::RS256 => 11,
            Self::RS384 => 12,
            Self::RS512 => 13,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A hash function of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl Hash {
    /// How long its value is, in bytes. An HMAC key must not be shorter (RFC 7518 §3.2).
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The algorithms that were agreed on with an issuer: a set of names, never a pattern.
///
/// ```
/// use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
///
/// const GOOGLE: AllowedAlgorithms = AllowedAlgorithms::of(&[Algorithm::RS256]);
/// assert!(GOOGLE.contains(Algorithm::RS256));
/// assert!(!GOOGLE.contains(Algorithm::HS256));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AllowedAlgorithms(u16);

impl AllowedAlgorithms {
    /// Exactly these.
    #[must_use]
    pub const fn of(algorithms: &[Algorithm]) -> Self {
        let mut bits = 0;
        let mut rest = algorithms;
        while let [first, others @ ..] = rest {
            bits |= first.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Whether `algorithm` is one of them.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & algorithm.bit() != 0
    }

    /// Whether nothing is allowed at all.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of [`Algorithm::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.iter().copied().filter(move |algorithm| self.contains(*algorithm))
    }
}

impl fmt::Debug for AllowedAlgorithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Algorithm> for AllowedAlgorithms {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        Self(algorithms.into_iter().fold(0, |bits, algorithm| bits | algorithm.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_has_a_bit_of_its_own() {
        let mut bits = 0;
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(*algorithm));
            assert_eq!(bits & algorithm.bit(), 0, "{algorithm}");
            bits |= algorithm.bit();
        }
    }

    #[test]
    fn none_has_no_name_in_any_spelling() {
        for name in ["none", "None", "NONE", "nOnE", "", " RS256", "RS256 ", "RS256\0", "rs256"] {
            assert_eq!(Algorithm::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_set_allows_its_members_alone() {
        let set = AllowedAlgorithms::of(&[Algorithm::ES256, Algorithm::RS512]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Algorithm::ES256, Algorithm::RS512]);
        assert_eq!(set, set.iter().collect());
        assert!(AllowedAlgorithms::of(&[]).is_empty());
    }
}
