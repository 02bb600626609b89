//! The provider's signing keys: fixed, public, and rotated on demand.
//!
//! Signed with `ring` directly and not through `tegata-jose`: a mistake in our own signing must not
//! meet the same mistake in our own verifying. The private keys are in this crate for everybody to
//! read: see `src/keys/README.md`.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::{digest, hmac, signature};
use serde_json::{Map, Value, json};

/// How the fake provider signs. `HS256` is keyed with the client's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of RFC 7518 §3.1 and RFC 8037 §3.1")]
#[non_exhaustive]
pub enum SigningAlgorithm {
    EdDSA,
    ES256,
    HS256,
    PS256,
    RS256,
    RS384,
    RS512,
}

impl SigningAlgorithm {
    /// The name in the header member `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDSA => "EdDSA",
            Self::ES256 => "ES256",
            Self::HS256 => "HS256",
            Self::PS256 => "PS256",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
        }
    }

    /// The left half of the hash, as `at_hash` and `c_hash` have it (OpenID Connect Core §3.1.3.6).
    pub(crate) fn half_hash(self, text: &str) -> String {
        let hash = match self {
            Self::ES256 | Self::HS256 | Self::PS256 | Self::RS256 => &digest::SHA256,
            Self::RS384 => &digest::SHA384,
            Self::EdDSA | Self::RS512 => &digest::SHA512,
        };
        let hash = digest::digest(hash, text.as_bytes());
        let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
        base64url(left)
    }
}

/// What becomes of the old keys when new ones come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OldKeys {
    /// Gone from the key set at once: what they signed no longer verifies.
    Dropped,
    /// Still published: what they signed still verifies.
    Published,
}

/// The keys that sign now, and which generations are published.
#[derive(Debug)]
pub(crate) struct KeyRing {
    generation: usize,
    oldest_published: usize,
}

impl KeyRing {
    pub(crate) const fn new() -> Self {
        Self { generation: 1, oldest_published: 1 }
    }

    pub(crate) const fn rotate(&mut self, old: OldKeys) {
        self.generation += 1;
        if matches!(old, OldKeys::Dropped) {
            self.oldest_published = self.generation;
        }
    }

    /// The name of the key that signs now.
    pub(crate) fn kid(&self, algorithm: SigningAlgorithm) -> String {
        kid(algorithm, self.generation)
    }

    /// Signs with the key of this generation.
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        secret: &[u8],
        message: &[u8],
    ) -> Vec<u8> {
        Material::of(algorithm, self.generation, secret).sign(algorithm, message)
    }

    /// The published keys of the family of `algorithm`, newest first, as JWK.
    pub(crate) fn jwks(&self, algorithm: SigningAlgorithm) -> Vec<Value> {
        let published = (self.oldest_published..=self.generation).rev();
        published.filter_map(|generation| jwk(algorithm, generation)).collect()
    }

    /// The published RSA keys by name, each in the form `pem` picks.
    pub(crate) fn pem_map(&self, pem: fn(&RsaFiles) -> &'static str) -> Map<String, Value> {
        let published = self.oldest_published..=self.generation;
        let entry = |generation| {
            let name = kid(SigningAlgorithm::RS256, generation);
            (name, Value::from(pem(rsa(generation))))
        };
        published.map(entry).collect()
    }

    /// What a confused verifier would take for an HMAC secret: the public key as text.
    pub(crate) fn public_text(&self, algorithm: SigningAlgorithm) -> String {
        match algorithm {
            SigningAlgorithm::EdDSA | SigningAlgorithm::ES256 => {
                jwk(algorithm, self.generation).unwrap_or_default().to_string()
            }
            _ => rsa(self.generation).public.to_owned(),
        }
    }

    /// A key that is not published, as JWK: of a stranger, or of tomorrow.
    pub(crate) fn stranger(&self, algorithm: SigningAlgorithm) -> Value {
        jwk(algorithm, self.generation + 1).unwrap_or_default()
    }

    /// A certificate of the RSA key that signs now, as `x5c` has it.
    pub(crate) fn certificate(&self) -> String {
        BASE64_STANDARD.encode(der(rsa(self.generation).certificate))
    }

    /// A certificate of a key that is not published, as `x5c` has it.
    pub(crate) fn stranger_certificate(&self) -> String {
        BASE64_STANDARD.encode(der(rsa(self.generation + 1).certificate))
    }

    /// Signs with that key.
    pub(crate) fn sign_as_stranger(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Vec<u8> {
        Material::of(algorithm, self.generation + 1, b"stranger").sign(algorithm, message)
    }
}

/// The files of one RSA key.
pub(crate) struct RsaFiles {
    pub(crate) private: &'static str,
    pub(crate) public: &'static str,
    pub(crate) certificate: &'static str,
}

const RSA: [RsaFiles; 2] = [
    RsaFiles {
        private: include_str!("keys/rsa-1.pem"),
        public: include_str!("keys/rsa-1.pub.pem"),
        certificate: include_str!("keys/rsa-1.cert.pem"),
    },
    RsaFiles {
        private: include_str!("keys/rsa-2.pem"),
        public: include_str!("keys/rsa-2.pub.pem"),
        certificate: include_str!("keys/rsa-2.cert.pem"),
    },
];

/// The key of the service account: the second one, under a name of its own.
pub(crate) const SERVICE_ACCOUNT: RsaFiles = {
    let [_, second] = RSA;
    second
};
const P256: [&str; 2] = [include_str!("keys/p256-1.pem"), include_str!("keys/p256-2.pem")];
const ED25519: [&str; 2] = [include_str!("keys/ed25519-1.pem"), include_str!("keys/ed25519-2.pem")];

/// The two keys of a kind take turns; only the name is new in every generation.
const fn turn<T>(pair: &[T; 2], generation: usize) -> &T {
    let [odd, even] = pair;
    if generation % 2 == 1 { odd } else { even }
}

const fn rsa(generation: usize) -> &'static RsaFiles {
    turn(&RSA, generation)
}

fn kid(algorithm: SigningAlgorithm, generation: usize) -> String {
    let kind = match algorithm {
        SigningAlgorithm::EdDSA => "ed25519",
        SigningAlgorithm::ES256 => "p256",
        SigningAlgorithm::HS256 => "secret",
        _ => "rsa",
    };
    format!("{kind}-{generation}")
}

fn jwk(algorithm: SigningAlgorithm, generation: usize) -> Option<Value> {
    let mut jwk = match Material::of(algorithm, generation, &[]) {
        Material::Rsa(key) => {
            let public: signature::RsaPublicKeyComponents<Vec<u8>> = key.public().into();
            json!({ "kty": "RSA", "n": base64url(&public.n), "e": base64url(&public.e) })
        }
        Material::P256(key) => {
            let point = signature::KeyPair::public_key(&key).as_ref();
            let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
            json!({ "kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y) })
        }
        Material::Ed25519(key) => {
            let x = base64url(signature::KeyPair::public_key(&key).as_ref());
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
        }
        Material::Secret(_) => return None,
    };
    let members = jwk.as_object_mut()?;
    members.insert("kid".into(), kid(algorithm, generation).into());
    members.insert("use".into(), "sig".into());
    members.insert("alg".into(), algorithm.as_str().into());
    Some(jwk)
}

enum Material {
    Ed25519(signature::Ed25519KeyPair),
    P256(signature::EcdsaKeyPair),
    Rsa(signature::RsaKeyPair),
    Secret(Vec<u8>),
}

impl Material {
    fn of(algorithm: SigningAlgorithm, generation: usize, secret: &[u8]) -> Self {
        const READS: &str = "the test keys of this crate are readable";
        match algorithm {
            SigningAlgorithm::EdDSA => {
                let pem: &&str = turn(&ED25519, generation);
                let pkcs8 = der(pem);
                let key = signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8);
                Self::Ed25519(key.expect(READS))
            }
            SigningAlgorithm::ES256 => {
                let pem: &&str = turn(&P256, generation);
                let pkcs8 = der(pem);
                let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                let key = signature::EcdsaKeyPair::from_pkcs8(kind, &pkcs8, &SystemRandom::new());
                Self::P256(key.expect(READS))
            }
            SigningAlgorithm::HS256 => Self::Secret(secret.to_vec()),
            _ => {
                let pkcs8 = der(rsa(generation).private);
                Self::Rsa(signature::RsaKeyPair::from_pkcs8(&pkcs8).expect(READS))
            }
        }
    }

    fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Vec<u8> {
        const SIGNS: &str = "the machine has randomness, which a signature needs";
        let random = SystemRandom::new();
        match self {
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Self::P256(key) => key.sign(&random, message).expect(SIGNS).as_ref().to_vec(),
            Self::Secret(secret) => hmac_sha256(secret, message),
            Self::Rsa(key) => {
                let padding: &dyn signature::RsaEncoding = match algorithm {
                    SigningAlgorithm::PS256 => &signature::RSA_PSS_SHA256,
                    SigningAlgorithm::RS384 => &signature::RSA_PKCS1_SHA384,
                    SigningAlgorithm::RS512 => &signature::RSA_PKCS1_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut bytes = vec![0; key.public().modulus_len()];
                key.sign(padding, &random, message, &mut bytes).expect(SIGNS);
                bytes
            }
        }
    }
}

pub(crate) fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::sign(&key, message).as_ref().to_vec()
}

pub(crate) fn sha256(text: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, text.as_bytes())
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    BASE64_STANDARD.decode(body).expect("the test keys of this crate are PEM")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [SigningAlgorithm; 6] = [
        SigningAlgorithm::EdDSA,
        SigningAlgorithm::ES256,
        SigningAlgorithm::PS256,
        SigningAlgorithm::RS256,
        SigningAlgorithm::RS384,
        SigningAlgorithm::RS512,
    ];

    #[test]
    fn every_published_key_has_the_name_under_which_it_signs() {
        let ring = KeyRing::new();
        for algorithm in ALL {
            let keys = ring.jwks(algorithm);
            assert_eq!(keys.len(), 1, "{algorithm:?}");
            assert_eq!(keys[0]["kid"], ring.kid(algorithm), "{algorithm:?}");
            assert!(!ring.sign(algorithm, b"", b"message").is_empty());
        }
    }

    #[test]
    fn rotation_brings_a_new_name_and_other_key_material() {
        let mut ring = KeyRing::new();
        ring.rotate(OldKeys::Published);
        for algorithm in ALL {
            let keys = ring.jwks(algorithm);
            assert_eq!(keys.len(), 2);
            let material = |key: &Value| (key["n"].clone(), key["x"].clone());
            assert_ne!(material(&keys[0]), material(&keys[1]), "{algorithm:?}");
        }
        ring.rotate(OldKeys::Dropped);
        assert_eq!(ring.jwks(SigningAlgorithm::RS256).len(), 1);
        assert_eq!(ring.pem_map(|files| files.public).len(), 1);
    }

    #[test]
    fn the_public_files_belong_to_the_private_ones() {
        for generation in 1..=2 {
            let Material::Rsa(key) = Material::of(SigningAlgorithm::RS256, generation, &[]) else {
                panic!("RS256 is RSA");
            };
            let public: signature::RsaPublicKeyComponents<Vec<u8>> = key.public().into();
            let files = rsa(generation);
            for file in [files.public, files.certificate] {
                let der = der(file);
                assert!(der.windows(public.n.len()).any(|part| part == public.n));
            }
        }
    }

    #[test]
    fn hashes_by_half_as_the_example_of_the_specification() {
        // OpenID Connect Core A.3: the access token and its at_hash.
        let hash = SigningAlgorithm::RS256.half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(hash, "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
