//! `tegata jwe`.

use serde_json::{Map, Value, json};
use tegata_core::random::{Random, RandomUnavailable};
use tegata_jose::base64url;
use tegata_jose::jwe::{ContentEncryption, Encryption, KeyManagement, Recipient, encrypt};

use crate::run::{TempFile, tegata, tegata_with_input};

const SECRET: [u8; 16] = [7; 16];

struct Nines;

impl Random for Nines {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(9);
        Ok(())
    }
}

/// A token that is encrypted by the shared secret itself.
fn direct(plaintext: &[u8]) -> String {
    let encryption = Encryption::new(KeyManagement::Direct, ContentEncryption::A128Gcm);
    let recipient = Recipient::from_secret(&SECRET);
    let token = encrypt(plaintext, &recipient, encryption, &Map::new(), &Nines).unwrap();
    token.expose().to_owned()
}

fn jwk() -> Value {
    json!({ "kty": "oct", "k": base64url::encode(SECRET), "alg": "A128GCM", "use": "enc" })
}

#[test]
fn prints_what_was_encrypted_byte_for_byte() {
    let set = TempFile::new(json!({ "keys": [{ "kty": "odd" }, jwk()] }).to_string());
    let one = TempFile::new(jwk().to_string());
    let token = direct(b"a\0b\n");
    for keys in [&set, &one] {
        let decrypt = ["jwe", "decrypt", "--jwks", keys.path()];
        assert_eq!(tegata(&[&decrypt[..], &[&token]].concat()).text(), "a\0b\n");
        let agreed = ["--alg", "dir", "--enc", "A128GCM", "-"];
        let finished = tegata_with_input(&[&decrypt[..], &agreed].concat(), token.as_bytes());
        assert_eq!(finished.text(), "a\0b\n");
    }
}

#[test]
fn what_was_not_agreed_on_is_refused() {
    let keys = TempFile::new(jwk().to_string());
    let decrypt = ["jwe", "decrypt", "--jwks", keys.path()];
    let token = direct(b"x");
    let (_, rest) = token.split_once('.').unwrap();
    let rsa = base64url::encode(r#"{"alg":"RSA1_5","enc":"A128GCM"}"#);
    for (options, token, code) in [
        (&["--alg", "A128KW"][..], token.clone(), "alg_not_allowed"),
        (&["--enc", "A256GCM"], token.clone(), "alg_not_allowed"),
        (&[], format!("{rsa}.{rest}"), "alg_not_allowed"),
        (&[], format!("{token}="), "malformed"),
        (&[], "a.b.c".to_owned(), "malformed"),
    ] {
        let finished = tegata(&[&decrypt[..], options, &[&token]].concat());
        assert!(finished.error().starts_with(&format!("error: {code}: ")), "{}", finished.stderr);
        assert_eq!(finished.stdout, "");
    }
}

#[test]
fn a_key_for_another_algorithm_or_use_does_not_decrypt() {
    for (name, value, words) in [
        ("alg", "A256GCM", "decryption_failed"),
        ("use", "sig", "none of them can decrypt"),
        ("k", "AAAAAAAAAAAAAAAAAAAAAA", "decryption_failed"),
    ] {
        let mut jwk = jwk();
        jwk[name] = value.into();
        let keys = TempFile::new(jwk.to_string());
        let finished = tegata(&["jwe", "decrypt", "--jwks", keys.path(), &direct(b"x")]);
        assert!(finished.error().contains(words), "{name}: {}", finished.stderr);
    }
}

#[test]
fn answers_each_line() {
    let keys = TempFile::new(jwk().to_string());
    let lines = [
        json!({ "id": 1, "token": direct(b"\xff\x00") }),
        json!({ "id": 2, "token": "a.b.c.d.e" }),
    ];
    let input = lines.map(|line| format!("{line}\n")).concat();
    let decrypt = ["jwe", "decrypt", "--json-lines", "--jwks", keys.path()];
    let finished = tegata_with_input(&decrypt, input.as_bytes());
    let answers = finished.json_lines();
    assert_eq!(answers[0], json!({ "id": 1, "ok": true, "plaintext": "_wA" }));
    assert_eq!((&answers[1]["id"], &answers[1]["ok"]), (&json!(2), &json!(false)));
}
