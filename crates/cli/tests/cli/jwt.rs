//! `tegata jwt`.

use serde_json::{Value, json};
use tegata_core::error::{TokenFault, TokenKind};
use tegata_jose::algorithm::Algorithm;
use tegata_jose::{backend, id_token};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, Fault, browser};

use crate::run::{Finished, TempFile, tegata, tegata_with_input};
use crate::tokens::{CLIENT, ISSUER, NOW, SECRET, claims, id_token, jwks, pem_map, with_secret};

/// Runs `tegata jwt verify` with the usual expectations and `more`.
fn verify(more: &[&str], input: &str) -> Finished {
    let keys = TempFile::new(jwks());
    let now = NOW.to_string();
    let usual = ["jwt", "verify", "--issuer", ISSUER, "--audience", CLIENT, "--alg", "EdDSA"];
    let keys = ["--jwks", keys.path(), "--now", &now];
    tegata_with_input(&[&usual[..], &keys, more].concat(), input.as_bytes())
}

fn half_hash(text: &str) -> String {
    id_token::half_hash(text, Algorithm::EdDSA, backend::ring())
}

#[test]
fn a_good_token_is_printed_as_its_claims() {
    let token = id_token(&json!({ "name": "手形\u{9b}" }));
    for finished in [verify(&[&token], ""), verify(&["-"], &format!(" {token}\n"))] {
        let printed: Value = serde_json::from_str(finished.text()).unwrap();
        assert_eq!(printed, claims(&json!({ "name": "手形\u{9b}" })));
        assert!(!finished.stdout.contains('\u{9b}') && finished.stdout.contains("手形"));
        assert!(finished.stderr.starts_with("note: the nonce was not compared"));
    }
    let compared = verify(&["--nonce", "n-1", &token], "");
    assert_eq!((compared.status, compared.stderr.as_str()), (0, ""));
}

#[test]
fn a_nonce_that_was_not_sent_can_be_forbidden() {
    let without = id_token(&json!({ "nonce": null }));
    let finished = verify(&["--no-nonce", &without], "");
    assert_eq!((finished.status, finished.stderr.as_str()), (0, ""));
    let refused = verify(&["--no-nonce", &id_token(&json!({}))], "");
    assert!(refused.error().contains(TokenFault::Nonce.code()), "{}", refused.stderr);
    assert_eq!(verify(&["--no-nonce", "--nonce", "n-1", &without], "").status, 2);
    let line = json!({ "token": without }).to_string();
    let answered = verify(&["--no-nonce", "--json-lines"], &line);
    assert_eq!(answered.text(), "{\"id\":null,\"ok\":true}\n");
}

#[test]
fn a_broken_rule_is_named_by_its_code_and_paragraph() {
    let hashes = ["--access-token", "at-1", "--code", "c-1"];
    for (changes, options, fault) in [
        (json!({ "iss": "https://op.example.com/" }), &[][..], TokenFault::Issuer),
        (json!({ "aud": "other" }), &[], TokenFault::Audience),
        (json!({ "aud": [CLIENT, "b"], "azp": CLIENT }), &[], TokenFault::AudienceUntrusted),
        (json!({ "azp": "other" }), &[], TokenFault::AuthorizedParty),
        (json!({ "exp": NOW - 61 }), &[], TokenFault::Expired),
        (json!({ "exp": null }), &[], TokenFault::ExpiryMissing),
        (json!({ "iat": NOW + 61 }), &[], TokenFault::IssuedAt),
        (json!({ "nbf": NOW + 61 }), &[], TokenFault::NotYetValid),
        (json!({}), &["--nonce", "n-2"], TokenFault::Nonce),
        (json!({ "nonce": null }), &["--nonce", "n-1"], TokenFault::NonceMissing),
        (json!({}), &["--max-age", "39"], TokenFault::AuthTimeTooOld),
        (json!({ "auth_time": null }), &["--max-age", "100"], TokenFault::AuthTimeMissing),
        (json!({ "at_hash": half_hash("at-2") }), &hashes, TokenFault::AccessTokenHash),
        (json!({ "c_hash": half_hash("c-2") }), &hashes, TokenFault::CodeHash),
        (
            json!({}),
            &["--front-channel", "--access-token", "at-1"],
            TokenFault::AccessTokenHashMissing,
        ),
        (json!({}), &["--front-channel", "--code", "c-1"], TokenFault::CodeHashMissing),
        (json!({}), &["--alg", "ES256"], TokenFault::AlgorithmNotAllowed),
        (json!({ "sub": "" }), &[], TokenFault::Subject),
    ] {
        let token = id_token(&changes);
        // The last --alg wins over the usual one: given twice, both would be allowed.
        let finished = if options.contains(&"--alg") {
            let keys = TempFile::new(jwks());
            let usual = ["jwt", "verify", "--issuer", ISSUER, "--audience", CLIENT, "--jwks"];
            tegata(&[&usual[..], &[keys.path()], options, &[&token]].concat())
        } else {
            verify(&[options, &[&token]].concat(), "")
        };
        let error = finished.error();
        assert!(error.starts_with(&format!("error: {}: ", fault.code())), "{changes} {error}");
        assert!(error.contains(fault.paragraph()), "{error}");
        assert_eq!(finished.stdout, "", "nothing of a bad token comes out");
    }
}

#[test]
fn what_was_sent_and_came_beside_is_bound() {
    let bound = json!({
        "at_hash": half_hash("at-1"), "c_hash": half_hash("c-1"), "aud": [CLIENT, "b"], "azp": CLIENT,
    });
    let options = [
        &["--front-channel", "--access-token", "at-1", "--code", "c-1"][..],
        &["--trusted-audience", "b", "--nonce", "n-1", "--max-age", "40"],
    ];
    let finished = verify(&[&options.concat()[..], &[&id_token(&bound)]].concat(), "");
    assert!(finished.text().contains("\"at_hash\""));
}

#[test]
fn a_hint_says_what_the_person_may_have_left_out() {
    for (changes, option) in [
        (json!({ "aud": "other" }), "--audience"),
        (json!({ "aud": [CLIENT, "b"], "azp": CLIENT }), "--trusted-audience"),
        (json!({ "exp": NOW - 100 }), "--now"),
        (json!({ "iss": "https://op.example.com/" }), "--issuer"),
    ] {
        let refused = verify(&[&id_token(&changes)], "");
        assert!(refused.error().contains(option), "{changes}");
    }
}

#[test]
fn a_token_is_never_quoted_in_an_error() {
    let token = id_token(&json!({ "iss": "canary", "aud": "canary", "sub": "canary" }));
    let finished = verify(&[&token], "");
    assert!(!finished.error().contains("canary") && !finished.stderr.contains(&token[..20]));
    for token in ["canary", "canary.canary.canary", "", "a.b.c.d.e", "é.é.é"] {
        assert!(!verify(&["--", token], "").error().contains("canary"));
    }
}

#[test]
fn answers_each_line_in_order_by_id() {
    let good = id_token(&json!({ "at_hash": half_hash("at-1"), "c_hash": half_hash("c-1") }));
    let questions = [
        json!({ "id": 1, "token": good }),
        json!({ "id": "two", "token": good, "nonce": "n-1", "access_token": "at-1", "code": "c-1" }),
        json!({ "id": [3], "token": good, "nonce": "n-2" }),
        json!({ "id": null, "token": good, "access_token": "at-2" }),
        json!({ "token": good, "code": "c-2" }),
        json!({ "id": 6, "token": good, "alg": "RS256" }),
        json!({ "id": 7, "token": good, "alg": "none" }),
        json!({ "id": 8, "token": good, "alg": "RS256,EdDSA" }),
        json!({ "id": 9, "token": format!("{good}=") }),
        json!({ "id": 10, "token": 1 }),
        json!({ "id": 11 }),
    ];
    let input: Vec<_> = questions.iter().map(Value::to_string).collect();
    let finished = verify(&["--json-lines"], &format!("{}\nrubbish\n", input.join("\n")));
    assert_eq!(finished.status, 1);
    let lines: Vec<_> = finished.stdout.lines().collect();
    let expected = [
        r#"{"id":1,"ok":true,"nonce_compared":false}"#,
        r#"{"id":"two","ok":true}"#,
        r#"{"id":[3],"ok":false,"code":"nonce_mismatch"}"#,
        r#"{"id":null,"ok":false,"code":"at_hash_mismatch"}"#,
        r#"{"id":null,"ok":false,"code":"c_hash_mismatch"}"#,
        r#"{"id":6,"ok":false,"code":"alg_not_allowed"}"#,
        r#"{"id":7,"ok":false,"code":"alg_not_allowed"}"#,
        r#"{"id":8,"ok":true,"nonce_compared":false}"#,
        r#"{"id":9,"ok":false,"code":"malformed"}"#,
    ];
    assert_eq!(&lines[..expected.len()], expected);
    for (line, id) in lines[expected.len()..].iter().zip(["10", "11", "null"]) {
        let start = format!("{{\"id\":{id},\"ok\":false,\"code\":\"line_malformed\",\"error\":");
        assert!(line.starts_with(&start), "{line}");
    }
    assert_eq!(lines.len(), questions.len() + 1);
    let all_good = verify(&["--json-lines"], &format!("{}\n", questions[0]));
    assert_eq!(all_good.status, 0);
}

#[test]
fn a_secret_or_a_map_of_pem_texts_can_be_the_keys() {
    let now = NOW.to_string();
    let usual = ["jwt", "verify", "--issuer", ISSUER, "--audience", CLIENT, "--now", &now];
    let map = TempFile::new(pem_map());
    let by_map = ["--alg", "EdDSA", "--pem-map", map.path()];
    tegata(&[&usual[..], &by_map, &[&id_token(&json!({}))]].concat()).text();

    let secret = TempFile::new(format!("{SECRET}\n"));
    let by_secret = ["--alg", "HS256", "--client-secret-file", secret.path()];
    tegata(&[&usual[..], &by_secret, &[&with_secret(&json!({}))]].concat()).text();
    // A published key is no secret, whatever the token says.
    let keys = TempFile::new(jwks());
    let confused = ["--alg", "HS256", "--jwks", keys.path()];
    let finished = tegata(&[&usual[..], &confused, &[&with_secret(&json!({}))]].concat());
    assert!(finished.error().contains(TokenFault::KeyNotFound.code()), "{}", finished.stderr);
}

/// An ID token of the fake provider, by the implicit flow.
fn issued(provider: &FakeProvider) -> String {
    let url = format!(
        "{}?response_type=id_token&client_id=test-client&scope=openid&nonce=n&state=s\
         &redirect_uri=https://app.example.com/callback",
        provider.address(Endpoint::Authorization).unwrap()
    );
    let landing = browser::open(&url).unwrap().url().to_owned();
    let (_, after) = landing.split_once("id_token=").unwrap();
    after.split('&').next().unwrap().to_owned()
}

#[test]
fn keys_are_fetched_from_an_address_or_found_by_discovery() {
    let provider = FakeProvider::new(Profile::GOOGLE);
    let _server = provider.serve().unwrap();
    let token = issued(&provider);
    let at = |endpoint| provider.address(endpoint).unwrap();
    let issuer = provider.issuer();
    let usual = ["jwt", "verify", "--issuer", &issuer, "--audience", "test-client", &token];
    let local = ["--allow-loopback-http"];
    for keys in [
        &["--discover"][..],
        &["--jwks", &at(Endpoint::Jwks)],
        &["--pem-map", &at(Endpoint::Certificates)],
    ] {
        let finished = tegata(&[&usual[..], &local, keys].concat());
        assert!(finished.text().contains("alice"), "{keys:?}");
    }
    let finished = tegata(&[&usual[..], &["--discover"]].concat());
    assert!(finished.error().contains("--allow-loopback-http"), "{}", finished.stderr);

    provider.on(Endpoint::Jwks).always(Fault::HtmlErrorPage);
    let finished = tegata(&[&usual[..], &local, &["--discover"]].concat());
    assert!(finished.error().contains("the key endpoint"), "{}", finished.stderr);
}

#[test]
fn keys_that_are_none_are_an_error_before_any_token_is_read() {
    let usual = ["jwt", "verify", "--issuer", ISSUER, "--audience", CLIENT, "--json-lines"];
    let no_keys = TempFile::new("{\"keys\":1}");
    let finished = tegata(&[&usual[..], &["--jwks", no_keys.path()]].concat());
    assert!(finished.error().contains("the keys "), "{}", finished.stderr);
    let finished = tegata(&[&usual[..], &["--jwks", "no-such-file"]].concat());
    assert!(finished.error().starts_with("error: the keys no-such-file: "), "{}", finished.stderr);
    let finished = tegata(&[&usual[..], &["--jwks", "a", "--discover"]].concat());
    assert_eq!(finished.status, 2);
    assert_eq!(tegata(&usual).status, 2, "some keys must be named");
    let none = ["--alg", "none", "--jwks", "a"];
    assert_eq!(tegata(&[&usual[..], &none].concat()).status, 2, "`none` cannot be named");
}

#[test]
fn inspect_explains_and_says_loudly_that_nothing_was_verified() {
    let token = id_token(&json!({ "exp": NOW + 300, "custom": "\u{1b}[2J\u{202e}" }));
    let now = NOW.to_string();
    let finished = tegata_with_input(&["jwt", "inspect", "--now", &now, "-"], token.as_bytes());
    let text = finished.text();
    assert!(text.starts_with("NOTHING HERE WAS VERIFIED."), "{text}");
    assert!(text.contains("alg  EdDSA") && text.contains("kid  ed"), "{text}");
    let expiry =
        "exp  1700000300\n      when it expires: Tue, 14 Nov 2023 22:18:20 GMT, in 5 minutes";
    assert!(text.contains(expiry), "{text}");
    assert!(text.contains(r"custom  \u{1b}[2J\u{202e}"), "{text}");
    assert!(text.contains("64 bytes, not checked"), "{text}");

    let later = (NOW + 301).to_string();
    let text = tegata(&["jwt", "inspect", "--now", &later, &token]);
    assert!(text.text().contains("1 second ago; it has expired"), "{}", text.stdout);

    let json = tegata(&["jwt", "inspect", "--json", &token]);
    let inspected: Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!(
        (&inspected["verified"], &inspected["claims"]["sub"]),
        (&json!(false), &json!("alice"))
    );
}

#[test]
fn inspect_shows_what_is_readable_of_a_bad_token() {
    let finished = tegata(&["jwt", "inspect", "eyJhbGciOiJub25lIn0.e30="]);
    assert!(finished.error().contains("3 parts"), "{}", finished.stderr);
    let finished = tegata(&["jwt", "inspect", "eyJhbGciOiJub25lIn0.e30=."]);
    assert_eq!(finished.status, 1);
    assert!(finished.stdout.contains("there is no signature"), "{}", finished.stdout);
    assert!(finished.stdout.contains("no strict base64url"), "{}", finished.stdout);
    let finished = tegata(&["jwt", "inspect", "e30.a.b.c.d"]);
    assert!(finished.text().contains("encrypted: nothing can be read"), "{}", finished.stdout);
}

#[test]
fn a_fault_has_the_kind_of_token_in_its_text() {
    // The texts of errors are part of what a person reads: kept with the codes.
    let error = verify(&[&id_token(&json!({ "aud": "b" }))], "");
    assert!(error.error().contains(&format!("the {} is not good", TokenKind::IdToken)));
}
