//! Algorithm and key selection.

use serde_json::{Value, json};
use tegata_core::error::{TokenFault, TokenKind};
use tegata_core::secret::ClientSecret;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::base64url;
use tegata_jose::id_token::{Expect, IdTokenRules, Nonce};
use tegata_jose::jwks::{InvalidKeySet, KeySet, MAX_KEYS};
use tegata_jose::sign::{InvalidSigningKey, SigningKey, typ};

use crate::support::*;

const HMAC: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

fn all_algorithms() -> IdTokenRules {
    let all = Algorithm::ALL.iter().copied().collect();
    IdTokenRules::new(ISSUER, CLIENT).with_algorithms(all)
}

fn verify_allowing_all(token: &str, keys: &KeySet) -> Result<(), TokenFault> {
    let nonce = nonce();
    let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    verify_with(token, keys, &all_algorithms(), &expect).map(drop)
}

fn hmac_token(algorithm: Algorithm, secret: &[u8], header: &Value) -> String {
    let message = format!(
        "{}.{}",
        base64url::encode(header.to_string()),
        base64url::encode(claims().to_string())
    );
    let mac = backend::ring().hmac(algorithm.hash(), secret, message.as_bytes());
    format!("{message}.{}", base64url::encode(mac.as_bytes()))
}

#[test]
fn accepts_what_the_issuer_signs_with_each_type_of_key() {
    for (algorithm, ..) in ALGORITHMS {
        let token = forge(header(algorithm), claims().to_string(), algorithm);
        assert_eq!(verify_allowing_all(&token, issuer_keys()), Ok(()), "{algorithm}");
    }
}

/// CVE-2015-9235, CVE-2020-26244
#[test]
fn refuses_alg_none_in_any_case_with_and_without_a_signature() {
    for name in ["none", "None", "NONE", "nOnE", "", " none", "none\0"] {
        let header = json!({ "alg": name, "kid": "p256" }).to_string();
        refused(&with_header(&header), TokenFault::AlgorithmNotAllowed);
        let bare =
            format!("{}.{}.", base64url::encode(&header), base64url::encode(claims().to_string()));
        refused(&bare, TokenFault::AlgorithmNotAllowed);
        assert_eq!(verify_allowing_all(&bare, issuer_keys()), Err(TokenFault::AlgorithmNotAllowed));
    }
}

#[test]
fn refuses_an_algorithm_whose_name_is_not_exactly_right() {
    for name in
        [json!("es256"), json!("ES256 "), json!(" ES256"), json!("ES256\n"), json!("SHA256")]
    {
        let header = json!({ "alg": name, "kid": "p256" }).to_string();
        refused(&with_header(header), TokenFault::AlgorithmNotAllowed);
    }
    for value in [json!(256), json!(["ES256"]), json!(null), json!({"ES256": 1}), json!(true)] {
        refused(&with_header(json!({ "alg": value }).to_string()), TokenFault::Header);
    }
    refused(&with_header(json!({ "kid": "p256" }).to_string()), TokenFault::Header);
}

/// CVE-2017-11424, CVE-2022-29217, CVE-2024-37568, CVE-2026-34950
#[test]
fn never_takes_a_public_key_for_an_hmac_secret() {
    let key = signing_key(Algorithm::RS256);
    let public = key.public_key().unwrap();
    let jwk = public.to_jwk();
    let pem = key.public_pem().unwrap();
    let spellings: Vec<Vec<u8>> = vec![
        pem.clone().into_bytes(),
        format!(" {pem}").into_bytes(),
        pem.trim_end().as_bytes().to_vec(),
        public.to_spki_der(),
        jwk.to_string().into_bytes(),
        jwk["n"].as_str().unwrap().as_bytes().to_vec(),
        base64url::decode(jwk["n"].as_str().unwrap()).unwrap(),
        Vec::new(),
    ];
    for algorithm in HMAC {
        for secret in &spellings {
            for kid in [Some("rsa2048"), None] {
                let header = json!({ "alg": algorithm.as_str(), "kid": kid.unwrap_or("x") });
                let token = hmac_token(algorithm, secret, &header);
                refused(&token, TokenFault::AlgorithmNotAllowed);
                let verified = verify_allowing_all(&token, issuer_keys());
                assert_eq!(verified, Err(TokenFault::KeyNotFound), "{algorithm}");
            }
        }
    }
}

#[test]
fn a_client_secret_verifies_an_hmac_and_nothing_else() {
    let secret = ClientSecret::new("s".repeat(64));
    let keys = KeySet::from_client_secret(&secret);
    for algorithm in HMAC {
        let header = json!({ "alg": algorithm.as_str(), "kid": "whatever" });
        let token = hmac_token(algorithm, secret.expose().as_bytes(), &header);
        assert_eq!(verify_allowing_all(&token, &keys), Ok(()), "{algorithm}");
        let token = hmac_token(algorithm, b"another secret", &header);
        assert_eq!(verify_allowing_all(&token, &keys), Err(TokenFault::Signature));
    }
    for (algorithm, ..) in ALGORITHMS {
        let token = forge(header(algorithm), claims().to_string(), algorithm);
        assert_eq!(verify_allowing_all(&token, &keys), Err(TokenFault::KeyNotFound));
    }
}

/// CVE-2026-45363
#[test]
fn refuses_an_hmac_by_a_secret_shorter_than_its_hash() {
    for algorithm in HMAC {
        for length in [0, 1, algorithm.hash().output_len() - 1] {
            let secret = ClientSecret::new("s".repeat(length));
            let header = json!({ "alg": algorithm.as_str() });
            let token = hmac_token(algorithm, secret.expose().as_bytes(), &header);
            let verified = verify_allowing_all(&token, &KeySet::from_client_secret(&secret));
            assert_eq!(verified, Err(TokenFault::KeyTooWeak), "{algorithm} {length}");
            let signing = SigningKey::from_client_secret(algorithm, &secret, backend::ring());
            assert_eq!(signing.unwrap_err(), InvalidSigningKey::TooShort);
        }
    }
}

/// RFC 8725 §3.1: each key with one algorithm.
#[test]
fn a_key_of_one_algorithm_verifies_no_other_of_its_family() {
    let key = signing_key(Algorithm::RS256);
    let keys = key_set(&json!({ "keys": [key.public_jwk()] }));
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let token = signing_key(algorithm).sign(&typ("JWT"), claims().to_string().as_bytes());
        let token = token.unwrap();
        assert_eq!(verify_allowing_all(token.expose(), issuer_keys()), Ok(()), "{algorithm}");
        let verified = verify_allowing_all(token.expose(), &keys);
        assert_eq!(verified, Err(TokenFault::KeyNotFound), "{algorithm}");
    }
}

#[test]
fn an_algorithm_verifies_with_a_key_of_its_own_curve_only() {
    let curves = [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA, Algorithm::RS256];
    for says in curves {
        for signs in curves.into_iter().filter(|signs| *signs != says) {
            let kid = signing_key(signs).key_id().unwrap().to_owned();
            let header = json!({ "alg": says.as_str(), "kid": kid }).to_string();
            let token = forge(header, claims().to_string(), signs);
            let verified = verify_allowing_all(&token, issuer_keys());
            assert_eq!(verified, Err(TokenFault::KeyNotFound), "{says} by {signs}");
        }
    }
}

/// CVE-2018-0114, CVE-2026-27962: a key that comes with the token is nobody's.
#[test]
fn never_takes_a_key_from_the_token() {
    let foreign = SigningKey::from_pem(Algorithm::RS256, FOREIGN_RSA, backend::ring()).unwrap();
    let members = [
        ("jwk", foreign.public_jwk()),
        ("jku", json!("https://attacker.example/jwks")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("x5c", json!([base64url::encode(foreign.public_key().unwrap().to_spki_der())])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!(1)),
    ];
    for (name, value) in members {
        for (kid, fault) in [
            (Some("attacker"), TokenFault::KeyNotFound),
            (Some("rsa2048"), TokenFault::Signature),
            (None, TokenFault::Signature),
        ] {
            let mut header = json!({ "alg": "RS256", name: value });
            if let Some(kid) = kid {
                header["kid"] = json!(kid);
            }
            let message = format!(
                "{}.{}",
                base64url::encode(header.to_string()),
                base64url::encode(claims().to_string())
            );
            let signature = sign_with(FOREIGN_RSA, &message, Algorithm::RS256);
            refused(&format!("{message}.{}", base64url::encode(signature)), fault);
        }
    }
}

#[test]
fn a_good_token_may_carry_key_members_that_nobody_reads() {
    let header = json!({ "alg": "ES256", "kid": "p256", "jku": 5, "jwk": {"kty": "oct"} });
    accepted(&with_header(header.to_string()));
}

#[test]
fn a_key_id_is_compared_and_nothing_else() {
    for kid in [
        "../../../../dev/null",
        "p256' OR '1'='1",
        "p256\0",
        "P256",
        " p256",
        "*",
        "https://attacker.example/key",
        "",
    ] {
        let header = json!({ "alg": "ES256", "kid": kid }).to_string();
        refused(&with_header(header), TokenFault::KeyNotFound);
    }
    for kid in [json!(1), json!(null), json!(["p256"]), json!({}), json!(true)] {
        let header = json!({ "alg": "ES256", "kid": kid }).to_string();
        refused(&with_header(header), TokenFault::Header);
    }
    let header = json!({ "alg": "ES256", "kid": "k".repeat(1025) }).to_string();
    refused(&with_header(header), TokenFault::TooLong);
}

#[test]
fn a_key_without_kid_is_none_that_a_token_names() {
    let mut jwk = signing_key(Algorithm::ES256).public_jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    let keys = key_set(&json!({ "keys": [jwk] }));
    let token = with_payload(claims().to_string());
    refused_by_keys(&token, &keys, TokenFault::KeyNotFound);
}

/// Core §10.1: without `kid`, exactly one key may fit.
#[test]
fn a_token_without_kid_needs_exactly_one_key_that_fits() {
    let token = forge(r#"{"alg":"ES256"}"#, claims().to_string(), Algorithm::ES256);
    accepted(&token);
    let jwk = signing_key(Algorithm::ES256).public_jwk();
    let mut other = jwk.clone();
    other["kid"] = json!("other");
    let keys = key_set(&json!({ "keys": [jwk, other] }));
    refused_by_keys(&token, &keys, TokenFault::KeyAmbiguous);
}

#[test]
fn keys_of_one_kid_are_tried_up_to_a_limit() {
    let right = signing_key(Algorithm::RS256).public_jwk();
    let mut wrong =
        SigningKey::from_pem(Algorithm::RS256, FOREIGN_RSA, backend::ring()).unwrap().public_jwk();
    wrong["kid"] = right["kid"].clone();
    let token = forge(header(Algorithm::RS256), claims().to_string(), Algorithm::RS256);
    let set = |wrongs: usize| {
        let mut keys = vec![wrong.clone(); wrongs];
        keys.push(right.clone());
        key_set(&json!({ "keys": keys }))
    };
    assert!(verify_by_keys(&token, &set(3)).is_ok());
    refused_by_keys(&token, &set(4), TokenFault::Signature);
}

#[test]
fn a_key_for_something_else_does_not_verify() {
    let token = with_payload(claims().to_string());
    for (name, value) in [
        ("use", json!("enc")),
        ("use", json!("SIG")),
        ("use", json!(1)),
        ("key_ops", json!(["encrypt", "wrapKey"])),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!([])),
        ("key_ops", json!("verify")),
        ("alg", json!("ECDH-ES")),
        ("alg", json!("none")),
        ("alg", json!("ES384")),
        ("kty", json!("oct")),
        ("crv", json!("P-384")),
        ("kid", json!(1)),
    ] {
        let mut jwk = signing_key(Algorithm::ES256).public_jwk();
        jwk[name] = value.clone();
        let keys = key_set(&json!({ "keys": [jwk] }));
        let found = verify_by_keys(&token, &keys).map(drop);
        assert_eq!(found, Err(TokenFault::KeyNotFound), "{name}: {value}");
    }
    let mut jwk = signing_key(Algorithm::ES256).public_jwk();
    jwk["key_ops"] = json!(["verify"]);
    assert!(verify_by_keys(&token, &key_set(&json!({ "keys": [jwk] }))).is_ok());
}

/// A published secret is everybody's.
#[test]
fn a_published_secret_is_never_a_key() {
    let secret = [7; 64];
    let keys = key_set(&json!({ "keys": [
        { "kty": "oct", "kid": "1", "k": base64url::encode(secret) },
        { "kty": "oct", "kid": "2", "alg": "HS256", "use": "sig", "k": base64url::encode(secret) },
    ] }));
    assert_eq!((keys.len(), keys.skipped()), (0, 2));
    for kid in ["1", "2"] {
        let token = hmac_token(Algorithm::HS256, &secret, &json!({ "alg": "HS256", "kid": kid }));
        assert_eq!(verify_allowing_all(&token, &keys), Err(TokenFault::KeyNotFound));
    }
}

#[test]
fn broken_members_do_not_spoil_a_set() {
    let mut jwks = issuer_jwks();
    let keys = jwks["keys"].as_array_mut().unwrap();
    let good = keys.len();
    for broken in [
        json!(null),
        json!("key"),
        json!({}),
        json!({ "kty": "RSA" }),
        json!({ "kty": "RSA", "n": "!!", "e": "AQAB" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA" }),
        json!({ "kty": "OKP", "crv": "Ed448", "x": "AA" }),
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        json!({ "kty": 1 }),
    ] {
        keys.insert(0, broken);
    }
    let set = key_set(&jwks);
    assert_eq!((set.len(), set.skipped()), (good, 9));
    assert!(verify_by_keys(&with_payload(claims().to_string()), &set).is_ok());
}

#[test]
fn limits_the_size_of_a_set() {
    let jwk = signing_key(Algorithm::ES256).public_jwk();
    let set = |count| json!({ "keys": vec![jwk.clone(); count] }).to_string();
    assert!(KeySet::from_jwks(set(MAX_KEYS).as_bytes()).is_ok());
    assert_eq!(
        KeySet::from_jwks(set(MAX_KEYS + 1).as_bytes()).unwrap_err(),
        InvalidKeySet::TooManyKeys
    );
    let long = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(256 * 1024));
    assert_eq!(KeySet::from_jwks(long.as_bytes()).unwrap_err(), InvalidKeySet::TooLong);
    for none in ["[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, ""] {
        assert!(
            matches!(KeySet::from_jwks(none.as_bytes()), Err(InvalidKeySet::Json(_))),
            "{none}"
        );
    }
}

/// ring itself accepts 2041 to 2047 bits.
#[test]
fn refuses_rsa_keys_under_2048_bits() {
    let pem = include_str!("../keys/rsa2047.pem");
    assert!(SigningKey::from_pem(Algorithm::RS256, pem, backend::ring()).is_err());
    let public = include_str!("../keys/rsa2047.jwk.json");
    let keys = key_set(&json!({ "keys": [serde_json::from_str::<Value>(public).unwrap()] }));
    assert_eq!((keys.len(), keys.skipped()), (0, 1));
    refused_by_keys(include_str!("../keys/rsa2047.jws").trim(), &keys, TokenFault::KeyTooWeak);
}

#[test]
fn refuses_rsa_exponents_that_make_a_key_weak() {
    for exponent in ["AQ", "Ag", "AA", "AQAA"] {
        let mut jwk = signing_key(Algorithm::RS256).public_jwk();
        jwk["e"] = json!(exponent);
        let token = forge(header(Algorithm::RS256), claims().to_string(), Algorithm::RS256);
        let keys = key_set(&json!({ "keys": [jwk] }));
        refused_by_keys(&token, &keys, TokenFault::KeyTooWeak);
    }
}

#[test]
fn leading_zeros_of_rsa_numbers_do_no_harm() {
    let mut jwk = signing_key(Algorithm::RS256).public_jwk();
    let n = base64url::decode(jwk["n"].as_str().unwrap()).unwrap();
    jwk["n"] = json!(base64url::encode([&[0, 0][..], &n].concat()));
    jwk["e"] = json!("AAEAAQ");
    let token = forge(header(Algorithm::RS256), claims().to_string(), Algorithm::RS256);
    assert!(verify_by_keys(&token, &key_set(&json!({ "keys": [jwk] }))).is_ok());
}

#[test]
fn a_point_off_its_curve_verifies_nothing() {
    let mut jwk = signing_key(Algorithm::ES256).public_jwk();
    let zero = base64url::encode([0; 32]);
    for (x, y) in [(&zero, &zero), (&base64url::encode([1; 32]), &zero)] {
        jwk["x"] = json!(x);
        jwk["y"] = json!(y);
        let keys = key_set(&json!({ "keys": [jwk] }));
        let token = with_payload(claims().to_string());
        refused_by_keys(&token, &keys, TokenFault::Signature);
    }
}

/// With a key of small order, the all-zero scalar signs every message.
#[test]
fn refuses_ed25519_keys_of_small_order() {
    let low = |hex: &str| -> Vec<u8> {
        (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    let points = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for point in points {
        for sign in [0, 0x80] {
            let mut point = low(point);
            point[31] |= sign;
            let keys = key_set(&json!({ "keys": [
                { "kty": "OKP", "crv": "Ed25519", "kid": "low", "x": base64url::encode(&point) }
            ] }));
            assert_eq!((keys.len(), keys.skipped()), (0, 1), "{point:02x?}");
            let header = r#"{"alg":"EdDSA","kid":"low"}"#;
            let message = format!(
                "{}.{}",
                base64url::encode(header),
                base64url::encode(claims().to_string())
            );
            let mut signature = low(points[1]);
            signature.extend([0; 32]);
            let token = format!("{message}.{}", base64url::encode(signature));
            assert!(verify_by_keys(&token, &keys).is_err());
        }
    }
}

/// CVE-2026-28498 is the cousin: what cannot be done must not pass.
#[test]
fn an_algorithm_that_no_key_or_backend_knows_is_refused_by_name() {
    let rules = all_algorithms();
    assert!(rules.algorithms().contains(Algorithm::ES512));
    let header = json!({ "alg": "ES512", "kid": "p256" }).to_string();
    let token = forge(header, claims().to_string(), Algorithm::ES256);
    let nonce = nonce();
    let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    let error = tegata_jose::id_token::UnverifiedIdToken::new(
        tegata_core::secret::CompactToken::new(token),
    )
    .verify(issuer_keys(), &rules, &expect, backend::ring(), NOW)
    .unwrap_err();
    assert_eq!(error.fault, TokenFault::AlgorithmUnsupported);
    assert!(error.to_string().contains("ES512 on ring"), "{error}");
    assert_eq!(AllowedAlgorithms::of(&[]).iter().count(), 0);
}
