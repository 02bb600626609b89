//! The rules of OpenID Connect Core for ID tokens, one broken at a time.

use super::*;
use crate::algorithm::AllowedAlgorithms;
use crate::sign::{SigningKey, typ};
use crate::user_info::UnverifiedUserInfo;
use crate::{backend, test_keys};
use serde_json::{Value, json};
use tegata_core::secret;

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);
const ISSUER: &str = "https://op.example.com";

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "user-1", "aud": "client-1", "nonce": "n-1", "sid": "s-1",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300, "auth_time": NOW.seconds() - 9,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn es256() -> AllowedAlgorithms {
    AllowedAlgorithms::of(&[Algorithm::ES256])
}

fn rules() -> IdTokenRules {
    IdTokenRules::new(ISSUER, "client-1").with_algorithms(es256())
}

fn key() -> SigningKey {
    test_keys::signing(Algorithm::ES256)
}

fn verify_by(
    rules: &IdTokenRules,
    expect: &Expect<'_>,
    claims: &Value,
) -> Result<IdToken, InvalidToken> {
    let token = key().sign(&typ("JWT"), claims.to_string().as_bytes()).unwrap();
    UnverifiedIdToken::new(token).verify(
        &test_keys::published(&[&key()]),
        rules,
        expect,
        backend::ring(),
        NOW,
    )
}

fn verified(claims: &Value) -> IdToken {
    let nonce = secret::Nonce::new("n-1");
    verify_by(&rules(), &Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce)), claims).unwrap()
}

#[test]
fn a_good_token_shows_its_claims() {
    let token = verified(&with("name", json!("R\u{e9}n\u{e9}e \"R\"")));
    assert_eq!((token.issuer(), token.subject()), (ISSUER, "user-1"));
    assert_eq!(token.audience().collect::<Vec<_>>(), ["client-1"]);
    assert_eq!(token.auth_time(), Some(UnixTime::from_seconds(1_699_999_991)));
    assert_eq!((token.session_id(), token.nonce()), (Some("s-1"), Some("n-1")));
    assert_eq!((token.acr(), token.authorized_party()), (None, None));
    assert_eq!(token.claims()["name"], "R\u{e9}n\u{e9}e \"R\"");

    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    assert_eq!(token.extra::<Named>().unwrap().name, "R\u{e9}n\u{e9}e \"R\"");
    let error = token.extra::<Vec<u8>>().unwrap_err();
    assert_eq!(error.fault, TokenFault::Claims);
}

#[test]
fn texts_with_escapes_read_the_same() {
    let nonce = secret::Nonce::new("n-1");
    let text = claims().to_string().replace("user-1", r"us\u0065r-1").replace("s-1", r"s\u002d1");
    let token = key().sign(&typ("JWT"), text.as_bytes()).unwrap();
    let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
    let token = UnverifiedIdToken::new(token)
        .verify(&test_keys::published(&[&key()]), &rules(), &expect, backend::ring(), NOW)
        .unwrap();
    assert_eq!((token.subject(), token.session_id()), ("user-1", Some("s-1")));
}

#[test]
fn an_error_says_what_the_token_was_taken_for() {
    let expect = Expect::new(TokenKind::FrontIdToken, Nonce::NotSent);
    let error = verify_by(&rules(), &expect, &claims()).unwrap_err();
    assert_eq!(error.kind, TokenKind::FrontIdToken);
    assert!(error.to_string().starts_with("the front-channel ID token is not good: nonce"));
}

fn refreshed(claims: &Value) -> Result<(), TokenFault> {
    let first = verified(&self::claims()).as_first();
    let token = verify_by(&rules(), &Expect::refreshed(), claims).unwrap();
    token.check_refreshed(&first).map_err(|error| {
        assert_eq!(error.kind, TokenKind::RefreshedIdToken);
        error.fault
    })
}

#[test]
fn a_refreshed_token_is_about_the_same_sign_in() {
    assert_eq!(refreshed(&claims()), Ok(()));
    assert_eq!(refreshed(&without("nonce")), Ok(()));
    assert_eq!(refreshed(&without("auth_time")), Ok(()));
    assert_eq!(refreshed(&with("iat", json!(NOW.seconds() + 30))), Ok(()));
    for (name, value, fault) in [
        ("sub", json!("user-2"), TokenFault::SubjectChanged),
        ("nonce", json!("n-2"), TokenFault::Nonce),
        ("auth_time", json!(NOW.seconds()), TokenFault::AuthTimeChanged),
        ("iat", json!(NOW.seconds() - 1), TokenFault::IssuedAt),
        ("azp", json!("client-1"), TokenFault::AuthorizedParty),
    ] {
        assert_eq!(refreshed(&with(name, value)), Err(fault), "{name}");
    }
}

#[test]
fn a_refreshed_token_keeps_issuer_and_audience() {
    let rules = rules().with_issuer("https://other.example").with_trusted_audience("api");
    let first = verified(&claims()).as_first();
    let check = |claims: &Value| {
        let token = verify_by(&rules, &Expect::refreshed(), claims).unwrap();
        token.check_refreshed(&first).map_err(|error| error.fault)
    };
    let moved = with("iss", json!("https://other.example"));
    assert_eq!(check(&moved), Err(TokenFault::IssuerChanged));
    let mut wider = with("aud", json!(["client-1", "api"]));
    wider["azp"] = json!("client-1");
    assert_eq!(check(&wider), Err(TokenFault::AudienceChanged));
    assert_eq!(check(&with("aud", json!(["client-1"]))), Ok(()));
    let first = verify_by(&rules, &Expect::refreshed(), &wider).unwrap().as_first();
    let narrower =
        verify_by(&rules, &Expect::refreshed(), &with("azp", json!("client-1"))).unwrap();
    let error = narrower.check_refreshed(&first).unwrap_err();
    assert_eq!(error.fault, TokenFault::AudienceChanged);
}

#[test]
fn a_nonce_in_a_refreshed_token_needs_one_in_the_first() {
    let first = FirstIdToken::new(ISSUER, "user-1", vec!["client-1".into()], NOW);
    let token = verify_by(&rules(), &Expect::refreshed(), &claims()).unwrap();
    assert_eq!(token.check_refreshed(&first).unwrap_err().fault, TokenFault::Nonce);
}

#[test]
fn both_tokens_of_a_hybrid_flow_are_about_one_user() {
    let back = verified(&claims());
    assert_eq!(back.check_front(&verified(&with("extra", json!(1)))), Ok(()));
    let error = back.check_front(&verified(&with("sub", json!("user-2")))).unwrap_err();
    assert_eq!(error.fault, TokenFault::FrontBackMismatch);

    // The same name at another issuer is somebody else.
    let rules = rules().with_issuer("https://other.example");
    let elsewhere = with("iss", json!("https://other.example"));
    let front = verify_by(&rules, &Expect::refreshed(), &elsewhere).unwrap();
    assert_eq!(back.check_front(&front).unwrap_err().fault, TokenFault::FrontBackMismatch);
}

#[test]
fn a_templated_issuer_takes_the_tenants_of_the_list_alone() {
    let rules = IdTokenRules::new("https://op.example.com/{tenantid}/v2.0", "client-1")
        .with_algorithms(es256())
        .with_tenants(["t-1", "t-2"]);
    let issuers: Vec<_> = rules.issuers().collect();
    assert_eq!(issuers, ["https://op.example.com/t-1/v2.0", "https://op.example.com/t-2/v2.0"]);
    let verify = |issuer: &str, tenant: Value| {
        let mut claims = with("iss", json!(issuer));
        claims["tid"] = tenant;
        verify_by(&rules, &Expect::refreshed(), &claims).map(drop).map_err(|error| error.fault)
    };
    assert_eq!(verify("https://op.example.com/t-1/v2.0", json!("t-1")), Ok(()));
    assert_eq!(verify("https://op.example.com/t-2/v2.0", json!("t-2")), Ok(()));
    for (issuer, tenant) in [
        ("https://op.example.com/t-1/v2.0", json!("t-2")),
        ("https://op.example.com/t-3/v2.0", json!("t-3")),
        ("https://op.example.com/{tenantid}/v2.0", json!("{tenantid}")),
        ("https://op.example.com/t-1/v2.0/", json!("t-1")),
    ] {
        assert_eq!(verify(issuer, tenant), Err(TokenFault::Issuer), "{issuer}");
    }
    assert_eq!(verify("https://op.example.com/t-1/v2.0", json!(1)), Err(TokenFault::Claims));
}

fn user_info(media_type: &str, claims: &Value) -> Result<Value, TokenFault> {
    let token = key().sign(&typ(media_type), claims.to_string().as_bytes()).unwrap();
    UnverifiedUserInfo::new(token)
        .verify(
            &verified(&self::claims()),
            &test_keys::published(&[&key()]),
            &rules(),
            es256(),
            backend::ring(),
            NOW,
        )
        .map(Value::Object)
        .map_err(|error| error.fault)
}

#[test]
fn a_key_of_one_tenant_signs_for_no_other() {
    let rules = IdTokenRules::new("https://op.example.com/{tenantid}/v2.0", "client-1")
        .with_algorithms(es256())
        .with_tenants(["t-1", "t-2"]);
    let verify = |key_issuer: Value| {
        let mut jwk = serde_json::to_value(key().public_jwk()).unwrap();
        jwk["issuer"] = key_issuer;
        let keys = KeySet::from_jwks(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap();
        let mut claims = with("iss", json!("https://op.example.com/t-1/v2.0"));
        claims["tid"] = json!("t-1");
        let token = key().sign(&typ("JWT"), claims.to_string().as_bytes()).unwrap();
        let nonce = secret::Nonce::new("n-1");
        let expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
        let verified =
            UnverifiedIdToken::new(token).verify(&keys, &rules, &expect, backend::ring(), NOW);
        verified.map(|_| ()).map_err(|error| error.fault)
    };
    assert_eq!(verify(json!("https://op.example.com/t-1/v2.0")), Ok(()));
    assert_eq!(verify(json!("https://op.example.com/{tenantid}/v2.0")), Ok(()));
    for other in ["https://op.example.com/t-2/v2.0", "https://op.example.com/", ""] {
        assert_eq!(verify(json!(other)), Err(TokenFault::Issuer), "{other}");
    }
    assert_eq!(verify(json!(1)), Err(TokenFault::KeyNotFound), "no such issuer");
}

#[test]
fn signed_user_info_is_about_the_user_of_the_id_token() {
    let good = json!({ "iss": ISSUER, "aud": "client-1", "sub": "user-1", "email": "a@b.example" });
    assert_eq!(user_info("JWT", &good).unwrap(), good);
    for (name, value, fault) in [
        ("sub", json!("user-2"), TokenFault::SubjectChanged),
        ("sub", json!(""), TokenFault::Subject),
        ("sub", json!(1), TokenFault::Claims),
        ("iss", json!("https://x.example"), TokenFault::Issuer),
        ("aud", json!("client-2"), TokenFault::Audience),
        ("exp", json!(NOW.seconds() - 60), TokenFault::Expired),
        ("exp", json!("never"), TokenFault::Claims),
        ("iat", json!(NOW.seconds() + 61), TokenFault::IssuedAt),
        ("nbf", json!(NOW.seconds() + 61), TokenFault::NotYetValid),
        ("events", json!({}), TokenFault::Events),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(user_info("JWT", &claims), Err(fault), "{name}");
    }
    for (name, fault) in
        [("sub", TokenFault::Subject), ("iss", TokenFault::Issuer), ("aud", TokenFault::Audience)]
    {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(user_info("JWT", &claims), Err(fault), "{name}");
    }
    assert_eq!(user_info("logout+jwt", &good), Err(TokenFault::Type));
}

#[test]
fn a_header_seen_before_is_held_to_the_rules_of_now() {
    let keys = test_keys::published(&[&key()]);
    let token = key().sign(&typ("JWT"), without("nonce").to_string().as_bytes()).unwrap();
    let verify = |rules: &IdTokenRules, token: CompactToken| {
        let expect = Expect::new(TokenKind::IdToken, Nonce::NotSent);
        UnverifiedIdToken::new(token)
            .verify(&keys, rules, &expect, backend::ring(), NOW)
            .map(drop)
            .map_err(|error| error.fault)
    };
    let (message, _) = token.expose().rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let forged = CompactToken::new(format!("{message}.{}", "A".repeat(86)));
    assert_eq!(verify(&rules(), forged.clone()), Err(TokenFault::Signature));
    assert!(keys.recognise(header).is_none(), "nothing is learnt from a forgery");
    assert_eq!(verify(&rules(), token.clone()), Ok(()));
    assert!(keys.recognise(header).is_some());
    assert_eq!(verify(&rules(), token.clone()), Ok(()));
    assert_eq!(verify(&rules(), forged), Err(TokenFault::Signature));
    let others = rules().with_algorithms(AllowedAlgorithms::of(&[Algorithm::RS256]));
    assert_eq!(verify(&others, token.clone()), Err(TokenFault::AlgorithmNotAllowed));
    let logout = crate::logout_token::UnverifiedLogoutToken::new(token);
    assert!(logout.verify(&keys, &rules(), backend::ring(), NOW).is_err());
}

#[test]
fn stored_types_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + fmt::Debug>() {}
    shared::<IdToken>();
    shared::<IdTokenRules>();
    shared::<KeySet>();
    shared::<SigningKey>();
    shared::<FirstIdToken>();
}
