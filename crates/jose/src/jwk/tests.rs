//! Keys that are read, and keys that are refused.

use super::*;
use crate::pem::{public_key_from_pem, public_key_to_pem};
use crate::test_keys;

const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

fn key(algorithm: Algorithm) -> PublicKey {
    test_keys::signing(algorithm).public_key().unwrap().clone()
}

#[test]
fn every_key_reads_back_from_its_jwk_its_spki_and_its_pem() {
    for algorithm in ALGORITHMS {
        let key = key(algorithm);
        let jwk = key.to_jwk().to_string();
        assert_eq!(PublicKey::from_jwk(&Object::parse(jwk.as_bytes()).unwrap()), Ok(key.clone()));
        assert_eq!(PublicKey::from_spki_der(&key.to_spki_der()), Ok(key.clone()), "{algorithm}");
        assert_eq!(public_key_from_pem(&public_key_to_pem(&key)), Ok(key), "{algorithm}");
    }
}

#[test]
fn a_key_to_agree_with_is_no_key_to_sign_with() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    for (curve, read) in [("Ed25519", true), ("X25519", false), ("Ed448", false)] {
        let jwk = format!(r#"{{"kty":"OKP","crv":"{curve}","x":"{x}"}}"#);
        let key = PublicKey::from_jwk(&Object::parse(jwk.as_bytes()).unwrap());
        assert_eq!(key.err(), (!read).then_some(KeyFault::Unsupported), "{curve}");
    }
}

#[test]
fn writes_the_pem_that_openssl_writes() {
    for (algorithm, pem) in [
        (Algorithm::RS256, include_str!("../../tests/keys/rsa2048.pub")),
        (Algorithm::ES256, include_str!("../../tests/keys/p256.pub")),
        (Algorithm::EdDSA, include_str!("../../tests/keys/ed25519.pub")),
    ] {
        assert_eq!(public_key_to_pem(&key(algorithm)), pem, "{algorithm}");
    }
}

#[test]
fn refuses_to_take_a_private_key_for_a_public_one() {
    for pem in [
        test_keys::RSA,
        include_str!("../../tests/keys/rsa2048.pkcs1"),
        include_str!("../../tests/keys/p256.sec1"),
    ] {
        assert_eq!(public_key_from_pem(pem), Err(KeyFault::Secret));
    }
}

#[test]
fn spki_ends_where_it_ends() {
    let mut der = key(Algorithm::ES256).to_spki_der();
    der.push(0);
    assert_eq!(PublicKey::from_spki_der(&der), Err(KeyFault::Malformed));
    der.truncate(40);
    assert_eq!(PublicKey::from_spki_der(&der), Err(KeyFault::Malformed));
}
