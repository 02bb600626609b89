//! `tegata jws`.

use serde_json::json;

use crate::run::{TempFile, tegata, tegata_with_input};
use crate::tokens::{jwks, sign};

#[test]
fn prints_what_was_signed_byte_for_byte() {
    let keys = TempFile::new(jwks());
    let verify = ["jws", "verify", "--alg", "EdDSA,RS256", "--jwks", keys.path()];
    for payload in ["Example of Ed25519 signing", "", "a\0b\n\n"] {
        let token = sign(payload);
        let finished = tegata(&[&verify[..], &[&token]].concat());
        assert_eq!(finished.text(), payload);
        let finished = tegata_with_input(&[&verify[..], &["-"]].concat(), token.as_bytes());
        assert_eq!(finished.text(), payload);
    }
}

#[test]
fn verifies_the_example_of_rfc_8037() {
    // Appendix A.4; its header names no key.
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                 hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let keys = TempFile::new(jwks());
    let finished = tegata(&["jws", "verify", "--alg", "EdDSA", "--jwks", keys.path(), token]);
    assert_eq!(finished.text(), "Example of Ed25519 signing");
}

#[test]
fn a_signature_that_does_not_hold_is_an_error_and_nothing_is_printed() {
    let keys = TempFile::new(jwks());
    let verify = ["jws", "verify", "--jwks", keys.path(), "--alg"];
    let token = sign("payload");
    let other = sign("another payload");
    let (head, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    for (algorithm, token, code) in [
        ("EdDSA", format!("{head}.{signature}"), "signature_invalid"),
        ("ES256", token.clone(), "alg_not_allowed"),
        ("EdDSA", format!("{token}="), "malformed"),
    ] {
        let finished = tegata(&[&verify[..], &[algorithm, &token]].concat());
        assert!(finished.error().starts_with(&format!("error: {code}: ")), "{}", finished.stderr);
        assert_eq!(finished.stdout, "");
    }
    let finished = tegata(&["jws", "verify", "--jwks", keys.path(), &token]);
    assert_eq!(finished.status, 2, "the algorithm comes from the caller");
}

#[test]
fn answers_each_line() {
    let keys = TempFile::new(jwks());
    let token = sign([0xff, 0x00]);
    let lines = [
        json!({ "id": 1, "token": token, "alg": "EdDSA" }),
        json!({ "id": 2, "token": token }),
        json!({ "id": 3, "token": format!("{token}="), "alg": "EdDSA" }),
    ];
    let input = lines.map(|line| format!("{line}\n")).concat();
    let verify = ["jws", "verify", "--json-lines", "--jwks", keys.path()];
    let finished = tegata_with_input(&verify, input.as_bytes());
    assert_eq!(
        finished.stdout,
        "{\"id\":1,\"ok\":true}\n\
         {\"id\":2,\"ok\":false,\"code\":\"alg_not_allowed\"}\n\
         {\"id\":3,\"ok\":false,\"code\":\"malformed\"}\n"
    );
    assert_eq!(finished.status, 1);
}

#[test]
fn a_symmetric_key_of_a_file_verifies_what_its_owner_made() {
    // RFC 7515 Appendix A.1.
    let key = json!({
        "kty": "oct",
        "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    });
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                 eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                 dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let keys = TempFile::new(json!({ "keys": [key] }).to_string());
    let finished = tegata(&["jws", "verify", "--alg", "HS256", "--jwks", keys.path(), token]);
    assert!(finished.text().contains("\"joe\""), "{}", finished.stdout);
}
