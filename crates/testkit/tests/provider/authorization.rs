//! The authorization endpoint: what it refuses, where it says so, and what it does without a word.

use std::time::Duration;

use tegata_core::authorize::ResponseType;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Decision, FakeProvider, Landing};

use super::hand::{Hand, SCOPE};

/// A good request, of which a test spoils one parameter.
const GOOD: [(&str, &str); 5] = [
    ("response_type", "code"),
    ("client_id", Client::DEFAULT_ID),
    ("redirect_uri", Client::DEFAULT_REDIRECT_URI),
    ("scope", "openid"),
    ("state", "the-state"),
];

fn request(changes: &[(&str, &str)]) -> String {
    let mut url = url::Url::parse("https://op.example.com/authorize").unwrap();
    let kept = GOOD.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    url.query_pairs_mut().extend_pairs(kept).extend_pairs(changes);
    url.to_string()
}

/// The error of the callback, and whether it stands in the fragment.
fn error(landing: &Landing) -> (String, bool) {
    let url = url::Url::parse(landing.url()).unwrap();
    let fragment = url.fragment().map(str::to_owned);
    let text = fragment.clone().or(url.query().map(str::to_owned)).unwrap();
    let pairs: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).collect();
    assert!(pairs.contains(&("state".into(), "the-state".into())), "{pairs:?}");
    assert!(pairs.contains(&("iss".into(), "https://op.example.com".into())), "{pairs:?}");
    let (_, code) = pairs.iter().find(|(name, _)| name == "error").expect("an error");
    (code.to_string(), fragment.is_some())
}

#[test]
fn never_redirects_to_an_address_that_is_not_the_clients() {
    let provider = FakeProvider::new(Profile::OPENID);
    for (name, wrong) in [
        ("redirect_uri", "https://app.example.com/callback/"),
        ("redirect_uri", ""),
        ("client_id", "stranger"),
        ("client_id", ""),
    ] {
        let landing = provider.browse(&request(&[(name, wrong)]));
        let Landing::Page { status, html } = landing else { panic!("{name}={wrong} redirected") };
        assert_eq!(status, 400);
        assert!(html.contains("redirect_uri_mismatch") || html.contains("invalid_client"));
    }
}

#[test]
fn tells_the_client_what_else_is_wrong_in_the_place_where_it_looks() {
    let provider = FakeProvider::new(Profile::OPENID);
    type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str, bool);
    let table: &[Row] = &[
        ("no response type", &[("response_type", "")], "invalid_request", false),
        ("odd response type", &[("response_type", "x")], "unsupported_response_type", false),
        ("odd response mode", &[("response_mode", "x")], "invalid_request", false),
        ("plain challenge", &[("code_challenge", "abc")], "invalid_request", false),
        (
            "short challenge",
            &[("code_challenge", "abc"), ("code_challenge_method", "S256")],
            "invalid_request",
            false,
        ),
        ("no openid", &[("response_type", "id_token"), ("scope", "email")], "invalid_scope", true),
        ("no nonce", &[("response_type", "code id_token")], "invalid_request", true),
        ("no nonce beside a token", &[("response_type", "code token")], "invalid_request", true),
        (
            "tokens in a query",
            &[("response_type", "id_token"), ("nonce", "n"), ("response_mode", "query")],
            "invalid_request",
            true,
        ),
        ("broken scope", &[("scope", "a\"b")], "invalid_scope", false),
        ("none and login", &[("prompt", "none login")], "invalid_request", false),
        ("bad max_age", &[("max_age", "-1")], "invalid_request", false),
        ("request object", &[("request", "x.y.z")], "request_not_supported", false),
        ("request by reference", &[("request_uri", "x")], "request_uri_not_supported", false),
    ];
    for (name, changes, code, in_fragment) in table {
        let found = error(&provider.browse(&request(changes)));
        assert_eq!(found, ((*code).to_owned(), *in_fragment), "{name}");
    }
}

#[test]
fn a_declined_request_comes_back_as_access_denied() {
    let provider = FakeProvider::new(Profile::OPENID);
    provider.consent(Decision::decline());
    assert_eq!(error(&provider.browse(&request(&[]))).0, "access_denied");
    provider.consent(Decision::fail("temporarily_unavailable"));
    assert_eq!(error(&provider.browse(&request(&[]))).0, "temporarily_unavailable");
}

#[test]
fn a_silent_request_needs_a_session_and_an_old_consent() {
    let provider = FakeProvider::new(Profile::OPENID);
    let silent = request(&[("prompt", "none")]);
    assert_eq!(error(&provider.browse(&silent)).0, "login_required");
    provider.browse(&request(&[]));
    assert!(provider.browse(&silent).url().contains("code="));
    let wider = request(&[("prompt", "none"), ("scope", "openid email")]);
    assert_eq!(error(&provider.browse(&wider)).0, "consent_required");
    let other = request(&[("prompt", "none"), ("login_hint", "bob@example.com")]);
    assert_eq!(error(&provider.browse(&other)).0, "login_required");
    provider.clock().advance(Duration::from_secs(100));
    let fresh = request(&[("prompt", "none"), ("max_age", "99")]);
    assert_eq!(error(&provider.browse(&fresh)).0, "login_required");
    provider.sign_out();
    assert_eq!(error(&provider.browse(&silent)).0, "login_required");
}

#[test]
fn auth_time_says_when_the_user_signed_in_and_not_when_the_token_was_made() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let start = hand.now();
    let auth_time = |more: &[(&str, &str)]| {
        hand.verify_back(&hand.sign_in(SCOPE, more).unwrap()).unwrap().auth_time()
    };
    assert_eq!(auth_time(&[]), None);
    provider.clock().advance(Duration::from_secs(1000));
    let kept = auth_time(&[("max_age", "5000")]).unwrap();
    assert!(kept.since(start).as_secs() < 500);
    let again = auth_time(&[("max_age", "500")]).unwrap();
    assert!(again.since(start).as_secs() >= 1000);
}

#[test]
fn the_user_grants_a_part_of_what_was_asked() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    provider.consent(Decision::approve().user("bob").only("openid"));
    let tokens = hand.sign_in("openid email", &[]).unwrap();
    assert_eq!(tokens.scope().unwrap().to_string(), "openid");
    assert_eq!(hand.verify_back(&tokens).unwrap().subject(), "bob");
}

#[test]
fn takes_a_posted_request_too() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let answer = hand.post(&hand.endpoint("authorization_endpoint"), &GOOD);
    // The client's own credentials stand in the header and mean nothing here.
    assert!(answer.headers()["location"].to_str().unwrap().contains("code="));
}

#[test]
fn form_post_survives_odd_characters() {
    let provider = FakeProvider::new(Profile::OPENID);
    let state = "<&>\"' +%/=日本";
    let landing = provider.browse(&request(&[("response_mode", "form_post"), ("state", state)]));
    assert!(matches!(landing, Landing::FormPost { .. }));
    assert_eq!(landing.callback().unwrap().state(), Some(state));
}

#[test]
fn ends_the_session_and_sends_the_browser_back() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let hint = tokens.id_token().unwrap().expose();
    let end = |more: &[(&str, &str)]| {
        let mut url = hand.endpoint("end_session_endpoint").as_url().clone();
        url.query_pairs_mut().extend_pairs(more);
        provider.browse(url.as_str())
    };
    let back = ("post_logout_redirect_uri", "https://app.example.com/signed-out");
    for wrong in [
        &[back][..],
        &[("id_token_hint", "forged"), back],
        &[("id_token_hint", hint), ("post_logout_redirect_uri", "https://evil.example/")],
    ] {
        assert!(matches!(end(wrong), Landing::Page { status, .. } if status == 400), "{wrong:?}");
    }
    let landing = end(&[("id_token_hint", hint), back, ("state", "s")]);
    assert_eq!(landing.url(), "https://app.example.com/signed-out?state=s");
    let silent = request(&[("prompt", "none")]);
    assert_eq!(error(&provider.browse(&silent)).0, "login_required");
    assert!(hand.authorize(ResponseType::Code, None, SCOPE, &[]).is_ok());
}

#[test]
fn claims_by_name_are_for_providers_that_say_so() {
    let named = [("claims", r#"{"userinfo": {"email": null}}"#)];
    for (profile, brings) in [(Profile::OPENID, false), (Profile::CERTIFICATION, true)] {
        let provider = FakeProvider::new(profile);
        let hand = Hand::new(&provider);
        let tokens = hand.sign_in("openid", &named).unwrap();
        let answer = hand.with_bearer(&hand.endpoint("userinfo_endpoint"), tokens.access_token());
        let claims: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(claims.get("email").is_some(), brings, "{}", provider.profile().name);
    }
    let provider = FakeProvider::new(Profile::CERTIFICATION);
    let hand = Hand::new(&provider);
    for broken in ["{", "[]", r#"{"userinfo": ["email"]}"#] {
        assert!(hand.sign_in("openid", &[("claims", broken)]).is_err(), "{broken}");
    }
}
