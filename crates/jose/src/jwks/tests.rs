//! Key sets: tolerant of strange members, strict about which key verifies what.

use super::*;
use crate::test_keys;
use proptest::prelude::*;

const SPKI: &str = include_str!("../../tests/keys/rsa2048.pub");
const PKCS1: &str = include_str!("../../tests/keys/rsa2048.pkcs1.pub");
const X509: &str = include_str!("../../tests/keys/rsa2048.crt");

fn rsa() -> PublicKey {
    test_keys::signing(Algorithm::RS256).public_key().unwrap().clone()
}

#[test]
fn a_pem_map_holds_keys_and_certificates_by_name() {
    let document = serde_json::json!({
        "spki": SPKI,
        "pkcs1": PKCS1,
        "x509": X509,
        "crlf": SPKI.replace('\n', "\r\n"),
        "private": test_keys::RSA,
        "ec private": test_keys::P256,
        "nothing": "",
        "number": 1,
        "garbage": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    });
    let set = KeySet::from_pem_map(document.to_string().as_bytes()).unwrap();
    let mut ids: Vec<_> = set.ids().collect();
    ids.sort_unstable();
    assert_eq!(ids, ["crlf", "pkcs1", "spki", "x509"]);
    assert_eq!(set.skipped(), 5);
    for key in &set.keys {
        assert!(matches!(&key.kind, Kind::Public(key) if *key == rsa()), "{:?}", key.id);
    }
}

#[test]
fn a_document_that_is_no_object_is_no_pem_map() {
    for document in ["[]", "", r#"{"a":"","a":""}"#] {
        assert!(KeySet::from_pem_map(document.as_bytes()).is_err(), "{document}");
    }
}

#[test]
fn debug_shows_ids_and_no_secret() {
    let secret = ClientSecret::new("canary");
    assert!(!format!("{:?}", KeySet::from_client_secret(&secret)).contains("canary"));
    let set = KeySet::from_public_key(Some("1"), rsa());
    assert!(format!("{set:?}").contains("\"1\""));
}

#[test]
fn symmetric_keys_are_for_our_own_sets() {
    let document = br#"{"keys":[{"kty":"oct","kid":"1","k":"c2VjcmV0"},{"kty":"oct","k":"!"}]}"#;
    assert_eq!(KeySet::from_jwks(document).unwrap().len(), 0);
    let own = KeySet::from_own_jwks(document).unwrap();
    assert_eq!((own.len(), own.skipped()), (1, 1));
    let key = &own.keys[0];
    assert!(key.fits(Algorithm::HS256, Some("1")) && key.fits(Algorithm::HS256, None));
    assert!(!key.fits(Algorithm::HS256, Some("2")) && !key.fits(Algorithm::RS256, Some("1")));
}

#[test]
fn an_empty_set_has_no_key() {
    assert!(KeySet::empty().is_empty());
    assert!(!KeySet::from_public_key(None, rsa()).is_empty());
}

fn weak() -> serde_json::Value {
    let mut jwk: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/keys/rsa2047.jwk.json")).unwrap();
    jwk["kid"] = "1".into();
    jwk
}

#[test]
fn of_several_failures_the_most_telling_is_reported_in_whichever_order_they_come() {
    let wrong = test_keys::signing(Algorithm::RS256).public_jwk();
    let signed = Signed {
        algorithm: Algorithm::RS256,
        header: "",
        summary: Summary { algorithm: "RS256", key_id: Some("1"), typ: None },
        message: b"message",
        signature: &[1; 256],
    };
    for keys in [[&weak(), &wrong], [&wrong, &weak()]] {
        let document = serde_json::json!({ "keys": keys }).to_string();
        let set = KeySet::from_jwks(document.as_bytes()).unwrap();
        let fault = set.verify(&signed, crate::backend::ring()).unwrap_err();
        assert_eq!(fault, TokenFault::Signature);
    }
}

#[test]
fn a_key_that_cannot_be_used_fits_its_own_algorithms_alone() {
    let document = serde_json::json!({ "keys": [weak()] }).to_string();
    let weak = KeySet::from_jwks(document.as_bytes()).unwrap();
    assert!(weak.keys[0].fits(Algorithm::PS512, None));
    assert!(
        !weak.keys[0].fits(Algorithm::ES256, None) && !weak.keys[0].fits(Algorithm::HS256, None)
    );
    let secret = KeySet::from_client_secret(&ClientSecret::new("s".repeat(64)));
    assert!(secret.keys[0].fits(Algorithm::HS512, Some("any")));
    assert!(!secret.keys[0].fits(Algorithm::RS256, Some("any")));
}

#[test]
fn a_set_may_be_as_long_as_the_limit_and_no_longer() {
    let mut document = br#"{"keys":[]}"#.to_vec();
    document.resize(MAX_KEY_SET_BYTES, b' ');
    assert!(KeySet::from_jwks(&document).is_ok());
    document.push(b' ');
    assert_eq!(KeySet::from_jwks(&document).unwrap_err(), InvalidKeySet::TooLong);
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = KeySet::from_jwks(&bytes);
        let _ = KeySet::from_pem_map(&bytes);
    }

    #[test]
    fn broken_numbers_are_skipped(n in "[A-Za-z0-9_-]{0,40}", e in ".{0,5}", kty in "RSA|EC|OKP") {
        let document = serde_json::json!({ "keys": [
            { "kty": kty, "n": n, "e": e, "crv": "P-256", "x": n, "y": e }
        ] });
        let set = KeySet::from_jwks(document.to_string().as_bytes()).unwrap();
        prop_assert_eq!((set.len(), set.skipped()), (0, 1));
    }
}
