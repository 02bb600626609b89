//! The token that is measured: 400 bytes of claims, checked in every respect.

#![allow(dead_code, reason = "each bench measures a part of it")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use serde_json::json;
use tegata_core::error::TokenKind;
use tegata_core::random::{Random, RandomUnavailable};
use tegata_core::secret::{self, CompactToken};
use tegata_core::time::UnixTime;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend::{self, Backend};
use tegata_jose::base64url;
use tegata_jose::id_token::{Expect, IdToken, IdTokenRules, Nonce, UnverifiedIdToken};
use tegata_jose::jwk::PublicKey;
use tegata_jose::jwks::KeySet;
use tegata_jose::sign::{SigningKey, typ};
use tegata_jose::verified_cache::VerifiedCache;

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

pub(crate) struct Token {
    token: CompactToken,
    message: Vec<u8>,
    signature: Vec<u8>,
    algorithm: Algorithm,
    public: PublicKey,
    keys: KeySet,
    rules: IdTokenRules,
    nonce: secret::Nonce,
}

impl Token {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let pem = match algorithm {
            Algorithm::ES256 => include_str!("../../tests/keys/p256.pem"),
            Algorithm::EdDSA => include_str!("../../tests/keys/ed25519.pem"),
            _ => include_str!("../../tests/keys/rsa2048.pem"),
        };
        let key = SigningKey::from_pem(algorithm, pem, backend::ring())
            .expect("a test key")
            .with_key_id("01640f903a24e1c1f097ebda2d09b196c9de3ed9");
        let claims = json!({
            "iss": "https://accounts.example.com",
            "azp": "407408718192.apps.example.com",
            "aud": "407408718192.apps.example.com",
            "sub": "110169484474386276334",
            "email": "someone@example.com",
            "email_verified": true,
            "nonce": "ipCtuAQnuMGIoqbBmnVmvs2RkxQNVJZUTyJfAh1ngBk",
            "name": "Some One",
            "picture": "https://lh3.example.com/a-/AOh14GgPc2nR0b6tYf",
            "given_name": "Some",
            "family_name": "One",
            "iat": NOW.seconds() - 5,
            "exp": NOW.seconds() + 3595,
        });
        let claims = claims.to_string();
        assert_eq!(claims.len(), 400, "what the figures are about");
        let jwks = json!({ "keys": [key.public_jwk()] }).to_string();
        let token = key.sign(&typ("JWT"), claims.as_bytes()).expect("a signature");
        let (message, signature) = token.expose().rsplit_once('.').expect("three parts");
        Self {
            message: message.as_bytes().to_vec(),
            signature: base64url::decode(signature).expect("base64url"),
            token: token.clone(),
            algorithm,
            public: key.public_key().expect("a key pair").clone(),
            keys: KeySet::from_jwks(jwks.as_bytes()).expect("a key set"),
            rules: IdTokenRules::new(
                "https://accounts.example.com",
                "407408718192.apps.example.com",
            )
            .with_algorithms(AllowedAlgorithms::of(&[algorithm])),
            nonce: secret::Nonce::new("ipCtuAQnuMGIoqbBmnVmvs2RkxQNVJZUTyJfAh1ngBk"),
        }
    }

    pub(crate) fn unverified(&self) -> UnverifiedIdToken {
        UnverifiedIdToken::new(self.token.clone())
    }

    /// The floor: the signature over the same bytes, and nothing else.
    pub(crate) fn primitive(&self, backend: &'static dyn Backend) {
        backend
            .verify(self.algorithm, &self.public, &self.message, &self.signature)
            .expect("a good signature");
    }

    /// Everything that OpenID Connect demands.
    pub(crate) fn id_token(
        &self,
        unverified: UnverifiedIdToken,
        backend: &'static dyn Backend,
    ) -> IdToken {
        let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&self.nonce));
        unverified.verify(&self.keys, &self.rules, &expect, backend, NOW).expect("a good token")
    }
    pub(crate) fn keys(&self) -> KeySet {
        self.keys.clone()
    }

    pub(crate) fn cache(&self) -> VerifiedCache {
        let random = |bytes: &mut [u8]| bytes.fill(7);
        VerifiedCache::new(NonZeroUsize::MIN, &Fixed(random)).expect("fixed randomness")
    }

    /// Everything, or a look into the cache.
    pub(crate) fn cached(
        &self,
        cache: &VerifiedCache,
        keys: &Arc<KeySet>,
        backend: &'static dyn Backend,
    ) {
        let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&self.nonce));
        cache
            .verify(self.token.clone(), keys, &self.rules, &expect, backend, NOW)
            .expect("a good token");
    }
}

struct Fixed(fn(&mut [u8]));

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        (self.0)(bytes);
        Ok(())
    }
}
