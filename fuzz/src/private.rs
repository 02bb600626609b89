//! What a private key is needed for: encrypted tokens, keys in the forms they come in, the key file
//! of a service account.

use std::sync::LazyLock;

use serde_json::{Map, Value};
use tegata_core::scope::Scope;
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::base64url;
use tegata_jose::jwe::{
    ContentEncryption, DecryptionKey, EncryptedToken, Encryption, KeyManagement, Recipient, encrypt,
};
use tegata_jose::jwks::KeySet;
use tegata_jose::jws::UnverifiedJws;
use tegata_jose::sign::{SigningKey, typ};
use tegata_providers::google::ServiceAccount;

use crate::input::{Input, Ones, assert_hidden};

const RSA: &str = include_str!("../../crates/jose/tests/keys/rsa2048.pem");
const P256: &str = include_str!("../../crates/jose/tests/keys/p256.pem");

/// Keys of every kind, each with the key that encrypts for it.
static PAIRS: LazyLock<Vec<(Recipient, DecryptionKey)>> = LazyLock::new(|| {
    let pem = |algorithm, pem: &str| {
        let public = SigningKey::from_pem(algorithm, pem, backend::aws_lc()).expect("a key");
        let recipient = Recipient::from_public_key(public.public_key().expect("a public key"));
        (recipient.expect("a recipient"), DecryptionKey::from_pem(pem).expect("a key"))
    };
    let mut pairs = vec![pem(Algorithm::RS256, RSA), pem(Algorithm::ES256, P256)];
    pairs.extend([16, 24, 32, 48, 64].map(|length| {
        let secret = vec![5; length];
        (Recipient::from_secret(&secret), DecryptionKey::from_secret(&secret))
    }));
    pairs
});

/// A byte each for `alg`, `enc` and what to do. Two lines are a header and what to encrypt: it comes
/// out again, and with one character changed nothing does. One line is a token from a stranger: only
/// what was agreed on is decrypted.
pub fn jwe(data: &[u8]) {
    let mut input = Input::new(data);
    let key = *input.choose(KeyManagement::ALL);
    let agreed = Encryption::new(key, *input.choose(ContentEncryption::ALL));
    let place = usize::from(input.byte());
    let (first, rest) = (input.line(), input.rest());
    let keys: Vec<_> = PAIRS.iter().map(|(_, key)| key.clone()).collect();
    let decrypt =
        |token: &str| EncryptedToken::new(CompactToken::new(token)).decrypt(&keys, agreed);
    if !rest.is_empty() {
        let Ok(header) = serde_json::from_slice::<Map<String, Value>>(first) else { return };
        for (recipient, _) in PAIRS.iter() {
            let Ok(token) = encrypt(rest, recipient, agreed, &header, &Ones) else { continue };
            let token = token.expose();
            match decrypt(token) {
                Ok(decrypted) => {
                    assert_eq!(decrypted.plaintext(), rest);
                    assert!(!header.contains_key("zip") && !header.contains_key("crit"));
                    let cty = header.get("cty").and_then(Value::as_str);
                    assert_eq!(decrypted.content_type(), cty);
                }
                Err(fault) => assert!(!is_plain(&header), "{fault}"),
            }
            let changed = change(token, place);
            assert!(changed == token || decrypt(&changed).is_err(), "a changed token: {changed}");
        }
        return;
    }
    let Ok(token) = std::str::from_utf8(first) else { return };
    let Ok(decrypted) = decrypt(token) else { return };
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 5);
    let header = base64url::decode(parts[0]).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    assert_eq!(
        (header["alg"].as_str(), header["enc"].as_str()),
        (Some(agreed.key.as_str()), Some(agreed.content.as_str()))
    );
    assert!(decrypted.plaintext().len() <= token.len(), "more comes out than went in");
}

/// Nothing in a header that a reader may stumble over.
fn is_plain(header: &Map<String, Value>) -> bool {
    header.iter().all(|(name, value)| {
        matches!(name.as_str(), "cty" | "kid" | "typ")
            && value.as_str().is_some_and(|text| text.len() < 100)
    })
}

/// Another character at a place that the fuzzer chooses.
fn change(token: &str, place: usize) -> String {
    let place = place * 7 % token.len();
    let other = if token.as_bytes()[place] == b'A' { "B" } else { "A" };
    [&token[..place], other, &token[place + 1..]].concat()
}

/// What a key signs is verified by its public half, and by no other.
pub fn private_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::HS256, Algorithm::RS256] {
        let keys = [
            SigningKey::from_pem(algorithm, text, backend::ring()),
            SigningKey::from_jwk(algorithm, data, backend::ring()),
        ];
        for key in keys.into_iter().flatten() {
            // An RSA key with one wrong number is noticed when it signs.
            let Ok(token) = key.sign(&typ("JWT"), b"{}") else { continue };
            let published = serde_json::json!({ "keys": [key.public_jwk()] }).to_string();
            let Ok(known) = KeySet::from_jwks(published.as_bytes()) else { continue };
            let verified = UnverifiedJws::new(token).verify(
                &known,
                AllowedAlgorithms::of(&[algorithm]),
                backend::ring(),
            );
            // A secret is not published, and a key may be too weak to be believed.
            assert_eq!(verified.is_ok(), known.len() == 1, "{algorithm:?}");
        }
    }
    let keys = [DecryptionKey::from_pem(text), DecryptionKey::from_jwk(data)];
    drop(format!("{keys:?}"));
}

/// The key file becomes an account that signs, or an error that hides the key.
pub fn service_account(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = ServiceAccount::parse(text, backend::ring());
    let shown = format!("{read:?}");
    if let Ok(object) = serde_json::from_str::<Value>(text)
        && let Some(key) = object["private_key"].as_str()
    {
        assert_hidden(&shown, key, data);
        let in_key = |line: &&str| line.len() > 40 && text.matches(*line).count() == 1;
        assert!(!key.lines().filter(in_key).any(|line| shown.contains(line)), "{shown}");
    }
    let Ok(account) = read else { return };
    let now = UnixTime::from_seconds(1_700_000_000);
    match account.self_signed("https://api.example.com/", now) {
        Ok(assertion) => assert_eq!(assertion.expose().split('.').count(), 3),
        Err(error) => drop(error.to_string()),
    }
    let scope = Scope::parse("a b").expect("a scope");
    assert!(account.access_token(&scope).is_ok());
}
