//! The ID token: 400 bytes of claims, the same as in `benches/token`, issued just now.
//!
//! The system's clock dates it, because not every peer takes the time as an argument.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};

/// The issuer to expect.
pub const ISSUER: &str = "https://accounts.example.com";
/// The audience to expect.
pub const CLIENT_ID: &str = "407408718192.apps.example.com";
/// The nonce to expect.
pub const NONCE: &str = "ipCtuAQnuMGIoqbBmnVmvs2RkxQNVJZUTyJfAh1ngBk";

/// An algorithm that every provider in use signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with PKCS #1 v1.5, 2048 bits.
    RS256,
    /// ECDSA on P-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// Its name in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

/// An issuer with one key.
#[derive(Debug)]
pub struct Issuer {
    /// What it signs with.
    pub algorithm: Algorithm,
    pair: Pair,
    now: u64,
}

impl Issuer {
    /// One of the test keys of the library.
    pub fn new(algorithm: Algorithm) -> Self {
        let pair = match algorithm {
            Algorithm::RS256 => {
                let der = der(include_str!("../../../../tests/keys/rsa2048.pem"));
                Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(&der).expect("an RSA key")))
            }
            Algorithm::ES256 => {
                let der = der(include_str!("../../../../tests/keys/p256.pem"));
                let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(kind, &der, &SystemRandom::new());
                Pair::Ec(pair.expect("a key on P-256"))
            }
            Algorithm::EdDSA => {
                let der = der(include_str!("../../../../tests/keys/ed25519.pem"));
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der);
                Pair::Ed(pair.expect("an Ed25519 key"))
            }
        };
        Self { algorithm, pair, now: now() }
    }

    /// The token that every peer accepts.
    pub fn token(&self) -> String {
        let claims = claims(self.now);
        assert_eq!(claims.len(), 400, "what the figures are about");
        self.sign(&claims)
    }

    /// Tokens that a client should refuse, each with the name of its one flaw.
    pub fn flawed(&self) -> Vec<(&'static str, String)> {
        let change = |from: &str, to: &str| {
            let claims = claims(self.now);
            assert!(claims.contains(from), "nothing to change");
            self.sign(&claims.replacen(from, to, 1))
        };
        let mut forged = self.token();
        let last_but_one = forged.len() - 2;
        let other = if forged[last_but_one..].starts_with('A') { "B" } else { "A" };
        forged.replace_range(last_but_one..=last_but_one, other);
        let audience = format!("\"aud\":\"{CLIENT_ID}\"");
        let now = self.now;
        vec![
            ("signature", forged),
            ("`iss`", change(ISSUER, "https://other.example.com")),
            ("`aud`", change(&audience, "\"aud\":\"other\"")),
            ("further `aud`", change(&audience, &format!("\"aud\":[\"{CLIENT_ID}\",\"other\"]"))),
            ("`azp`", change(&format!("\"azp\":\"{CLIENT_ID}\""), "\"azp\":\"other\"")),
            ("`sub` missing", change(",\"sub\":\"110169484474386276334\"", "")),
            ("`exp`", change(&(now + 3595).to_string(), &(now - 3600).to_string())),
            ("`iat` to come", change(&(now - 5).to_string(), &(now + 3000).to_string())),
            ("`nonce`", change(NONCE, "other")),
            ("`iss` twice", change("{", "{\"iss\":\"https://other.example\",")),
        ]
    }

    /// The public key as a JWK.
    pub fn jwk(&self) -> String {
        let members = match &self.pair {
            Pair::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let [n, e] = [public.n, public.e].map(|number| URL_SAFE_NO_PAD.encode(number));
                format!("\"kty\":\"RSA\",\"n\":\"{n}\",\"e\":\"{e}\"")
            }
            Pair::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                let [x, y] = [x, y].map(|number| URL_SAFE_NO_PAD.encode(number));
                format!("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{x}\",\"y\":\"{y}\"")
            }
            Pair::Ed(pair) => {
                let x = URL_SAFE_NO_PAD.encode(pair.public_key());
                format!("\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{x}\"")
            }
        };
        let algorithm = self.algorithm.as_str();
        format!("{{\"kid\":\"{KEY_ID}\",\"use\":\"sig\",\"alg\":\"{algorithm}\",{members}}}")
    }

    /// The set of that one key.
    pub fn jwks(&self) -> String {
        format!("{{\"keys\":[{}]}}", self.jwk())
    }

    /// The public key as ring reads it.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    fn sign(&self, claims: &str) -> String {
        let algorithm = self.algorithm.as_str();
        let header = format!("{{\"alg\":\"{algorithm}\",\"kid\":\"{KEY_ID}\",\"typ\":\"JWT\"}}");
        let [header, claims] = [header.as_str(), claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = format!("{header}.{claims}");
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let signed =
                    pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature);
                signed.expect("a signature");
                signature
            }
            Pair::Ec(pair) => {
                pair.sign(&random, message.as_bytes()).expect("a signature").as_ref().to_vec()
            }
            Pair::Ed(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[derive(Debug)]
enum Pair {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

const KEY_ID: &str = "01640f903a24e1c1f097ebda2d09b196c9de3ed9";

fn claims(now: u64) -> String {
    let [issued, expires] = [now - 5, now + 3595];
    format!(
        "{{\"aud\":\"{CLIENT_ID}\",\"azp\":\"{CLIENT_ID}\",\"email\":\"someone@example.com\",\
         \"email_verified\":true,\"exp\":{expires},\"family_name\":\"One\",\
         \"given_name\":\"Some\",\"iat\":{issued},\"iss\":\"{ISSUER}\",\"name\":\"Some One\",\
         \"nonce\":\"{NONCE}\",\
         \"picture\":\"https://lh3.example.com/a-/AOh14GgPc2nR0b6tYf\",\
         \"sub\":\"110169484474386276334\"}}"
    )
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("a clock after 1970").as_secs()
}

/// The content of a PEM file.
fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).expect("base64")
}
