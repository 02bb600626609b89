//! Signature encodings, base64url, JSON: one text for each token, one meaning for each text.

use serde_json::json;
use tegata_core::error::TokenFault;
use tegata_jose::algorithm::Algorithm;
use tegata_jose::base64url;

use crate::support::*;

/// The order of P-256.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order of Ed25519's group, little-endian.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Makes another signature of a good one and the modulus.
type ChangeRsa = fn(Vec<u8>, &[u8]) -> Vec<u8>;

/// Makes another text of a part.
type Respell = fn(&str) -> String;

fn good(algorithm: Algorithm) -> String {
    forge(header(algorithm), claims().to_string(), algorithm)
}

fn with_signature(algorithm: Algorithm, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    let token = good(algorithm);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = change(base64url::decode(signature).unwrap());
    format!("{message}.{}", base64url::encode(signature))
}

fn subtract(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let digits = left.iter().zip(right).rev().map(|(left, right)| {
        let digit = i16::from(*left) - i16::from(*right) - borrow;
        borrow = i16::from(digit < 0);
        u8::try_from(digit.rem_euclid(256)).unwrap()
    });
    let mut digits: Vec<_> = digits.collect();
    digits.reverse();
    digits
}

fn add(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let digits = left.iter().zip(right).rev().map(|(left, right)| {
        let digit = u16::from(*left) + u16::from(*right) + carry;
        carry = digit >> 8;
        u8::try_from(digit & 0xff).unwrap()
    });
    let mut digits: Vec<_> = digits.collect();
    if carry > 0 {
        digits.push(1);
    }
    digits.reverse();
    digits
}

/// CVE-2022-21449
#[test]
fn refuses_ecdsa_numbers_that_are_zero_or_out_of_range() {
    let zero = [0; 32];
    for (r, s) in [
        (zero, zero),
        (P256_ORDER, P256_ORDER),
        (zero, P256_ORDER),
        (P256_ORDER, zero),
        ([0xff; 32], [0xff; 32]),
    ] {
        let token = with_signature(Algorithm::ES256, |_| [r, s].concat());
        refused(&token, TokenFault::Signature);
    }
    for half in [0..32, 32..64] {
        let token = with_signature(Algorithm::ES256, |mut signature| {
            signature[half].fill(0);
            signature
        });
        refused(&token, TokenFault::Signature);
    }
}

#[test]
fn an_ecdsa_signature_is_two_numbers_of_the_fields_length() {
    let der = with_signature(Algorithm::ES256, |signature| {
        let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
        let body = [integer(&signature[..32]), integer(&signature[32..])].concat();
        [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
    });
    refused(&der, TokenFault::Signature);
    for length in [1, 32, 63, 65, 96, 128] {
        let token = with_signature(Algorithm::ES256, |mut signature| {
            signature.resize(length, 0);
            signature
        });
        refused(&token, TokenFault::Signature);
    }
    let padded = with_signature(Algorithm::ES256, |signature| {
        [&[0][..], &signature[..32], &[0], &signature[32..]].concat()
    });
    refused(&padded, TokenFault::Signature);
}

/// JOSE has no low-S rule: both signatures are good.
#[test]
fn accepts_an_ecdsa_signature_with_a_high_s() {
    accepted(&with_signature(Algorithm::ES256, |signature| {
        [&signature[..32], &subtract(&P256_ORDER, &signature[32..])].concat()
    }));
}

#[test]
fn refuses_an_ed25519_signature_whose_scalar_is_not_canonical() {
    let token = with_signature(Algorithm::EdDSA, |signature| {
        let (point, scalar) = signature.split_at(32);
        let reversed = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<_>>();
        let sum = add(&reversed(scalar), &reversed(&ED25519_ORDER));
        [point, &reversed(&sum)].concat()
    });
    refused(&token, TokenFault::Signature);
    for length in [0, 32, 63, 65] {
        let token = with_signature(Algorithm::EdDSA, |mut signature| {
            signature.resize(length, 0);
            signature
        });
        let fault = if length == 0 { TokenFault::Structure } else { TokenFault::Signature };
        refused(&token, fault);
    }
}

#[test]
fn an_rsa_signature_is_as_long_as_the_modulus() {
    let key = signing_key(Algorithm::RS256);
    let jwk = key.public_jwk();
    let modulus = base64url::decode(jwk["n"].as_str().unwrap()).unwrap();
    let changes: [ChangeRsa; 6] = [
        |signature, _| [&[0][..], &signature].concat(),
        |signature, _| [&signature[..], &[0]].concat(),
        |signature, _| signature[1..].to_vec(),
        |signature, _| signature[..255].to_vec(),
        |signature, modulus| add(&signature, modulus),
        |_, _| vec![0; 256],
    ];
    for change in changes {
        let token = with_signature(Algorithm::RS256, |signature| change(signature, &modulus));
        refused(&token, TokenFault::Signature);
    }
    let long = with_signature(Algorithm::RS256, |_| vec![1; 1025]);
    refused(&long, TokenFault::Structure);
}

/// Made by OpenSSL: what RS256 and PS256 must not mean.
#[test]
fn refuses_rsa_signatures_with_another_hash_or_salt() {
    for (name, token) in [
        ("SHA-1", include_str!("../keys/rs256_sha1.jws")),
        ("salt of 0 bytes", include_str!("../keys/ps256_salt0.jws")),
        ("salt of 20 bytes", include_str!("../keys/ps256_salt20.jws")),
        ("salt as long as fits", include_str!("../keys/ps256_saltmax.jws")),
    ] {
        let found = verify_rsa(token.trim());
        assert_eq!(found, Err(TokenFault::Signature), "{name}");
    }
    assert_eq!(verify_rsa(include_str!("../keys/ps256_salt32.jws").trim()), Ok(()));
}

fn verify_rsa(token: &str) -> Result<(), TokenFault> {
    use tegata_core::error::TokenKind;
    use tegata_jose::algorithm::AllowedAlgorithms;
    use tegata_jose::id_token::{Expect, Nonce};
    let nonce = nonce();
    let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    let rules =
        rules().with_algorithms(AllowedAlgorithms::of(&[Algorithm::RS256, Algorithm::PS256]));
    verify_with(token, issuer_keys(), &rules, &expect).map(drop)
}

#[test]
fn a_changed_bit_anywhere_refuses_the_token() {
    let token = good(Algorithm::ES256);
    for index in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(changed == token || verify(&changed).is_err(), "byte {index}");
    }
}

#[test]
fn refuses_other_spellings_of_the_same_bytes() {
    let token = good(Algorithm::ES256);
    let parts: Vec<_> = token.split('.').collect();
    let respell: [(&str, Respell); 9] = [
        ("padding", |part| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4))),
        ("more padding", |part| format!("{part}====")),
        ("a line end behind", |part| format!("{part}\n")),
        ("a space before", |part| format!(" {part}")),
        ("a space within", |part| format!("{} {}", &part[..4], &part[4..])),
        ("a line end within", |part| format!("{}\r\n{}", &part[..4], &part[4..])),
        ("a NUL", |part| format!("{part}\0")),
        ("percent", |part| format!("%{:02X}{}", part.as_bytes()[0], &part[1..])),
        ("a letter too many", |part| {
            if part.len() % 4 == 0 { format!("{part}A") } else { format!("{part}%") }
        }),
    ];
    for (name, respell) in respell {
        for index in 0..3 {
            let mut parts: Vec<_> = parts.iter().map(|part| (*part).to_owned()).collect();
            let changed = respell(&parts[index]);
            if changed != parts[index] {
                parts[index] = changed;
                let found = verify(&parts.join(".")).map(drop);
                assert_eq!(found, Err(TokenFault::Structure), "{name} in part {index}");
            }
        }
    }
}

#[test]
fn refuses_bits_at_the_end_that_nothing_reads() {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut seen = [false; 3];
    for padding in ["", "x", "xx"] {
        let header = json!({ "alg": "ES256", "kid": "p256", "x": padding }).to_string();
        let token = forge(&header, claims_with("x", json!(padding)), Algorithm::ES256);
        let parts: Vec<_> = token.split('.').collect();
        for index in 0..3 {
            if parts[index].len() % 4 == 0 {
                continue;
            }
            let (start, last) = parts[index].split_at(parts[index].len() - 1);
            let place = ALPHABET.iter().position(|c| *c == last.as_bytes()[0]).unwrap();
            let mut changed = parts.clone();
            let respelt = format!("{start}{}", char::from(ALPHABET[place | 1]));
            assert_ne!(respelt, parts[index]);
            changed[index] = &respelt;
            refused(&changed.join("."), TokenFault::Structure);
            seen[index] = true;
        }
    }
    assert_eq!(seen, [true; 3]);
}

#[test]
fn refuses_the_other_alphabet_of_base64() {
    // Bytes that are written with `-` and `_`.
    let payload = claims_with("x", json!("~~~???~~~???"));
    let token = with_payload(payload);
    assert!(token.contains(['-', '_']));
    accepted(&token);
    refused(&token.replace('-', "+").replace('_', "/"), TokenFault::Structure);
}

#[test]
fn a_signed_token_has_three_parts() {
    let token = good(Algorithm::ES256);
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    for text in [
        String::new(),
        ".".to_owned(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{header}..{payload}.{signature}"),
        format!("{token}.{signature}.{signature}.{signature}"),
        format!("{header}.{payload}."),
        ".".repeat(60_000),
    ] {
        let found = verify(&text).map(drop);
        assert_eq!(found, Err(TokenFault::Structure), "{}", &text[..text.len().min(60)]);
    }
    refused("..", TokenFault::Header);
    refused(&format!(".{payload}.{signature}"), TokenFault::Header);
    refused(&format!("{header}..{signature}"), TokenFault::Claims);
    // CVE-2023-51774, CVE-2026-29000: encrypted is not signed.
    refused(&format!("{token}.{payload}.{signature}"), TokenFault::Encrypted);
    let jwe = base64url::encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    refused(&format!("{jwe}.AA.AA.AA.AA"), TokenFault::Encrypted);
    refused(&format!("{jwe}..AA.AA.AA"), TokenFault::Encrypted);
}

/// CVE-2022-39227: one text, read by two parsers.
#[test]
fn refuses_the_json_serialization() {
    let token = good(Algorithm::ES256);
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let flat =
        json!({ "protected": header, "payload": payload, "signature": signature }).to_string();
    refused(&flat, TokenFault::Structure);
    let polyglot = format!(r#"{{"{header}.{payload}.{signature}":1,"protected":"{header}"}}"#);
    refused(&polyglot, TokenFault::Structure);
}

/// CVE-2025-59420, CVE-2026-32597, RFC 7797 §7
#[test]
fn refuses_any_critical_extension() {
    for member in [
        r#""crit":["exp"]"#,
        r#""crit":["b64"],"b64":true"#,
        r#""crit":["b64"],"b64":false"#,
        r#""crit":[]"#,
        r#""crit":null"#,
        r#""crit":"exp""#,
        r#""crit":["alg"]"#,
        r#""crit":{}"#,
        r#""b64":true"#,
        r#""b64":false"#,
        r#""b64":null"#,
        r#""\u0062\u00364":false"#,
    ] {
        let header = format!(r#"{{"alg":"ES256","kid":"p256",{member}}}"#);
        refused(&with_header(header), TokenFault::Critical);
    }
}

#[test]
fn refuses_a_name_that_stands_there_twice() {
    for member in [
        r#""alg":"ES256""#,
        r#""alg":"none""#,
        r#""kid":"p256""#,
        r#""typ":"JWT""#,
        r#""\u0061lg":"ES256""#,
        r#""x":1,"x":1"#,
        r#""x":{"y":1,"y":2}"#,
    ] {
        let header = format!(r#"{{"alg":"ES256","kid":"p256","typ":"JWT",{member}}}"#);
        refused(&with_header(header), TokenFault::Header);
    }
    for name in ["iss", "aud", "sub", "nonce", "exp", "iat", r"\u0069ss", r"s\u0075b"] {
        let good = claims().to_string();
        let doubled = format!(r#"{},"{name}":"x"}}"#, good.trim_end_matches('}'));
        refused(&with_payload(doubled), TokenFault::Claims);
    }
    for member in [r#""x":1,"x":1"#, r#""x":[{"y":1,"y":1}]"#] {
        let good = claims().to_string();
        let doubled = format!("{},{member}}}", good.trim_end_matches('}'));
        refused(&with_payload(doubled), TokenFault::Claims);
    }
}

#[test]
fn refuses_what_is_no_single_json_object_in_utf8() {
    let good_header = header(Algorithm::ES256);
    let good_claims = claims().to_string();
    let spoil = |good: &str| -> Vec<Vec<u8>> {
        let open = good.trim_end_matches('}');
        vec![
            b"".to_vec(),
            b"null".to_vec(),
            b"\"text\"".to_vec(),
            b"1".to_vec(),
            format!("[{good}]").into_bytes(),
            format!("{good}{good}").into_bytes(),
            format!("{good}x").into_bytes(),
            format!("{good}\0").into_bytes(),
            format!("\u{feff}{good}").into_bytes(),
            good.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            format!("{open},}}").into_bytes(),
            format!("{open},\"x\":NaN}}").into_bytes(),
            format!("{open},\"x\":1e999}}").into_bytes(),
            format!("{open},\"x\":01}}").into_bytes(),
            format!("{open},\"x\":'y'}}").into_bytes(),
            format!("{open},/**/\"x\":1}}").into_bytes(),
            format!("{open},\"x\":\"\\ud800\"}}").into_bytes(),
            format!("{open},\"x\":\"\u{1}\"}}").into_bytes(),
            [open.as_bytes(), b",\"x\":\"\xff\"}"].concat(),
            [open.as_bytes(), b",\"x\":\"\xc0\xaf\"}"].concat(),
            [open.as_bytes(), b",\"x\":\"\xed\xa0\x80\"}"].concat(),
            [open.as_bytes(), b",\"\xff\":1}"].concat(),
        ]
    };
    for header in spoil(&good_header) {
        refused(&with_header(header), TokenFault::Header);
    }
    for payload in spoil(&good_claims) {
        refused(&with_payload(payload), TokenFault::Claims);
    }
    accepted(&with_payload(format!(" {good_claims}\n")));
}

/// CVE-2025-30204, CVE-2025-27144
#[test]
fn limits_sizes_and_depths() {
    let long = format!("{}.{}.AA", base64url::encode(header(Algorithm::ES256)), "A".repeat(65_536));
    refused(&long, TokenFault::TooLong);
    let header = json!({ "alg": "ES256", "kid": "p256", "x": "x".repeat(7_000) }).to_string();
    refused(&with_header(header), TokenFault::TooLong);
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}0{}", open.repeat(17), close.repeat(17));
        let header = format!(r#"{{"alg":"ES256","kid":"p256","x":{deep}}}"#);
        refused(&with_header(header), TokenFault::Header);
        let good = claims().to_string();
        let payload = format!(r#"{},"x":{deep}}}"#, good.trim_end_matches('}'));
        refused(&with_payload(payload), TokenFault::Claims);
    }
    let deepest = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    refused(&with_payload(format!(r#"{{"x":{deepest}}}"#)), TokenFault::Claims);
}
