//! What compact JWE promises: what goes in comes out, and nothing else ever does.

use super::*;
use crate::algorithm::{Algorithm, AllowedAlgorithms};
use crate::backend;
use crate::id_token::{Expect, IdTokenRules, Nonce, UnverifiedIdToken};
use crate::jwks::KeySet;
use crate::sign::{SigningKey, typ};
use tegata_core::random::RandomUnavailable;
use tegata_core::time::UnixTime;

const RSA: &str = include_str!("../../tests/keys/rsa2048.pem");
const CURVES: [(Algorithm, &str); 3] = [
    (Algorithm::ES256, include_str!("../../tests/keys/p256.pem")),
    (Algorithm::ES384, include_str!("../../tests/keys/p384.pem")),
    (Algorithm::ES512, include_str!("../../tests/keys/p521.pem")),
];

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(7);
        Ok(())
    }
}

/// The key pairs that `key` can be used with.
fn pairs(key: KeyManagement, content: ContentEncryption) -> Vec<(Recipient, DecryptionKey)> {
    use KeyManagement as K;
    let pair = |algorithm, pem: &str| {
        let public = SigningKey::from_pem(algorithm, pem, backend::aws_lc()).unwrap();
        let recipient = Recipient::from_public_key(public.public_key().unwrap()).unwrap();
        (recipient, DecryptionKey::from_pem(pem).unwrap())
    };
    let shared = |length| {
        let secret = vec![5; length];
        vec![(Recipient::from_secret(&secret), DecryptionKey::from_secret(&secret))]
    };
    match key {
        K::A128Kw => shared(16),
        K::A256Kw => shared(32),
        K::Direct => shared(content.key_len()),
        K::RsaOaep | K::RsaOaep256 => vec![pair(Algorithm::RS256, RSA)],
        K::EcdhEs | K::EcdhEsA128Kw | K::EcdhEsA256Kw => {
            CURVES.into_iter().map(|(algorithm, pem)| pair(algorithm, pem)).collect()
        }
    }
}

fn all() -> impl Iterator<Item = Encryption> {
    let keys = KeyManagement::ALL.iter();
    keys.flat_map(|key| {
        ContentEncryption::ALL.iter().map(|content| Encryption::new(*key, *content))
    })
}

fn decrypt_one(
    token: &str,
    key: &DecryptionKey,
    agreed: Encryption,
) -> Result<Vec<u8>, TokenFault> {
    EncryptedToken::new(CompactToken::new(token))
        .decrypt(std::slice::from_ref(key), agreed)
        .map(|decrypted| decrypted.plaintext().to_vec())
        .map_err(|error| error.fault)
}

#[test]
fn every_pair_of_algorithms_decrypts_what_it_encrypts() {
    for agreed in all() {
        for (recipient, key) in pairs(agreed.key, agreed.content) {
            for plaintext in [&b""[..], b"sixteen bytes ..", b"The true sign of intelligence"] {
                let token = encrypt(plaintext, &recipient, agreed, &typ("JWT"), &Sevens).unwrap();
                assert_eq!(decrypt_one(token.expose(), &key, agreed).unwrap(), plaintext);
            }
        }
    }
}

#[test]
fn a_changed_byte_in_any_part_is_one_and_the_same_failure() {
    for agreed in all() {
        let (recipient, key) = pairs(agreed.key, agreed.content).remove(0);
        let token = encrypt(b"content", &recipient, agreed, &typ("JWT"), &Sevens).unwrap();
        let parts: Vec<_> = token.expose().split('.').collect();
        for index in 1..5 {
            let mut bytes = base64url::decode(parts[index]).unwrap();
            if bytes.is_empty() {
                continue;
            }
            for change in [0, bytes.len() - 1] {
                bytes[change] ^= 1;
                let changed = base64url::encode(&bytes);
                bytes[change] ^= 1;
                let mut parts = parts.clone();
                parts[index] = &changed;
                let found = decrypt_one(&parts.join("."), &key, agreed);
                assert_eq!(found, Err(TokenFault::Decryption), "{agreed:?}, part {index}");
            }
            bytes.pop();
            let shorter = base64url::encode(&bytes);
            let mut parts = parts.clone();
            parts[index] = &shorter;
            let found = decrypt_one(&parts.join("."), &key, agreed);
            assert_eq!(found, Err(TokenFault::Decryption), "{agreed:?}, part {index} shorter");
        }
        let other_header = base64url::encode(
            String::from_utf8(base64url::decode(parts[0]).unwrap()).unwrap().replace("JWT", "jwt"),
        );
        let mut parts = parts.clone();
        parts[0] = &other_header;
        assert_eq!(decrypt_one(&parts.join("."), &key, agreed), Err(TokenFault::Decryption));
    }
}

#[test]
fn only_what_was_agreed_on_is_decrypted() {
    let agreed = Encryption::new(KeyManagement::RsaOaep, ContentEncryption::A256Gcm);
    let (recipient, key) = pairs(agreed.key, agreed.content).remove(0);
    let token = encrypt(b"content", &recipient, agreed, &Map::new(), &Sevens).unwrap();
    for other in all().filter(|other| *other != agreed) {
        let found = decrypt_one(token.expose(), &key, other);
        assert_eq!(found, Err(TokenFault::AlgorithmNotAllowed), "{other:?}");
    }
    for name in ["RSA1_5", "PBES2-HS256+A128KW", "none", "A128GCMKW"] {
        assert_eq!(KeyManagement::parse(name), None);
    }
}

#[test]
fn refuses_compression_extensions_and_other_forms() {
    let agreed = Encryption::new(KeyManagement::Direct, ContentEncryption::A128Gcm);
    let (recipient, key) = pairs(agreed.key, agreed.content).remove(0);
    let with = |name: &str, value: Value| {
        let header = Map::from_iter([(name.to_owned(), value)]);
        let token = encrypt(b"content", &recipient, agreed, &header, &Sevens).unwrap();
        decrypt_one(token.expose(), &key, agreed).unwrap_err()
    };
    assert_eq!(with("zip", json!("DEF")), TokenFault::Critical);
    assert_eq!(with("crit", json!(["exp"])), TokenFault::Critical);
    assert_eq!(with("zip", json!(1)), TokenFault::Header);
    let token = encrypt(b"content", &recipient, agreed, &Map::new(), &Sevens).unwrap();
    let token = token.expose();
    let parts: Vec<_> = token.split('.').collect();
    let filled = format!("{}.AAAA.{}", parts[0], parts[2..].join("."));
    for other in [&filled, "", "a.b", &format!("{token}.AAAA"), &token.replacen('.', "", 1)] {
        assert_eq!(decrypt_one(other, &key, agreed), Err(TokenFault::Structure), "{other}");
    }
    assert_eq!(decrypt_one("a.b.c", &key, agreed), Err(TokenFault::NotEncrypted));
    assert_eq!(decrypt_one(&"A".repeat(65_537), &key, agreed), Err(TokenFault::TooLong));
}

/// CVE-2016-9121: a point of another curve, or of none, gives the private key away.
#[test]
fn an_ephemeral_key_has_to_lie_on_the_recipients_curve() {
    let agreed = Encryption::new(KeyManagement::EcdhEs, ContentEncryption::A128Gcm);
    let (_, key) = pairs(agreed.key, agreed.content).remove(0);
    let coordinate = base64url::encode([1; 32]);
    for epk in [
        json!({ "kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate }),
        json!({ "kty": "EC", "crv": "P-384", "x": coordinate, "y": coordinate }),
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        json!({ "kty": "OKP", "crv": "X25519", "x": base64url::encode([0; 32]) }),
        json!("epk"),
        json!(null),
    ] {
        let header = json!({ "alg": "ECDH-ES", "enc": "A128GCM", "epk": epk }).to_string();
        let token =
            format!("{}..{}.AAAA.{}", base64url::encode(header), "A".repeat(16), "A".repeat(22));
        assert_eq!(decrypt_one(&token, &key, agreed), Err(TokenFault::Decryption));
    }
}

#[test]
fn keys_are_chosen_by_name() {
    let agreed = Encryption::new(KeyManagement::A128Kw, ContentEncryption::A128Gcm);
    let header = Map::from_iter([("kid".to_owned(), json!("2"))]);
    let recipient = Recipient::from_secret(&[2; 16]);
    let token = encrypt(b"content", &recipient, agreed, &header, &Sevens).unwrap();
    let key = |byte, id: &str| DecryptionKey::from_secret(&[byte; 16]).with_key_id(id);
    let decrypt = |keys: &[DecryptionKey]| {
        EncryptedToken::new(token.clone()).decrypt(keys, agreed).map(drop).map_err(|e| e.fault)
    };
    assert_eq!(decrypt(&[key(1, "1"), key(2, "2")]), Ok(()));
    assert_eq!(decrypt(&[key(1, "2"), key(2, "2")]), Ok(()));
    assert_eq!(decrypt(&[key(2, "1")]), Err(TokenFault::Decryption));
    assert_eq!(decrypt(&[]), Err(TokenFault::Decryption));
    assert!(!format!("{:?} {recipient:?}", key(9, "k")).contains('9'));
}

#[test]
fn an_encrypted_id_token_is_still_to_be_verified() {
    let signing = SigningKey::from_pem(Algorithm::ES256, CURVES[0].1, backend::aws_lc()).unwrap();
    let claims =
        json!({ "iss": "https://op.example.com", "aud": "c", "sub": "u", "iat": 1, "exp": 9 });
    let signed = signing.sign(&typ("JWT"), claims.to_string().as_bytes()).unwrap();
    let agreed = Encryption::new(KeyManagement::RsaOaep256, ContentEncryption::A256CbcHs512);
    let (recipient, key) = pairs(agreed.key, agreed.content).remove(0);
    let open = |content: &str, cty: &str| {
        let header = Map::from_iter([("cty".to_owned(), json!(cty))]);
        let token = encrypt(content.as_bytes(), &recipient, agreed, &header, &Sevens).unwrap();
        let decrypted = EncryptedToken::new(token).decrypt(std::slice::from_ref(&key), agreed);
        decrypted.unwrap().signed().map(UnverifiedIdToken::new)
    };
    let rules = IdTokenRules::new("https://op.example.com", "c")
        .with_algorithms(AllowedAlgorithms::of(&[Algorithm::ES256]));
    let keys = KeySet::from_public_key(None, signing.public_key().unwrap().clone());
    let verify = |token: UnverifiedIdToken| {
        let expect = Expect::new(TokenKind::IdToken, Nonce::NotSent);
        token
            .verify(&keys, &rules, &expect, backend::aws_lc(), UnixTime::from_seconds(5))
            .map(drop)
            .map_err(|error| error.fault)
    };
    assert_eq!(verify(open(signed.expose(), "JWT").unwrap()), Ok(()));
    // CVE-2026-29000: whoever has the public key can encrypt.
    let bare = format!(
        "{}.{}.",
        base64url::encode(r#"{"alg":"none"}"#),
        base64url::encode(claims.to_string())
    );
    assert_eq!(verify(open(&bare, "JWT").unwrap()), Err(TokenFault::AlgorithmNotAllowed));
    assert_eq!(verify(open(&claims.to_string(), "JWT").unwrap()), Err(TokenFault::Structure));
    for other in ["json", "", "at+jwt"] {
        assert!(open(signed.expose(), other).is_none(), "{other}");
    }
}

#[test]
fn what_is_wrong_is_said_of_the_kind_that_it_was_taken_for() {
    let agreed = Encryption::new(KeyManagement::Direct, ContentEncryption::A128Gcm);
    let fault = |kind, token: &str| {
        let token = EncryptedToken::of_kind(kind, CompactToken::new(token));
        token.decrypt(&[], agreed).unwrap_err()
    };
    for kind in [TokenKind::FrontIdToken, TokenKind::LogoutToken, TokenKind::Jwe] {
        assert_eq!(fault(kind, "a.b.c"), InvalidToken::new(kind, TokenFault::NotEncrypted));
    }
}
