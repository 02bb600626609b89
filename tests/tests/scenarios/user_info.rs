//! UserInfo: about the user of the ID token and nobody else, plain and signed.

use http::StatusCode;
use tegata_core::error::{ErrorCode, Fault, Remedy, TokenFault, TokenKind};
use tegata_core::http::Endpoint;
use tegata_core::json::JsonFault;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint as At, Fault as Fake};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request, tokens};

fn signed() -> Profile {
    let mut profile = Profile::OPENID;
    profile.signed_userinfo = true;
    profile
}

#[test]
fn every_provider_tells_more_about_the_user() {
    for profile in Profile::ALL.into_iter().chain([signed()]) {
        let is_signed = profile.signed_userinfo;
        let stage = Stage::served(profile);
        let signed_in = stage.signed_in();
        let info = stage.client.user_info(tokens(&signed_in), signed_in.claims()).unwrap();
        assert_eq!((info.subject(), info.is_signed()), ("alice", is_signed));
        assert_eq!(info.claims()["email"], "alice@example.com");
    }
}

#[test]
fn an_answer_about_somebody_else_is_refused() {
    let subject = |path: &str| JsonFault::Missing { path: path.into() };
    let misbehaved = |fault| Verdict::Misbehaved(Endpoint::UserInfo, fault);
    let invalid = |fault| Verdict::InvalidToken(TokenKind::UserInfo, fault);
    let table = [
        (Profile::OPENID, Fake::UserinfoSubMismatch, misbehaved(Fault::SubjectMismatch)),
        (Profile::OPENID, Fake::UserinfoSubMissing, misbehaved(Fault::Json(subject("sub")))),
        (signed(), Fake::UserinfoSubMismatch, invalid(TokenFault::SubjectChanged)),
        (signed(), Fake::UserinfoSubMissing, invalid(TokenFault::Subject)),
    ];
    for (profile, fault, expected) in table {
        let stage = Stage::direct(profile);
        let signed_in = stage.signed_in();
        let _ = stage.provider.on(At::UserInfo).once(fault);
        let verdict = Verdict::on(stage.client.user_info(tokens(&signed_in), signed_in.claims()));
        assert_eq!(verdict, expected, "{fault}");
    }
}

#[test]
fn the_tokens_of_one_user_with_the_claims_of_another_are_refused() {
    let stage = Stage::direct(Profile::OPENID);
    let alice = stage.signed_in();
    stage.provider.consent(tegata_testkit::Decision::approve().user("bob"));
    let bob = stage.signed_in();
    let verdict = Verdict::on(stage.client.user_info(tokens(&alice), bob.claims()));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::UserInfo, Fault::SubjectMismatch));
}

#[test]
fn an_expired_token_is_refused_by_the_code_of_the_challenge() {
    for profile in Profile::ALL {
        let stage = Stage::served(profile);
        let signed_in = stage.signed_in();
        stage.wait(3600);
        let error = stage.client.user_info(tokens(&signed_in), signed_in.claims()).unwrap_err();
        let name = stage.provider.profile().name;
        assert_eq!(error.status(), Some(StatusCode::UNAUTHORIZED.as_u16()), "{name}");
        assert_eq!(error.endpoint(), Some(Endpoint::UserInfo), "{name}");
        assert_eq!(error.code(), Some(&ErrorCode::InvalidToken), "{name}");
        assert_eq!(error.remedy(), Remedy::Refresh, "{name}");
    }
}

#[test]
fn the_code_is_read_from_the_header_alone() {
    let stage = Stage::served(Profile::OPENID);
    let signed_in = stage.signed_in();
    let refusal = http::Response::builder()
        .status(StatusCode::FORBIDDEN)
        .header(
            "www-authenticate",
            r#"Basic realm="x", Bearer error="insufficient_scope",scope="a b""#,
        )
        .header("content-type", "text/html")
        .body(b"<p>no</p>".to_vec())
        .unwrap();
    let _ = stage.provider.on(At::UserInfo).respond_once(refusal);
    let error = stage.client.user_info(tokens(&signed_in), signed_in.claims()).unwrap_err();
    assert_eq!(error.remedy(), Remedy::AskConsentAgain);
    let tegata_core::Error::Refused(error) = error else { panic!("{error}") };
    assert_eq!(error.scope().unwrap().to_string(), "a b");
}

#[test]
fn an_api_that_wants_more_scope_says_which() {
    let stage = Stage::served(Profile::OPENID);
    let signed_in = stage.sign_in(request()).unwrap();
    let mut request = stage.api_request();
    *request.uri_mut() = format!("{}?scope=phone", request.uri()).parse().unwrap();
    let error = stage.client.call(request, tokens(&signed_in).access_token()).unwrap_err();
    let tegata_core::Error::Refused(error) = error else { panic!("{error}") };
    assert_eq!(error.code(), Some(&ErrorCode::InsufficientScope));
    assert_eq!(error.scope().unwrap().to_string(), "phone");
}

#[test]
fn a_signed_answer_is_verified_like_any_token() {
    let stage = Stage::direct(signed());
    let signed_in = stage.signed_in();
    // Of an expired key that is gone: the new set is fetched, once.
    stage.provider.rotate_keys(tegata_testkit::OldKeys::Dropped);
    let info = stage.client.user_info(tokens(&signed_in), signed_in.claims()).unwrap();
    assert!(info.is_signed());
    assert_eq!(stage.provider.count(At::Jwks), 2);
}
