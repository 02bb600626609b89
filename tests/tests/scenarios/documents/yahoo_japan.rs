//! Yahoo! JAPAN, hybrid flow: one test per step of the document.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use tegata_core::authorize::{Callback, ResponseType};
use tegata_core::error::{Error, ErrorCode, Fault, Remedy, TokenFault, TokenKind};
use tegata_core::http::Endpoint;
use tegata_oidc::fragment_page;
use tegata_oidc::sign_in::SignInRequest;
use tegata_providers::yahoo_japan;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Decision, Endpoint as At, Fault as Fake, Landing};
use tegata_tests::fake;
use tegata_tests::verdict::Verdict;
use tegata_tokens::store::MemoryStore;
use tegata_tokens::{GrantId, RefreshPolicy};

use super::Tokens;
use super::stage::{Stage, tokens};

fn hybrid() -> SignInRequest {
    SignInRequest::new()
        .scope("openid profile email")
        .unwrap()
        .response_type(ResponseType::CodeIdTokenToken)
}

fn front(fault: TokenFault) -> Verdict {
    Verdict::InvalidToken(TokenKind::FrontIdToken, fault)
}

#[test]
fn step_1_discovery() {
    let stage = Stage::served(Profile::YAHOO_JAPAN);
    let metadata = stage.client.metadata().unwrap();
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        assert!(metadata.endpoint(name).is_some(), "{name}");
    }
    assert_eq!(metadata.lists("response_types_supported", "code id_token"), Some(true));
    assert!(metadata.endpoint("revocation_endpoint").is_none());
    assert!(metadata.endpoint("end_session_endpoint").is_none());
}

#[test]
fn step_2_the_authentication_request_bails_and_names_no_scope_twice() {
    let stage = Stage::direct(Profile::YAHOO_JAPAN);
    let request = hybrid().scope("profile openid").unwrap().offline();
    let (url, _) = stage.client.start(request).unwrap();
    let sent = |name: &str| {
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    assert_eq!(sent("scope").as_deref(), Some("openid profile email"));
    assert_eq!(sent("bail").as_deref(), Some("1"));
    assert_eq!(sent("response_type").as_deref(), Some("code id_token token"));
    assert!(sent("nonce").is_some() && sent("state").is_some());
    // Every code brings a refresh token: nothing is asked for it.
    assert_eq!((sent("access_type"), sent("prompt")), (None, None));
    let Landing::Redirect { url } = stage.provider.browse(url.as_str()) else { panic!("a page") };
    assert!(url.contains('#') && !url.contains("error"), "{url}");
}

#[test]
fn step_2_a_user_who_declines_comes_back_with_nothing() {
    let stage = Stage::direct(Profile::YAHOO_JAPAN);
    stage.provider.consent(Decision::decline());
    let error = stage.sign_in(hybrid()).unwrap_err();
    assert_eq!(error.remedy(), Remedy::ShowUser);
    let declined = Verdict::Misbehaved(Endpoint::Authorization, Fault::Declined);
    assert_eq!(Verdict::on::<()>(Err(error)), declined);
}

#[test]
fn step_2_the_state_is_compared() {
    let stage = Stage::direct(Profile::YAHOO_JAPAN);
    let (_, callback) = stage.authorize(hybrid());
    let (pending, _) = stage.authorize(hybrid());
    let verdict = Verdict::on(stage.client.finish(pending, callback));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Authorization, Fault::State));
}

#[test]
fn step_3_a_page_hands_the_fragment_to_the_server_as_a_form() {
    let stage = Stage::served(Profile::YAHOO_JAPAN);
    let (url, pending) = stage.client.start(hybrid()).unwrap();
    let landing = stage.provider.browse(url.as_str());
    let (address, fragment) = landing.url().split_once('#').unwrap();
    assert!(!address.contains('?'));
    // A browser does not send the fragment: the server answers with the page, which posts it.
    let page = fragment_page::FragmentPage::new().response();
    assert_eq!(
        (page.status().as_u16(), page.headers()["cache-control"].as_bytes()),
        (200, &b"no-store"[..])
    );
    let callback = fragment_page::callback(fragment.as_bytes()).unwrap();
    let signed_in = stage.client.finish(pending, callback).unwrap();
    let in_front = signed_in.front_tokens().unwrap();
    let at_the_server = tokens(&signed_in);
    assert_ne!(in_front.access_token(), at_the_server.access_token());
    assert!(in_front.refresh_token().is_none() && at_the_server.refresh_token().is_some());

    let (pending, _) = stage.authorize(hybrid());
    let query = Callback::from_query(&format!("{fragment}&x=1")).unwrap();
    assert!(stage.client.finish(pending, query).is_err(), "never from a query");
}

#[test]
fn step_4_the_id_token_in_front_is_verified_by_either_source_of_keys() {
    for by_pem in [false, true] {
        let stage = Stage::configured(Profile::YAHOO_JAPAN, |config, provider| {
            if !by_pem {
                return config;
            }
            let url = provider.address(At::PublicKeys).unwrap();
            yahoo_japan::with_public_keys(config, &url).unwrap()
        });
        let signed_in = stage.sign_in(hybrid()).unwrap();
        assert_eq!(signed_in.claims().audience().count(), 1);
        let (pem, jwks) = (stage.provider.count(At::PublicKeys), stage.provider.count(At::Jwks));
        assert_eq!((pem, jwks), if by_pem { (1, 0) } else { (0, 1) });
    }
}

#[test]
fn step_4_what_is_wrong_with_the_id_token_in_front_ends_the_sign_in_before_the_code_is_spent() {
    for (fault, expected) in [
        (Fake::SignatureInvalid, TokenFault::Signature),
        (Fake::IssMismatch, TokenFault::Issuer),
        (Fake::AudInvalid, TokenFault::Audience),
        (Fake::NonceInvalid, TokenFault::Nonce),
        (Fake::AtHashInvalid, TokenFault::AccessTokenHash),
        (Fake::CHashInvalid, TokenFault::CodeHash),
    ] {
        let stage = Stage::direct(Profile::YAHOO_JAPAN);
        let (url, pending) = stage.client.start(hybrid()).unwrap();
        let _ = stage.provider.on(At::Authorization).once(fault);
        let callback = stage.provider.browse(url.as_str()).callback().unwrap();
        assert_eq!(Verdict::on(stage.client.finish(pending, callback)), front(expected), "{fault}");
        assert_eq!(stage.provider.count(At::Token), 0, "{fault}");
    }
}

#[test]
fn step_4_an_id_token_is_at_most_ten_minutes_old_and_its_end_is_no_sessions_end() {
    let stage = Stage::direct(Profile::YAHOO_JAPAN);
    let (pending, callback) = stage.authorize(hybrid());
    stage.wait(600 + 61);
    let verdict = Verdict::on(stage.client.finish(pending, callback));
    assert_eq!(verdict, front(TokenFault::IssuedAt));

    let signed_in = stage.sign_in(hybrid()).unwrap();
    let claims = signed_in.claims();
    let lifetime = claims.expires_at().since(claims.issued_at());
    assert_eq!(lifetime, Duration::from_secs(28 * 24 * 3600));
}

#[test]
fn step_5_call_a_web_api_with_the_access_token_of_the_browser() {
    let stage = Stage::served(Profile::YAHOO_JAPAN);
    let signed_in = stage.sign_in(hybrid()).unwrap();
    let token = signed_in.front_tokens().unwrap().access_token();
    stage.client.call(stage.api_request(), token).unwrap();
    stage.wait(3600);
    let error = stage.client.call(stage.api_request(), token).unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some(&ErrorCode::InvalidToken)));
    let Error::Refused(refused) = error else { panic!("not refused") };
    assert_eq!(refused.description(), Some("expired token"));
}

#[test]
fn step_5_an_api_says_no_in_a_header_of_its_own_in_json_and_in_xml() {
    for (status, header, content_type, body, code) in [
        (401, Some("expired token"), "text/plain", "", Some(ErrorCode::InvalidToken)),
        (
            403,
            None,
            "application/json",
            r#"{"error":"invalid_request","error_description":"Client is not allowed"}"#,
            Some(ErrorCode::InvalidRequest),
        ),
        (403, None, "application/json", r#"{"Error":{"Message":"no such API"}}"#, None),
        (403, None, "application/xml", "<Error><Message>no such API</Message></Error>", None),
    ] {
        let stage = Stage::direct(Profile::YAHOO_JAPAN);
        let signed_in = stage.sign_in(hybrid()).unwrap();
        let mut answer = http::Response::builder().status(status);
        answer = answer.header("content-type", content_type);
        if let Some(reason) = header {
            answer = answer.header("x-yahooj-autherror", reason);
        }
        stage.provider.on(At::Api).respond_once(answer.body(body.into()).unwrap());
        let token = tokens(&signed_in).access_token();
        let error = stage.client.call(stage.api_request(), token).unwrap_err();
        assert_eq!(error.code(), code.as_ref(), "{body}");
        let Error::Refused(refused) = error else { panic!("not refused") };
        assert!(refused.description().is_some(), "{body}");
    }
}

#[test]
fn step_6_request_tokens_with_basic_authentication() {
    let stage = Stage::served(Profile::YAHOO_JAPAN);
    let signed_in = stage.sign_in(hybrid()).unwrap();
    let asked = stage.provider.requests();
    let seen = asked.iter().find(|seen| seen.endpoint() == At::Token).unwrap();
    assert!(seen.header("authorization").unwrap().starts_with("Basic "));
    assert_eq!((seen.parameter("client_id"), seen.parameter("client_secret")), (None, None));
    // No scope in the answer: exactly what was asked for.
    assert_eq!(tokens(&signed_in).scope(), None);
    assert!(signed_in.granted().missing().is_empty());
    assert!(!signed_in.offline_ignored());
    // The refresh token is stored under the user's identifier.
    let (sender, told) = mpsc::channel();
    let listener = move |grant: &GrantId, _: &_| sender.send(grant.subject().to_owned()).is_ok();
    let (store, policy) = (Arc::new(MemoryStore::new()), RefreshPolicy::YAHOO_JAPAN);
    let _kept = Tokens::keep(&stage.client, store, policy, listener, &signed_in).unwrap();
    assert_eq!(told.recv_timeout(Duration::from_secs(60)).as_deref(), Ok("alice"));
}

#[test]
fn step_6_an_error_may_have_a_number() {
    for number in ["901", "\"901\""] {
        let stage = Stage::direct(Profile::YAHOO_JAPAN);
        let body = format!(
            r#"{{"error":"invalid_client","error_description":null,"error_code":{number}}}"#
        );
        let answer =
            http::Response::builder().status(401).header("content-type", "application/json");
        stage.provider.on(At::Token).respond_once(answer.body(body.into()).unwrap());
        let Err(Error::Refused(refused)) = stage.sign_in(hybrid()) else { panic!("not refused") };
        assert_eq!(refused.code(), Some(&ErrorCode::InvalidClient));
        assert_eq!(refused.provider_code(), Some("901"));
    }
}

#[test]
fn step_7_the_second_id_token_is_verified_and_about_the_same_user() {
    let stage = Stage::direct(Profile::YAHOO_JAPAN);
    let _ = stage.provider.on(At::Token).once(Fake::SubMismatch);
    let verdict = Verdict::on(stage.sign_in(hybrid()));
    let other = Verdict::InvalidToken(TokenKind::IdToken, TokenFault::FrontBackMismatch);
    assert_eq!(verdict, other);
}

#[test]
fn step_8_call_a_web_api_and_read_the_attributes_in_kana_and_kanji() {
    let stage = Stage::served(Profile::YAHOO_JAPAN);
    let signed_in = stage.sign_in(hybrid()).unwrap();
    stage.client.call(stage.api_request(), tokens(&signed_in).access_token()).unwrap();
    let user_info = stage.client.user_info(tokens(&signed_in), signed_in.claims()).unwrap();
    let claims = user_info.standard_claims();
    assert_eq!(claims.family_name().in_language("ja-Kana-JP"), Some("ヤマダ"));
    assert_eq!(claims.family_name().in_language("ja-Hani-JP"), Some("山田"));
    assert_eq!(claims.given_name().in_language("ja-Kana-JP"), Some("ハナコ"));
    assert_eq!((claims.birthdate(), claims.zoneinfo()), (Some("1985"), Some("Asia/Tokyo")));
}

#[test]
fn step_9_refresh_the_access_token_and_keep_the_refresh_token() {
    let stage = Stage::served(Profile::YAHOO_JAPAN);
    let signed_in = stage.sign_in(hybrid()).unwrap();
    let before = tokens(&signed_in);
    stage.wait(3600);
    let refreshed = stage.client.refresh(before, None).unwrap().into_tokens();
    assert_ne!(refreshed.access_token(), before.access_token());
    assert_eq!(refreshed.refresh_token(), before.refresh_token());
    stage.client.call(stage.api_request(), refreshed.access_token()).unwrap();
}

#[test]
fn step_9_a_refresh_token_that_expired_means_to_begin_with_step_1() {
    let stage = Stage::direct(Profile::YAHOO_JAPAN);
    let signed_in = stage.sign_in(hybrid()).unwrap();
    let lifetime = yahoo_japan::PROFILE.refresh_token_lifetime.unwrap();
    let end = fake::BEGINNING.plus(lifetime);
    assert_eq!(tokens(&signed_in).refresh_token_expires_at(), Some(end));
    stage.wait(lifetime.as_secs() - 1);
    let refreshed = stage.client.refresh(tokens(&signed_in), None).unwrap();
    // Use does not prolong it.
    assert_eq!(refreshed.tokens().refresh_token_expires_at(), Some(end));
    stage.wait(1);
    let error = stage.client.refresh(tokens(&signed_in), None).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
    assert_eq!(error.remedy(), Remedy::SignInAgain);
    assert_eq!(lifetime.as_secs(), 2_419_200);
}
