//! The floor: ring's signature check over the same bytes, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};

use crate::token::{Algorithm, Issuer};

/// A signature, its message and its key.
#[derive(Debug)]
pub struct Floor {
    key: UnparsedPublicKey<Vec<u8>>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Floor {
    /// That of a token.
    pub fn new(issuer: &Issuer, token: &str) -> Self {
        let kind: &'static dyn VerificationAlgorithm = match issuer.algorithm {
            Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
            Algorithm::EdDSA => &ED25519,
        };
        let (message, signature) = token.rsplit_once('.').expect("three parts");
        Self {
            key: UnparsedPublicKey::new(kind, issuer.public_key()),
            message: message.as_bytes().to_vec(),
            signature: URL_SAFE_NO_PAD.decode(signature).expect("base64url"),
        }
    }

    /// Checks it.
    pub fn verify(&self) -> bool {
        self.key.verify(&self.message, &self.signature).is_ok()
    }
}
