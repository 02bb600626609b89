//! The default backend: ring. It lacks P-521, secp256k1 and everything of JWE.
//!
//! ring cannot keep a parsed RSA key: it rebuilds the modulus at every verification, about a third
//! of the whole. Whoever verifies thousands a second chooses `aws-lc-rs`.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair,
    KeyPair as _, RsaEncoding, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ring::{digest, hmac};

use super::{Backend, CryptoFault, Digest, Signer};
use crate::algorithm::{Algorithm, Hash};
use crate::jwk::{Curve, KeyMaterial, PublicKey};

/// The backend of the feature `ring`.
#[must_use]
pub fn ring() -> &'static dyn Backend {
    &Ring
}

#[derive(Debug)]
struct Ring;

impl Backend for Ring {
    fn name(&self) -> &'static str {
        "ring"
    }

    fn supports(&self, algorithm: Algorithm) -> bool {
        !matches!(algorithm, Algorithm::ES512 | Algorithm::ES256K)
    }

    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoFault> {
        if !key.fits(algorithm) {
            return Err(CryptoFault::Rejected);
        }
        match key.material() {
            KeyMaterial::Rsa { modulus, exponent } => {
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                    rsa_parameters(algorithm).ok_or_else(|| unsupported(algorithm))?,
                    message,
                    signature,
                )
            }
            KeyMaterial::Ec { point, .. } => {
                let parameters =
                    ec_verification(algorithm).ok_or_else(|| unsupported(algorithm))?;
                UnparsedPublicKey::new(parameters, point).verify(message, signature)
            }
            KeyMaterial::Ed25519 { point } => {
                UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature)
            }
        }
        .map_err(|_| CryptoFault::Rejected)
    }

    fn signer(&self, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Box<dyn Signer>, CryptoFault> {
        let unsupported = || unsupported(algorithm);
        let (pair, public) = match algorithm {
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(rejected)?;
                let public = PublicKey::ed25519(pair.public_key().as_ref());
                (Pair::Ed25519(Box::new(pair)), public)
            }
            Algorithm::ES256 | Algorithm::ES384 => {
                let (parameters, curve) = ec_signing(algorithm).ok_or_else(unsupported)?;
                let pair = EcdsaKeyPair::from_pkcs8(parameters, pkcs8, &SystemRandom::new())
                    .map_err(rejected)?;
                let public = PublicKey::ec_point(curve, pair.public_key().as_ref());
                (Pair::Ecdsa(Box::new(pair)), public)
            }
            _ => {
                let encoding = rsa_encoding(algorithm).ok_or_else(unsupported)?;
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?;
                let public = PublicKey::rsa_pkcs1(pair.public().as_ref());
                (Pair::Rsa(Box::new(pair), encoding), public)
            }
        };
        let public = public.map_err(|_| CryptoFault::Rejected)?;
        Ok(Box::new(RingSigner { pair, public }))
    }

    fn digest(&self, hash: Hash, message: &[u8]) -> Digest {
        let algorithm = match hash {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha384 => &digest::SHA384,
            Hash::Sha512 => &digest::SHA512,
        };
        Digest::new(digest::digest(algorithm, message).as_ref())
    }

    fn hmac(&self, hash: Hash, key: &[u8], message: &[u8]) -> Digest {
        let algorithm = match hash {
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha384 => hmac::HMAC_SHA384,
            Hash::Sha512 => hmac::HMAC_SHA512,
        };
        Digest::new(hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref())
    }

    fn seal(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoFault> {
        let mut sealed = plaintext.to_vec();
        aes_256_gcm(key)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(additional_data),
                &mut sealed,
            )
            .map_err(|_| CryptoFault::Rejected)?;
        Ok(sealed)
    }

    fn open(
        &self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, CryptoFault> {
        let mut opened = sealed.to_vec();
        let length = aes_256_gcm(key)?
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(additional_data),
                &mut opened,
            )
            .map_err(|_| CryptoFault::Rejected)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

#[derive(Debug)]
struct RingSigner {
    pair: Pair,
    public: PublicKey,
}

#[derive(Debug)]
enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
}

impl Signer for RingSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Ecdsa(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| CryptoFault::Rejected),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| CryptoFault::Rejected)?;
                Ok(signature)
            }
        }
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    })
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        Algorithm::RS256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        _ => return None,
    })
}

fn ec_verification(algorithm: Algorithm) -> Option<&'static EcdsaVerificationAlgorithm> {
    match algorithm {
        Algorithm::ES256 => Some(&signature::ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Some(&signature::ECDSA_P384_SHA384_FIXED),
        _ => None,
    }
}

fn ec_signing(algorithm: Algorithm) -> Option<(&'static EcdsaSigningAlgorithm, Curve)> {
    match algorithm {
        Algorithm::ES256 => Some((&signature::ECDSA_P256_SHA256_FIXED_SIGNING, Curve::P256)),
        Algorithm::ES384 => Some((&signature::ECDSA_P384_SHA384_FIXED_SIGNING, Curve::P384)),
        _ => None,
    }
}

fn aes_256_gcm(key: &[u8; 32]) -> Result<LessSafeKey, CryptoFault> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| CryptoFault::Rejected)
}

fn unsupported(algorithm: Algorithm) -> CryptoFault {
    CryptoFault::Unsupported { operation: algorithm.as_str(), backend: "ring" }
}

fn rejected(_: ring::error::KeyRejected) -> CryptoFault {
    CryptoFault::Rejected
}
