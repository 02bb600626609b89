//! What the suite checks in every test: that each request of the client is one that it may send.

use tegata_core::authorize::ResponseMode;
use tegata_core::client::ClientAuthentication;
use tegata_testkit::{Client as Registered, Endpoint as At, Seen};

use super::stage::Stage;

pub(crate) fn check(stage: &Stage) {
    for seen in &stage.provider.requests() {
        match seen.endpoint() {
            At::Authorization => authorization(stage, seen),
            At::Token => token(stage, seen),
            At::UserInfo => user_info(seen),
            At::EndSession => end_session(seen),
            _ => {}
        }
    }
}

/// OpenID Connect Core §3.1.2.1, §3.2.2.1, §3.3.2.1.
fn authorization(stage: &Stage, seen: &Seen) {
    let sent = |name| seen.parameter(name);
    let response_type = stage.variant.response_type;
    assert!(sent("scope").unwrap().split(' ').any(|word| word == "openid"));
    assert_eq!(sent("response_type").as_deref(), Some(response_type.as_str()));
    let mode = stage.variant.response_mode.map(ResponseMode::as_str);
    assert_eq!(sent("response_mode").as_deref(), mode);
    assert_eq!(sent("client_id").as_deref(), Some(stage.client_id()));
    assert_eq!(sent("redirect_uri").as_deref(), Some(Registered::DEFAULT_REDIRECT_URI));
    // Asked of implicit and hybrid flows; ours is in every flow.
    for name in ["nonce", "state"] {
        let value = sent(name).unwrap();
        assert!(value.len() <= 43 && value.bytes().all(is_unreserved), "{name}");
    }
    assert!(sent("request").is_none() && sent("request_uri").is_none());
    let challenge = (sent("code_challenge_method"), sent("code_challenge").map(|text| text.len()));
    let expected = if response_type.has_code() { (Some("S256"), Some(43)) } else { (None, None) };
    assert_eq!((challenge.0.as_deref(), challenge.1), expected);
    if sent("max_age").as_deref() == Some("0") && sent("prompt").as_deref() == Some("none") {
        assert_eq!(stage.variant.response_mode, Some(ResponseMode::FormPost));
    }
}

/// RFC 6749 §4.1.3 and §2.3.1: authenticated in the registered way and in no other.
fn token(stage: &Stage, seen: &Seen) {
    let sent = |name| seen.parameter(name);
    assert!(seen.request().uri().query().is_none());
    let basic = seen.header("authorization").is_some_and(|value| value.starts_with("Basic "));
    let named = sent("client_id").is_some_and(|id| id == stage.client_id());
    let found = (basic, named, sent("client_secret").is_some());
    let expected = match stage.client.relying_party().config().client().authentication() {
        ClientAuthentication::Basic(_) => (true, false, false),
        ClientAuthentication::Post(_) => (false, true, true),
        other => panic!("no module registers {other:?}"),
    };
    assert_eq!(found, expected);
    match sent("grant_type").as_deref() {
        Some("authorization_code") => {
            assert_eq!(sent("redirect_uri").as_deref(), Some(Registered::DEFAULT_REDIRECT_URI));
            assert_eq!(sent("code_verifier").unwrap().len(), 43);
            assert!(sent("code").is_some());
        }
        Some("refresh_token") => assert!(sent("refresh_token").is_some()),
        other => panic!("no module uses the grant {other:?}"),
    }
}

/// RFC 6750 §2: one token, never in the query.
fn user_info(seen: &Seen) {
    assert!(seen.request().uri().query().is_none());
    let in_header = seen.header("authorization").is_some_and(|value| value.starts_with("Bearer "));
    let in_form = seen.parameter("access_token").is_some();
    assert!(in_header != in_form, "one access token");
}

/// RP-Initiated Logout §2: what the provider would have to ask the user for is there. A user who
/// signs out at the provider brings nothing at all.
fn end_session(seen: &Seen) {
    if seen.request().uri().query().is_none() {
        return;
    }
    for name in ["id_token_hint", "post_logout_redirect_uri", "state"] {
        assert!(seen.parameter(name).is_some(), "{name}");
    }
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}
