//! The other backend: AWS-LC. It knows P-521 and secp256k1, and keeps parsed keys.
//!
//! A key is parsed at its first verification and kept beside its numbers
//! ([`PublicKey`]), so that an RSA verification is about a fifth cheaper than ring's.

use std::sync::OnceLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, ParsedPublicKey,
    RsaEncoding, VerificationAlgorithm,
};
use aws_lc_rs::{digest, hmac};

use super::{Backend, CryptoFault, Digest, Signer};
use crate::algorithm::{Algorithm, Hash};
use crate::jwk::{Curve, KeyMaterial, PublicKey};

/// The backend of the feature `aws-lc-rs`.
#[must_use]
pub fn aws_lc() -> &'static dyn Backend {
    &AwsLc
}

/// A key in AWS-LC's own form, for the first algorithm that it was used with. An issuer uses one
/// key with one algorithm (RFC 8725 §3.1), so there is no need to keep more.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParsedKey(OnceLock<(Algorithm, ParsedPublicKey)>);

impl ParsedKey {
    fn verify(
        &self,
        algorithm: Algorithm,
        parse: impl Fn() -> Result<ParsedPublicKey, CryptoFault>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoFault> {
        let fresh;
        let key = match self.0.get() {
            Some((kept_for, key)) if *kept_for == algorithm => key,
            Some(_) => {
                fresh = parse()?;
                &fresh
            }
            None => {
                fresh = parse()?;
                &self.0.get_or_init(|| (algorithm, fresh.clone())).1
            }
        };
        key.verify_sig(message, signature).map_err(|_| CryptoFault::Rejected)
    }
}

#[derive(Debug)]
struct AwsLc;

impl Backend for AwsLc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn supports(&self, _: Algorithm) -> bool {
        true
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
        let parse = || {
            let parameters = verification(algorithm).ok_or_else(|| unsupported(algorithm))?;
            match key.material() {
                KeyMaterial::Rsa { .. } => {
                    ParsedPublicKey::new(parameters, key.to_pkcs1_der().unwrap_or_default())
                }
                KeyMaterial::Ec { point, .. } => ParsedPublicKey::new(parameters, point),
                KeyMaterial::Ed25519 { point } => ParsedPublicKey::new(parameters, point),
            }
            .map_err(rejected)
        };
        key.parsed().verify(algorithm, parse, message, signature)
    }

    fn signer(&self, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Box<dyn Signer>, CryptoFault> {
        let (pair, public) = match algorithm {
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(rejected)?;
                let public = PublicKey::ed25519(pair.public_key().as_ref());
                (Pair::Ed25519(Box::new(pair)), public)
            }
            Algorithm::ES256 | Algorithm::ES256K | Algorithm::ES384 | Algorithm::ES512 => {
                let (parameters, curve) =
                    ec_signing(algorithm).ok_or_else(|| unsupported(algorithm))?;
                let pair = EcdsaKeyPair::from_pkcs8(parameters, pkcs8).map_err(rejected)?;
                let public = PublicKey::ec_point(curve, pair.public_key().as_ref());
                (Pair::Ecdsa(Box::new(pair)), public)
            }
            _ => {
                let encoding = rsa_encoding(algorithm).ok_or_else(|| unsupported(algorithm))?;
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?;
                let public = PublicKey::rsa_pkcs1(pair.public_key().as_ref());
                (Pair::Rsa(Box::new(pair), encoding), public)
            }
        };
        let public = public.map_err(|_| CryptoFault::Rejected)?;
        Ok(Box::new(AwsLcSigner { pair, public }))
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
struct AwsLcSigner {
    pair: Pair,
    public: PublicKey,
}

#[derive(Debug)]
enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
}

impl Signer for AwsLcSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        let failed = |_| CryptoFault::Rejected;
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Pair::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
        }
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }
}

const NAME: &str = "aws-lc-rs";

fn verification(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::EdDSA => &signature::ED25519,
        Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES256K => &signature::ECDSA_P256K1_SHA256_FIXED,
        Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
        Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED,
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

fn ec_signing(algorithm: Algorithm) -> Option<(&'static EcdsaSigningAlgorithm, Curve)> {
    Some(match algorithm {
        Algorithm::ES256 => (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, Curve::P256),
        Algorithm::ES256K => (&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING, Curve::Secp256k1),
        Algorithm::ES384 => (&signature::ECDSA_P384_SHA384_FIXED_SIGNING, Curve::P384),
        Algorithm::ES512 => (&signature::ECDSA_P521_SHA512_FIXED_SIGNING, Curve::P521),
        _ => return None,
    })
}

fn aes_256_gcm(key: &[u8; 32]) -> Result<LessSafeKey, CryptoFault> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| CryptoFault::Rejected)
}

fn unsupported(algorithm: Algorithm) -> CryptoFault {
    CryptoFault::Unsupported { operation: algorithm.as_str(), backend: NAME }
}

fn rejected(_: aws_lc_rs::error::KeyRejected) -> CryptoFault {
    CryptoFault::Rejected
}
