//! Claims: who says it, to whom, when, in answer to what (OpenID Connect Core §3.1.3.7).

use std::time::Duration;

use serde_json::{Value, json};
use tegata_core::error::{TokenFault, TokenKind};
use tegata_core::secret::{AccessToken, AuthorizationCode, State};
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::id_token::{Binding, Expect, IdToken, IdTokenRules, Nonce, half_hash};

use crate::support::*;

fn verify_by(rules: &IdTokenRules, payload: String) -> Result<IdToken, TokenFault> {
    let nonce = nonce();
    let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    verify_with(&with_payload(payload), issuer_keys(), rules, &expect)
}

fn verify_expecting(expect: &Expect<'_>, payload: String) -> Result<(), TokenFault> {
    verify_with(&with_payload(payload), issuer_keys(), &rules(), expect).map(drop)
}

#[track_caller]
fn refuses(name: &str, values: impl IntoIterator<Item = Value>, fault: TokenFault) {
    for value in values {
        refused(&with_payload(claims_with(name, value)), fault);
    }
}

/// What is no text.
fn no_texts() -> Vec<Value> {
    vec![json!(null), json!(1), json!(true), json!([ISSUER]), json!({ ISSUER: 1 })]
}

/// CVE-2024-53861, CVE-2026-22748
#[test]
fn the_issuer_is_the_one_that_was_asked_byte_for_byte() {
    for other in [
        "https://op.example.com/",
        "https://OP.example.com",
        "HTTPS://op.example.com",
        "https://op.example.com:443",
        " https://op.example.com",
        "https://op.example.com ",
        "https://op.example.com\0",
        "https://op.example.co",
        "https://op.example.com.attacker.example",
        "https://attacker.example",
        "http://op.example.com",
        "op.example.com",
        "",
    ] {
        refuses("iss", [json!(other)], TokenFault::Issuer);
    }
    refused(&with_payload(claims_without("iss")), TokenFault::Issuer);
    refuses("iss", no_texts(), TokenFault::Claims);
}

#[test]
fn a_second_spelling_of_the_issuer_is_accepted_when_it_was_configured() {
    let payload = claims_with("iss", json!("op.example.com"));
    assert!(verify_by(&rules().with_issuer("op.example.com"), payload).is_ok());
}

/// CVE-2020-26160
#[test]
fn the_audience_names_this_client() {
    for other in [
        json!("client-2"),
        json!("Client-1"),
        json!("client-1 "),
        json!("client-1,client-2"),
        json!("client"),
        json!(""),
        json!([]),
        json!(["client-2"]),
        json!(["client-1 client-2"]),
    ] {
        refuses("aud", [other], TokenFault::Audience);
    }
    refused(&with_payload(claims_without("aud")), TokenFault::Audience);
    let no_audiences = [
        json!(null),
        json!(1),
        json!({ "client-1": 1 }),
        json!([["client-1"]]),
        json!(["client-1", 1]),
    ];
    refuses("aud", no_audiences, TokenFault::Claims);
    accepted(&with_payload(claims_with("aud", json!([CLIENT]))));
}

#[test]
fn other_audiences_have_to_be_trusted_by_name() {
    let both = |party: Option<&str>| {
        let mut claims = claims();
        claims["aud"] = json!([CLIENT, "api"]);
        if let Some(party) = party {
            claims["azp"] = json!(party);
        }
        claims.to_string()
    };
    refused(&with_payload(both(Some(CLIENT))), TokenFault::AudienceUntrusted);
    let trusting = rules().with_trusted_audience("api");
    assert!(verify_by(&trusting, both(Some(CLIENT))).is_ok());
    // Core §3.1.3.7 (4): among several, azp says whose it is.
    assert_eq!(verify_by(&trusting, both(None)).unwrap_err(), TokenFault::AuthorizedParty);
    assert_eq!(
        verify_by(&trusting, claims_with("aud", json!(["api"]))).unwrap_err(),
        TokenFault::Audience
    );
}

#[test]
fn the_authorized_party_is_this_client_or_one_that_was_configured() {
    refuses("azp", [json!("client-2"), json!(""), json!("CLIENT-1")], TokenFault::AuthorizedParty);
    refuses("azp", no_texts(), TokenFault::Claims);
    accepted(&with_payload(claims_with("azp", json!(CLIENT))));
    let cross = rules().with_authorized_party("app");
    let token = verify_by(&cross, claims_with("azp", json!("app"))).unwrap();
    assert_eq!(token.authorized_party(), Some("app"));
}

#[test]
fn the_subject_is_1_to_255_ascii_characters() {
    refused(&with_payload(claims_without("sub")), TokenFault::Subject);
    refuses(
        "sub",
        [json!(""), json!("ü"), json!("a".repeat(256)), json!("用户")],
        TokenFault::Subject,
    );
    refuses("sub", no_texts(), TokenFault::Claims);
    accepted(&with_payload(claims_with("sub", json!("a".repeat(255)))));
}

/// CVE-2026-25537: a date of the wrong type is not an absent one.
#[test]
fn a_token_expires_at_a_readable_date() {
    refused(&with_payload(claims_without("exp")), TokenFault::ExpiryMissing);
    let now = NOW.seconds();
    refuses(
        "exp",
        [json!(now - 60), json!(now - 61), json!(0), json!(now - 10_000)],
        TokenFault::Expired,
    );
    refuses("exp", [json!(f64::from(1_700_000_000) - 60.5)], TokenFault::Expired);
    let unreadable = [
        json!((now + 300).to_string()),
        json!(null),
        json!(true),
        json!([now + 300]),
        json!({}),
        json!(-1),
        json!(253_402_300_800_u64),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!("2033-01-01T00:00:00Z"),
    ];
    refuses("exp", unreadable, TokenFault::Claims);
    for good in [json!(now - 59), json!(now + 1), json!(f64::from(1_700_000_300) + 0.5)] {
        accepted(&with_payload(claims_with("exp", good)));
    }
}

#[test]
fn a_token_was_made_in_the_past() {
    refused(&with_payload(claims_without("iat")), TokenFault::IssuedAtMissing);
    let now = NOW.seconds();
    refuses("iat", [json!(now + 61), json!(now + 100_000)], TokenFault::IssuedAt);
    refuses(
        "iat",
        [json!("0"), json!(null), json!(true), json!(-1), json!([])],
        TokenFault::Claims,
    );
    for good in [json!(now + 60), json!(0), json!(now)] {
        accepted(&with_payload(claims_with("iat", good)));
    }
}

#[test]
fn a_token_was_made_lately_when_that_was_agreed_on() {
    let rules = rules().with_max_age_of_issue(Duration::from_secs(600));
    let at = |ago: i64| verify_by(&rules, claims_with("iat", json!(NOW.seconds() - ago)));
    assert!(at(660).is_ok());
    assert_eq!(at(661).unwrap_err(), TokenFault::IssuedAt);
}

#[test]
fn a_token_is_not_used_before_its_time() {
    let now = NOW.seconds();
    refuses("nbf", [json!(now + 61), json!(now + 100_000)], TokenFault::NotYetValid);
    refuses(
        "nbf",
        [json!("0"), json!(null), json!(false), json!(-1), json!({})],
        TokenFault::Claims,
    );
    accepted(&with_payload(claims_with("nbf", json!(now + 60))));
}

#[test]
fn the_leeway_is_limited() {
    assert!(rules().with_leeway(Duration::from_secs(301)).is_err());
    let wide = rules().with_leeway(Duration::from_secs(300)).unwrap();
    let expired = |ago: i64| verify_by(&wide, claims_with("exp", json!(NOW.seconds() - ago)));
    assert!(expired(299).is_ok());
    assert_eq!(expired(300).unwrap_err(), TokenFault::Expired);
    let none = rules().with_leeway(Duration::ZERO).unwrap();
    let found = verify_by(&none, claims_with("exp", json!(NOW.seconds()))).unwrap_err();
    assert_eq!(found, TokenFault::Expired);
}

#[test]
fn the_nonce_is_the_one_that_was_sent() {
    refused(&with_payload(claims_without("nonce")), TokenFault::NonceMissing);
    refuses("nonce", [json!("n-2"), json!(""), json!("n-1 "), json!("N-1")], TokenFault::Nonce);
    refuses("nonce", no_texts(), TokenFault::Claims);
    let not_sent = Expect::new(TokenKind::IdToken, Nonce::NotSent);
    assert_eq!(verify_expecting(&not_sent, claims().to_string()), Err(TokenFault::Nonce));
    assert_eq!(verify_expecting(&not_sent, claims_without("nonce")), Ok(()));
}

/// A half hash for each of the three, and what its fault is.
#[test]
fn what_comes_beside_the_token_is_what_its_hashes_say() {
    let access_token = AccessToken::new("ya29.access");
    let code = AuthorizationCode::new("4/code");
    let state = State::new("af0ifjsldkj");
    let nonce = nonce();
    let expect = || Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    let hash = |text: &str| half_hash(text, Algorithm::ES256, backend::ring());
    for (name, text, wrong, missing) in [
        (
            "at_hash",
            access_token.expose(),
            TokenFault::AccessTokenHash,
            TokenFault::AccessTokenHashMissing,
        ),
        ("c_hash", code.expose(), TokenFault::CodeHash, TokenFault::CodeHashMissing),
        ("s_hash", state.expose(), TokenFault::StateHash, TokenFault::StateHash),
    ] {
        let bound = |required: bool| {
            let mut expect = expect();
            match (name, required) {
                ("at_hash", true) => expect.access_token = Binding::Required(&access_token),
                ("at_hash", false) => expect.access_token = Binding::IfPresent(&access_token),
                ("c_hash", true) => expect.code = Binding::Required(&code),
                ("c_hash", false) => expect.code = Binding::IfPresent(&code),
                (_, true) => expect.state = Binding::Required(&state),
                (_, false) => expect.state = Binding::IfPresent(&state),
            }
            expect
        };
        let right = hash(text);
        for required in [true, false] {
            let found = verify_expecting(&bound(required), claims_with(name, json!(right)));
            assert_eq!(found, Ok(()), "{name}");
            for other in [
                hash("another"),
                String::new(),
                format!("{right}="),
                right.to_lowercase(),
                right[..right.len() - 1].to_owned(),
                half_hash(text, Algorithm::ES384, backend::ring()),
                half_hash(text, Algorithm::EdDSA, backend::ring()),
            ] {
                let found = verify_expecting(&bound(required), claims_with(name, json!(other)));
                assert_eq!(found, Err(wrong), "{name}: {other}");
            }
            for other in no_texts() {
                let found = verify_expecting(&bound(required), claims_with(name, other));
                assert_eq!(found, Err(TokenFault::Claims), "{name}");
            }
        }
        let absent = claims().to_string();
        assert_eq!(verify_expecting(&bound(true), absent.clone()), Err(missing), "{name}");
        assert_eq!(verify_expecting(&bound(false), absent), Ok(()), "{name}");
    }
}

/// CVE-2026-28498: Ed25519 has a hash too, and no algorithm has none.
#[test]
fn the_hash_is_that_of_the_algorithm() {
    let access_token = AccessToken::new("ya29.access");
    let nonce = nonce();
    let mut expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    expect.access_token = Binding::Required(&access_token);
    let every = AllowedAlgorithms::of(&[Algorithm::ES384, Algorithm::EdDSA]);
    let rules = rules().with_algorithms(every);
    for (algorithm, length) in [(Algorithm::ES384, 32), (Algorithm::EdDSA, 43)] {
        let right = half_hash(access_token.expose(), algorithm, backend::ring());
        assert_eq!(right.len(), length);
        let verify = |hash: &str| {
            let payload = claims_with("at_hash", json!(hash));
            let token = forge(header(algorithm), payload, algorithm);
            verify_with(&token, issuer_keys(), &rules, &expect).map(drop)
        };
        assert_eq!(verify(&right), Ok(()), "{algorithm}");
        let sha256 = half_hash(access_token.expose(), Algorithm::ES256, backend::ring());
        assert_eq!(verify(&sha256), Err(TokenFault::AccessTokenHash), "{algorithm}");
    }
}

/// RFC 8725 §3.11: another kind of token is no ID token, whoever signed it.
#[test]
fn refuses_other_kinds_of_tokens() {
    for typ in [
        "at+jwt",
        "application/at+jwt",
        "logout+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "JOSE",
        "JWS",
        "",
        "JWT ",
    ] {
        let header = json!({ "alg": "ES256", "kid": "p256", "typ": typ }).to_string();
        refused(&with_header(header), TokenFault::Type);
    }
    for typ in ["JWT", "jwt", "application/jwt"] {
        let header = json!({ "alg": "ES256", "kid": "p256", "typ": typ }).to_string();
        accepted(&with_header(header));
    }
    accepted(&with_header(json!({ "alg": "ES256", "kid": "p256" }).to_string()));
    let logout = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    refuses("events", [logout, json!({}), json!(null)], TokenFault::Events);
}

#[test]
fn the_user_proved_who_they_are_within_max_age() {
    let nonce = nonce();
    let mut expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    expect.max_age = Some(Duration::from_secs(300));
    let at = |ago: i64| claims_with("auth_time", json!(NOW.seconds() - ago));
    assert_eq!(verify_expecting(&expect, at(360)), Ok(()));
    assert_eq!(verify_expecting(&expect, at(361)), Err(TokenFault::AuthTimeTooOld));
    let absent = claims().to_string();
    assert_eq!(verify_expecting(&expect, absent), Err(TokenFault::AuthTimeMissing));
    expect.max_age = Some(Duration::ZERO);
    assert_eq!(verify_expecting(&expect, at(61)), Err(TokenFault::AuthTimeTooOld));
    refuses("auth_time", [json!("1"), json!(null), json!(true), json!(-1)], TokenFault::Claims);
}

#[test]
fn the_acr_is_one_of_those_demanded() {
    let nonce = nonce();
    let mut expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    expect.acr_values = &["gold", "silver"];
    assert_eq!(verify_expecting(&expect, claims_with("acr", json!("silver"))), Ok(()));
    for wrong in ["bronze", "", "gold silver", "Gold"] {
        let found = verify_expecting(&expect, claims_with("acr", json!(wrong)));
        assert_eq!(found, Err(TokenFault::Acr), "{wrong}");
    }
    assert_eq!(verify_expecting(&expect, claims().to_string()), Err(TokenFault::Acr));
    refuses("acr", no_texts(), TokenFault::Claims);
}

#[test]
fn a_signature_that_fails_is_reported_as_that() {
    let token = with_payload(claims().to_string());
    let (message, _) = token.rsplit_once('.').unwrap();
    let other = with_payload(claims_with("sub", json!("user-2")));
    let (_, signature) = other.rsplit_once('.').unwrap();
    refused(&format!("{message}.{signature}"), TokenFault::Signature);
}

/// A key is asked for only when nothing else is wrong: a forger must not cause a request.
#[test]
fn an_unknown_key_is_reported_only_for_a_token_that_is_right_in_all_else() {
    let unknown = json!({ "alg": "ES256", "kid": "new" }).to_string();
    let with = |payload| forge(&unknown, payload, Algorithm::ES256);
    refused(&with(claims().to_string()), TokenFault::KeyNotFound);
    let now = NOW.seconds();
    for (name, value, fault) in [
        ("iss", json!("https://attacker.example"), TokenFault::Issuer),
        ("aud", json!("client-2"), TokenFault::Audience),
        ("exp", json!(now - 3600), TokenFault::Expired),
        ("exp", json!("never"), TokenFault::Claims),
        ("iat", json!(now + 3600), TokenFault::IssuedAt),
        ("nonce", json!("n-2"), TokenFault::Nonce),
        ("sub", json!(""), TokenFault::Subject),
    ] {
        refused(&with(claims_with(name, value)), fault);
    }
}

#[test]
fn debug_shows_nothing_about_the_user() {
    let token = accepted(&with_payload(claims_with("email", json!("canary@example.com"))));
    let shown = format!("{token:?} {:?}", token.as_first());
    assert!(!shown.contains("canary") && !shown.contains("user-1"), "{shown}");
    assert!(!shown.contains(token.raw().expose()), "{shown}");
}
