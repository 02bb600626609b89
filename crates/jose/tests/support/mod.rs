//! What the suites share: an issuer with a key of each type, and a forger who signs any text.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::{self, CompactToken};
use tegata_core::time::UnixTime;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend::{self, Backend};
use tegata_jose::base64url;
use tegata_jose::id_token::{Expect, IdToken, IdTokenRules, Nonce, UnverifiedIdToken};
use tegata_jose::jwks::KeySet;
use tegata_jose::sign::SigningKey;

pub(crate) const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);
pub(crate) const ISSUER: &str = "https://op.example.com";
pub(crate) const CLIENT: &str = "client-1";

/// What the issuer of the suites signs with: one key of each type, named after its file.
pub(crate) const ALGORITHMS: [(Algorithm, &str, &str); 4] = [
    (Algorithm::RS256, "rsa2048", include_str!("../keys/rsa2048.pem")),
    (Algorithm::ES256, "p256", include_str!("../keys/p256.pem")),
    (Algorithm::ES384, "p384", include_str!("../keys/p384.pem")),
    (Algorithm::EdDSA, "ed25519", include_str!("../keys/ed25519.pem")),
];

/// Keys that the issuer never published.
pub(crate) const FOREIGN_RSA: &str = include_str!("../keys/rsa3072.pem");

pub(crate) fn backends() -> Vec<&'static dyn Backend> {
    vec![
        backend::ring(),
        #[cfg(feature = "aws-lc-rs")]
        backend::aws_lc(),
    ]
}

pub(crate) fn signing_key(algorithm: Algorithm) -> SigningKey {
    let (_, id, pem) = ALGORITHMS
        .into_iter()
        .find(|(known, ..)| {
            *known == algorithm
                || known.as_str() == "RS256"
                    && algorithm.as_str().contains('S')
                    && !algorithm.as_str().starts_with('E')
        })
        .unwrap();
    SigningKey::from_pem(algorithm, pem, backend::ring()).unwrap().with_key_id(id)
}

/// The issuer's published keys, without `alg`: each fits whatever its type allows.
pub(crate) fn issuer_jwks() -> Value {
    let keys: Vec<_> = ALGORITHMS
        .into_iter()
        .map(|(algorithm, ..)| {
            let mut jwk = signing_key(algorithm).public_jwk();
            jwk.as_object_mut().unwrap().remove("alg");
            jwk
        })
        .collect();
    json!({ "keys": keys })
}

pub(crate) fn key_set(jwks: &Value) -> KeySet {
    KeySet::from_jwks(jwks.to_string().as_bytes()).unwrap()
}

pub(crate) fn issuer_keys() -> &'static KeySet {
    static KEYS: LazyLock<KeySet> = LazyLock::new(|| key_set(&issuer_jwks()));
    &KEYS
}

pub(crate) fn rules() -> IdTokenRules {
    IdTokenRules::new(ISSUER, CLIENT).with_algorithms(AllowedAlgorithms::of(&[
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
    ]))
}

pub(crate) fn nonce() -> secret::Nonce {
    secret::Nonce::new("n-1")
}

pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "user-1", "aud": CLIENT, "nonce": "n-1",
        "iat": NOW.seconds() - 10, "exp": NOW.seconds() + 300,
    })
}

/// The good claims with one more, or one replaced.
pub(crate) fn claims_with(name: &str, value: Value) -> String {
    let mut claims = claims();
    claims[name] = value;
    claims.to_string()
}

pub(crate) fn claims_without(name: &str) -> String {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims.to_string()
}

/// The header that the issuer writes.
pub(crate) fn header(algorithm: Algorithm) -> String {
    let key = signing_key(algorithm);
    json!({ "alg": algorithm.as_str(), "kid": key.key_id(), "typ": "JWT" }).to_string()
}

/// Signs any header and any payload with the issuer's key for `algorithm`, whatever they say.
pub(crate) fn forge(
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
    algorithm: Algorithm,
) -> String {
    let message = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = sign_bytes(&message, algorithm);
    format!("{message}.{}", base64url::encode(signature))
}

/// A token that is good but for its payload.
pub(crate) fn with_payload(payload: impl AsRef<[u8]>) -> String {
    forge(header(Algorithm::ES256), payload, Algorithm::ES256)
}

/// A token that is good but for its header.
pub(crate) fn with_header(header: impl AsRef<[u8]>) -> String {
    forge(header, claims().to_string(), Algorithm::ES256)
}

pub(crate) fn sign_bytes(message: &str, algorithm: Algorithm) -> Vec<u8> {
    let (.., pem) = ALGORITHMS.into_iter().find(|(known, ..)| *known == algorithm).unwrap();
    sign_with(pem, message, algorithm)
}

pub(crate) fn sign_with(pem: &str, message: &str, algorithm: Algorithm) -> Vec<u8> {
    let pem: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let url = pem.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let signer = backend::ring().signer(algorithm, &base64url::decode(url).unwrap()).unwrap();
    signer.sign(message.as_bytes()).unwrap()
}

/// Verifies on every backend; they must agree.
pub(crate) fn verify_with(
    token: &str,
    keys: &KeySet,
    rules: &IdTokenRules,
    expect: &Expect<'_>,
) -> Result<IdToken, TokenFault> {
    let verify = |backend: &&'static dyn Backend| {
        UnverifiedIdToken::new(CompactToken::new(token))
            .verify(keys, rules, expect, *backend, NOW)
            .map_err(|InvalidToken { fault, .. }| fault)
    };
    let mut results: Vec<_> = backends().iter().map(verify).collect();
    let faults: Vec<_> = results.iter().map(|result| result.as_ref().err()).collect();
    assert!(faults.windows(2).all(|pair| pair[0] == pair[1]), "backends differ: {faults:?}");
    results.pop().unwrap()
}

pub(crate) fn verify_by_keys(token: &str, keys: &KeySet) -> Result<IdToken, TokenFault> {
    let nonce = nonce();
    verify_with(token, keys, &rules(), &Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce)))
}

pub(crate) fn verify(token: &str) -> Result<IdToken, TokenFault> {
    verify_by_keys(token, issuer_keys())
}

/// Asserts that `token` breaks the rule of `fault` and no other.
#[track_caller]
pub(crate) fn refused(token: &str, fault: TokenFault) {
    refused_by_keys(token, issuer_keys(), fault);
}

#[track_caller]
pub(crate) fn refused_by_keys(token: &str, keys: &KeySet, fault: TokenFault) {
    let shown: String = token.chars().take(120).collect();
    match verify_by_keys(token, keys) {
        Ok(_) => panic!("accepted: {shown}"),
        Err(found) => assert_eq!(found, fault, "{shown}"),
    }
}

#[track_caller]
pub(crate) fn accepted(token: &str) -> IdToken {
    verify(token).unwrap_or_else(|fault| panic!("refused, {fault:?}: {token}"))
}
