//! The crypto, chosen by value: one object-safe trait, a `&'static dyn Backend` in every call.
//!
//! There is no global provider and nothing to install. The features `ring` (default) and
//! `aws-lc-rs` each add one function here; with both on, both can be used side by side.
//!
//! ```
//! # #[cfg(feature = "ring")] {
//! use tegata_jose::algorithm::Algorithm;
//! use tegata_jose::backend;
//!
//! let backend = backend::ring();
//! assert!(backend.supports(Algorithm::RS256));
//! assert!(!backend.supports(Algorithm::ES512));
//! # }
//! ```

#[cfg(feature = "aws-lc-rs")]
pub(crate) mod aws_lc;
#[cfg(feature = "ring")]
mod ring;

use std::fmt;

use crate::algorithm::{Algorithm, Hash};
use crate::jwk::PublicKey;

#[cfg(feature = "aws-lc-rs")]
pub use aws_lc::aws_lc;
#[cfg(feature = "ring")]
pub use ring::ring;

/// What this workspace needs of a crypto library.
///
/// The contract:
///
/// 1. Every comparison with a value made from a secret takes constant time.
/// 2. A signature is accepted in the one encoding that JOSE knows: ECDSA as two numbers of the
///    field's length (RFC 7518 §3.4), RSA as long as the modulus, PSS with a salt as long as the
///    hash (RFC 7518 §3.5).
/// 3. A key is used with the algorithms of its own type and curve only ([`PublicKey::fits`]); the
///    backend answers [`CryptoFault::Rejected`] to any other pairing.
/// 4. What it cannot do is [`CryptoFault::Unsupported`], never a panic.
/// 5. The numbers that a signature itself needs (an ECDSA nonce, RSA blinding) are the backend's
///    own affair: a caller who could choose them could leak the key.
pub trait Backend: fmt::Debug + Send + Sync {
    /// How it is called, in errors and reports.
    fn name(&self) -> &'static str;

    /// Whether it can verify and sign with `algorithm`.
    fn supports(&self, algorithm: Algorithm) -> bool;

    /// Checks `signature` over `message`.
    ///
    /// # Errors
    ///
    /// [`CryptoFault`]
    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoFault>;

    /// Makes a signer of a private key in PKCS#8 (RFC 5958), and checks the key on the way.
    ///
    /// # Errors
    ///
    /// [`CryptoFault`]
    fn signer(&self, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Box<dyn Signer>, CryptoFault>;

    /// The hash of `message`.
    fn digest(&self, hash: Hash, message: &[u8]) -> Digest;

    /// The HMAC of `message` (RFC 2104).
    fn hmac(&self, hash: Hash, key: &[u8], message: &[u8]) -> Digest;

    /// Encrypts by AES-256-GCM; the tag of 16 bytes stands at the end.
    ///
    /// One `nonce` must never be used twice with one `key`.
    ///
    /// # Errors
    ///
    /// [`CryptoFault`]
    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoFault>;

    /// Undoes [`Backend::seal`].
    ///
    /// # Errors
    ///
    /// [`CryptoFault::Rejected`] when anything at all differs from what was sealed.
    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, CryptoFault>;
}

impl dyn Backend {
    /// The algorithms that it can verify and sign with.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.iter().copied().filter(|algorithm| self.supports(*algorithm))
    }
}

/// A private key of one algorithm, ready to sign.
pub trait Signer: fmt::Debug + Send + Sync {
    /// Signs `message`, in the encoding of JOSE.
    ///
    /// # Errors
    ///
    /// [`CryptoFault::Rejected`] when the library fails.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFault>;

    /// The key that verifies what this one signs.
    fn public_key(&self) -> &PublicKey;
}

/// Why a crypto operation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoFault {
    /// The signature, the tag or the key is not good. Nothing more is said.
    #[error("rejected")]
    Rejected,
    /// The backend cannot do it.
    #[error("the crypto backend {backend} cannot do {operation}")]
    Unsupported {
        /// The algorithm by its JOSE name.
        operation: &'static str,
        /// The backend's name.
        backend: &'static str,
    },
}

/// A hash value or a message authentication code.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    bytes: [u8; 64],
    len: usize,
}

impl Digest {
    /// Keeps a copy of `bytes`, at most 64 of them.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let mut kept = [0; 64];
        let len = bytes.len().min(kept.len());
        for (slot, byte) in kept.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        Self { bytes: kept, len }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests;
