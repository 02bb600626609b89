//! The rules of OpenID Connect Core for ID tokens, one broken at a time.

use super::*;
use crate::algorithm::AllowedAlgorithms;
use crate::sign::{SigningKey, typ};
use crate::{backend, test_keys};
use serde_json::{Value, json};
use tegata_core::secret;

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);
const ISSUER: &str = "https://op.example.com";

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "user-1", "aud": "client-1", "nonce": "n-1",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300,
    })
}

fn rules() -> IdTokenRules {
    IdTokenRules::new(ISSUER, "client-1")
        .with_algorithms(AllowedAlgorithms::of(&[Algorithm::ES256]))
}

fn sign(key: &SigningKey, claims: &Value) -> UnverifiedIdToken {
    let token = key.sign(&typ("JWT"), claims.to_string().as_bytes()).unwrap();
    UnverifiedIdToken::new(token)
}

fn verify(claims: &Value) -> Result<IdToken, TokenFault> {
    let key = test_keys::signing(Algorithm::ES256);
    let nonce = secret::Nonce::new("n-1");
    let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    sign(&key, claims)
        .verify(&test_keys::published(&[&key]), &rules(), &expect, backend::ring(), NOW)
        .map_err(|error| error.fault)
}

#[test]
fn a_good_token_shows_its_claims() {
    let token = verify(&claims()).unwrap();
    assert_eq!((token.issuer(), token.subject()), (ISSUER, "user-1"));
    assert_eq!(token.audience().collect::<Vec<_>>(), ["client-1"]);
    assert_eq!(token.claims()["nonce"], "n-1");
}
