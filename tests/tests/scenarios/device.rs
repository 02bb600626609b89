//! Signing in on a device without a browser (RFC 8628): no test waits, the clock moves instead.

use std::time::Duration;

use tegata_core::Error;
use tegata_core::error::{ApiMisuse, ErrorCode, Fault, Remedy, TokenFault, TokenKind};
use tegata_core::http::Endpoint;
use tegata_core::time::Clock as _;
use tegata_oidc::sign_in::{DeviceRequest, PendingDevice, SignedIn};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Decision, Endpoint as At, FakeProvider, Fault as Fake, Landing, TestClock};
use tegata_tests::fake;
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, tokens};

fn request() -> DeviceRequest {
    DeviceRequest::new().scope("openid email profile").unwrap()
}

fn pending(stage: &Stage, request: DeviceRequest) -> PendingDevice {
    stage.client.start_device(request).unwrap()
}

/// To the end of the sign-in; wherever it would wait, time passes.
fn finish(stage: &Stage, pending: PendingDevice) -> Result<SignedIn, Error> {
    let flow = stage.client.relying_party().finish_device(pending);
    stage.client.run(stage.provider.clock().hurry(flow))
}

#[test]
fn the_user_answers_elsewhere_and_the_device_is_signed_in() {
    for profile in [Profile::OPENID, Profile::GOOGLE] {
        let name = profile.name;
        let stage = Stage::served(profile);
        let pending = pending(&stage, request().offline());
        assert!(pending.verification_uri().ends_with("/device"), "{name}");
        let asked = Duration::from_secs(17);
        stage.provider.answer_device_after(pending.user_code(), asked, Decision::approve());
        let signed_in = finish(&stage, pending).unwrap();
        assert_eq!(signed_in.claims().subject(), "alice");
        assert!(!signed_in.offline_ignored(), "{name}");
        assert!(signed_in.granted().missing().is_empty());
        // At 5, 10, 15 and 20 seconds; an honest device never hears `slow_down`.
        assert_eq!(stage.provider.count(At::Token), 4, "{name}");
        stage.client.call(stage.api_request(), tokens(&signed_in).access_token()).unwrap();
        stage.client.refresh(tokens(&signed_in), None).unwrap();
    }
}

#[test]
fn a_device_that_waited_long_enough_asks_at_once() {
    let stage = Stage::direct(Profile::OPENID);
    let pending = pending(&stage, request());
    stage.provider.answer_device(pending.user_code(), Decision::approve().user("bob"));
    stage.wait(6);
    let signed_in = stage.client.finish_device(pending).unwrap();
    assert_eq!(signed_in.claims().subject(), "bob");
    assert!(signed_in.tokens().unwrap().refresh_token().is_none());
}

#[test]
fn the_address_with_the_code_in_it_is_enough_for_the_browser() {
    let stage = Stage::direct(Profile::OPENID);
    let pending = pending(&stage, request());
    let landing = stage.provider.browse(pending.verification_uri_complete().unwrap());
    assert!(matches!(landing, Landing::Page { status, .. } if status == 200));
    assert_eq!(finish(&stage, pending).unwrap().claims().subject(), "alice");
}

#[test]
fn a_user_who_says_no_and_one_who_says_nothing_end_the_sign_in() {
    for profile in [Profile::OPENID, Profile::GOOGLE] {
        let stage = Stage::direct(profile);
        let declined = pending(&stage, request());
        stage.provider.answer_device(declined.user_code(), Decision::decline());
        let error = finish(&stage, declined).unwrap_err();
        assert_eq!(
            (error.code(), error.remedy()),
            (Some(&ErrorCode::AccessDenied), Remedy::ShowUser)
        );

        let before = stage.provider.count(At::Token);
        let silent = pending(&stage, request()).with_patience(Duration::from_secs(60));
        let error = finish(&stage, silent).unwrap_err();
        let expected = (Some(&ErrorCode::ExpiredToken), Remedy::SignInAgain);
        assert_eq!((error.code(), error.remedy()), expected);
        assert_eq!(stage.provider.count(At::Token) - before, 11);
    }
}

#[test]
fn a_poll_too_early_makes_the_device_slower() {
    let stage = Stage::direct(Profile::GOOGLE);
    let pending = pending(&stage, request());
    // The server says five seconds; another part of the device asked just now.
    stage.provider.answer_device_after(
        pending.user_code(),
        Duration::from_secs(12),
        Decision::approve(),
    );
    stage.provider.on(At::Token).respond_once(
        http::Response::builder()
            .status(403)
            .header("content-type", "application/json")
            .body(br#"{"error":"slow_down","error_description":"Forbidden"}"#.to_vec())
            .unwrap(),
    );
    finish(&stage, pending).unwrap();
    let begun = fake::BEGINNING.seconds();
    let now = stage.provider.clock().now().seconds();
    // After 5 seconds, and after 10 more.
    assert_eq!((now - begun, stage.provider.count(At::Token)), (15, 2));
}

#[test]
fn an_overloaded_server_costs_patience_and_not_the_sign_in() {
    let stage = Stage::direct(Profile::OPENID);
    let pending = pending(&stage, request());
    stage.provider.answer_device(pending.user_code(), Decision::approve());
    for fault in [Fake::Unavailable, Fake::HtmlErrorPage] {
        let _ = stage.provider.on(At::Token).once(fault);
    }
    finish(&stage, pending).unwrap();
    let begun = fake::BEGINNING.seconds();
    let now = stage.provider.clock().now().seconds();
    // After 5 seconds, 10 more, and 20 more.
    assert_eq!((now - begun, stage.provider.count(At::Token)), (35, 3));
}

#[test]
fn tokens_that_were_lost_on_the_way_are_not_asked_for_for_ever() {
    let stage = Stage::direct(Profile::OPENID);
    let pending = pending(&stage, request());
    stage.provider.answer_device(pending.user_code(), Decision::approve());
    let _ = stage.provider.on(At::Token).once(Fake::ConnectionReset);
    let error = finish(&stage, pending).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
    assert_eq!(stage.provider.count(At::Token), 2);
}

#[test]
fn the_id_token_is_verified_as_everywhere() {
    let stage = Stage::direct(Profile::OPENID);
    for (fault, expected) in
        [(Fake::SignatureInvalid, TokenFault::Signature), (Fake::NonceInvalid, TokenFault::Nonce)]
    {
        let pending = pending(&stage, request());
        stage.provider.answer_device(pending.user_code(), Decision::approve());
        let _ = stage.provider.on(At::Token).once(fault);
        let verdict = Verdict::on(finish(&stage, pending));
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::IdToken, expected), "{fault:?}");
    }
}

#[test]
fn nothing_is_polled_for_while_the_keys_cannot_be_had() {
    let stage = Stage::direct(Profile::OPENID);
    let pending = pending(&stage, request());
    stage.provider.answer_device(pending.user_code(), Decision::approve());
    let _ = stage.provider.on(At::Jwks).once(Fake::Unavailable);
    finish(&stage, pending).unwrap_err();
    assert_eq!(stage.provider.count(At::Token), 0);
}

#[test]
fn without_openid_it_is_a_grant_and_signs_nobody_in() {
    let stage = Stage::direct(Profile::OPENID);
    let asked = || DeviceRequest::new().scope("email").unwrap();
    let grant = pending(&stage, asked());
    stage.provider.answer_device(grant.user_code(), Decision::approve());
    stage.wait(6);
    let grant = stage.client.finish_device_grant(grant).unwrap();
    assert!(grant.granted().missing().is_empty() && grant.tokens().id_token().is_none());
    let nobody = finish(&stage, pending(&stage, asked()));
    assert_eq!(Verdict::on(nobody), Verdict::ApiMisuse(ApiMisuse::ScopeOpenidMissing));
}

#[test]
fn scopes_that_google_gives_no_device_are_not_even_asked_for() {
    let stage = Stage::direct(Profile::GOOGLE);
    let asked = |scope| stage.client.start_device(DeviceRequest::new().scope(scope).unwrap());
    let before = stage.provider.requests().len();
    let refused = Verdict::on(asked("openid https://www.googleapis.com/auth/drive"));
    assert!(matches!(refused, Verdict::ApiMisuse(ApiMisuse::Unsupported(_))), "{refused:?}");
    assert_eq!(stage.provider.requests().len(), before);
    asked("openid https://www.googleapis.com/auth/userinfo.email").unwrap();
    asked("email https://www.googleapis.com/auth/drive.file").unwrap();
}

#[test]
fn a_quota_and_a_provider_without_devices_are_said_at_the_start() {
    let stage = Stage::direct(Profile::GOOGLE);
    stage.provider.on(At::DeviceAuthorization).respond_once(
        http::Response::builder()
            .status(403)
            .header("content-type", "application/json")
            .body(br#"{"error_code":"rate_limit_exceeded"}"#.to_vec())
            .unwrap(),
    );
    let error = stage.client.start_device(request()).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RateLimitExceeded));
    assert_eq!(error.remedy(), Remedy::Retry { after: None });

    let none = Stage::direct(Profile::YAHOO_JAPAN);
    let verdict = Verdict::on(none.client.start_device(request()));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::DeviceAuthorization, Fault::NoEndpoint));
}

#[test]
fn a_person_types_the_code_in_and_chooses() {
    let provider = FakeProvider::builder(Profile::OPENID)
        .clock(TestClock::at(fake::BEGINNING))
        .interactive()
        .build();
    let stage = Stage::serve(provider);
    let pending = pending(&stage, request());
    let address = pending.verification_uri().to_owned();
    let Landing::Page { html, .. } = stage.provider.browse(&address) else { panic!("no page") };
    assert!(html.contains("The code that it shows") && !html.contains("<script"), "{html}");
    let post = |form: String| {
        let request = http::Request::post(&address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into_bytes());
        stage.provider.handle(&request.unwrap()).status().as_u16()
    };
    let choices = "choice.user=bob&choice.answer=approve";
    assert_eq!(post(format!("user_code=BBBB-BBBB&{choices}")), 400, "no such code");
    // Case and hyphen are the user's own.
    let typed = pending.user_code().replace('-', " ").to_lowercase().replace(' ', "+");
    assert_eq!(post(format!("user_code={typed}&{choices}")), 200);
    assert_eq!(post(format!("user_code={typed}&{choices}")), 400, "answered before");
    assert_eq!(finish(&stage, pending).unwrap().claims().subject(), "bob");
}
