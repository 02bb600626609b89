//! Google, hybrid server-side flow: one test per step of the document that a server has a part in.

use http::Request;
use tegata_core::authorize::Callback;
use tegata_core::error::{ErrorCode, Fault, TokenFault, TokenKind};
use tegata_core::http::{Endpoint, HttpRequest};
use tegata_core::redirect::TokenRequestUri;
use tegata_core::secret::{AuthorizationCode, Nonce, State};
use tegata_core::token::TokenSet;
use tegata_core::url::RedirectUri;
use tegata_oidc::sign_in::OneTimeCode;
use tegata_providers::google::{self, CodeClient, CodeGuard, CodeRejection, Credential};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint as At, FakeProvider, Fault as Fake, TestClock};
use tegata_tests::fake;
use tegata_tests::verdict::Verdict;

use super::backend;
use super::stage::Stage;

/// A provider that knows the constants which pages and apps use in place of a redirect URI.
fn stage() -> Stage {
    let provider = FakeProvider::builder(Profile::GOOGLE)
        .clock(TestClock::at(fake::BEGINNING))
        .client(Client::default().redirect_uri("postmessage").redirect_uri(""))
        .build();
    let config = fake::config(&provider).unwrap();
    let client = backend::client_through(config, provider.clock(), provider.transport()).unwrap();
    Stage::of(client, provider)
}

/// What Google's script does in the page: no state, no nonce, no PKCE.
fn code_of_the_page(stage: &Stage, more: &str) -> String {
    code_for(stage, "postmessage", more)
}

/// The same with another redirect URI, or none: a server's own, an app's SDK.
fn code_for(stage: &Stage, redirect_uri: &str, more: &str) -> String {
    let url = format!(
        "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id={}\
         &redirect_uri={redirect_uri}&scope=openid+email+profile&access_type=offline{more}",
        Client::DEFAULT_ID
    );
    let landing = stage.provider.browse(&url);
    let (_, query) = landing.url().split_once('?').unwrap();
    let code = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
    code.unwrap().1.into_owned()
}

/// What the page posts, as the document's script does, and the server lets in.
fn admitted(code: &str) -> AuthorizationCode {
    let request = Request::post("/storeauthcode")
        .header("origin", "https://app.example.com")
        .header("x-requested-with", "XMLHttpRequest")
        .header("content-type", "application/octet-stream; charset=utf-8")
        .body(code.as_bytes().to_vec());
    CodeGuard::new(&["https://app.example.com"]).admit(&request.unwrap()).unwrap()
}

fn one_time_code(code: &str) -> OneTimeCode {
    let code = OneTimeCode::new(admitted(code), TokenRequestUri::PostMessage);
    code.with_scope("openid email profile").unwrap().offline()
}

#[test]
fn step_1_the_code_client_of_the_page_agrees_with_the_server() {
    let stage = stage();
    let config = stage.client.relying_party().config();
    let code_client = CodeClient::popup(config, "openid email profile").unwrap();
    let json = code_client.config_json();
    assert_eq!(json["client_id"], Client::DEFAULT_ID);
    assert_eq!(json["ux_mode"], "popup");
    assert!(json.get("redirect_uri").is_none());
    let code = code_of_the_page(&stage, "");
    let code = code_client.one_time_code(admitted(&code)).unwrap();
    stage.client.run(stage.client.relying_party().redeem(code)).unwrap();
    let seen = stage.provider.requests().into_iter().find(|seen| seen.endpoint() == At::Token);
    assert_eq!(seen.unwrap().parameter("redirect_uri").as_deref(), Some("postmessage"));
}

#[test]
fn step_6_send_the_code_to_the_server_and_let_no_forged_request_in() {
    let guard = CodeGuard::new(&["https://app.example.com"]);
    assert_eq!(admitted("4/yU4cQZTMnnMtety").expose(), "4/yU4cQZTMnnMtety");
    let without = Request::post("/storeauthcode").header("origin", "https://app.example.com");
    let rejected = guard.admit(&without.body(b"4/x".to_vec()).unwrap()).unwrap_err();
    assert_eq!((rejected, rejected.status().as_u16()), (CodeRejection::RequestedWith, 403));
}

#[test]
fn step_7_exchange_the_code_for_tokens_and_read_the_profile() {
    let stage = stage();
    let code = one_time_code(&code_of_the_page(&stage, ""));
    let signed_in = stage.client.run(stage.client.relying_party().redeem(code)).unwrap();
    assert_eq!(signed_in.claims().subject(), "alice");
    let claims = signed_in.standard_claims();
    assert_eq!(claims.email(), Some("alice@example.com"));
    assert_eq!(claims.email_verified(), Some(true));
    assert_eq!(claims.name().plain(), Some("Alice Example"));
    assert_eq!(claims.picture(), Some("https://images.example.com/alice.png"));
    assert_eq!(claims.locale(), Some("en-GB"));
    assert_eq!(claims.family_name().plain(), Some("Example"));
    assert_eq!(claims.given_name().plain(), Some("Alice"));
    let hosted_domain = google::hosted_domain(signed_in.claims());
    assert!(!google::is_authoritative_for_email(&claims, hosted_domain.as_deref()));
    assert!(signed_in.granted().missing().is_empty());
    let tokens = signed_in.tokens().unwrap();
    assert!(tokens.refresh_token().is_some());
    stage.client.call(stage.api_request(), tokens.access_token()).unwrap();
}

#[test]
fn step_7_the_redirect_uri_of_the_exchange_is_a_uri_a_constant_or_empty() {
    let stage = stage();
    let party = stage.client.relying_party();
    let own = RedirectUri::new(Client::DEFAULT_REDIRECT_URI).unwrap();
    let uris = [TokenRequestUri::Uri(own), TokenRequestUri::PostMessage, TokenRequestUri::Empty];
    for got_with in &uris {
        for exchanged_with in &uris {
            let code = AuthorizationCode::new(code_for(&stage, got_with.as_str(), ""));
            let code = OneTimeCode::new(code, exchanged_with.clone());
            let signed_in = stage.client.run(party.redeem(code));
            let sent = stage.provider.requests().pop().unwrap();
            assert_eq!(sent.endpoint(), At::Token);
            let redirect_uri = sent.parameter("redirect_uri").unwrap_or_default();
            assert_eq!(redirect_uri, exchanged_with.as_str());
            // Empty is sent too. Its Debug names the parameters.
            assert!(format!("{sent:?}").contains("redirect_uri"), "{exchanged_with:?}");
            if got_with == exchanged_with {
                assert_eq!(signed_in.unwrap().claims().subject(), "alice", "{got_with:?}");
            } else {
                let error = signed_in.unwrap_err();
                assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{got_with:?}");
            }
        }
    }
}

#[test]
fn step_7_a_later_exchange_brings_no_refresh_token_and_the_first_is_kept() {
    let stage = stage();
    let redeem = |more: &str| {
        let code = one_time_code(&code_of_the_page(&stage, more));
        stage.client.run(stage.client.relying_party().redeem(code)).unwrap()
    };
    let first = redeem("").tokens().unwrap().clone();
    let second = redeem("&prompt=select_account");
    assert!(second.offline_ignored());
    let kept: TokenSet = second.tokens().unwrap().clone().or_keep(&first);
    assert_eq!(kept.refresh_token(), first.refresh_token());
}

#[test]
fn step_7_a_page_that_sent_a_nonce_gets_it_checked_and_one_that_did_not_gets_none() {
    let stage = stage();
    let party = stage.client.relying_party();
    let redeem = |code| stage.client.run(party.redeem(code));
    let code = one_time_code(&code_of_the_page(&stage, "&nonce=n1"));
    assert!(redeem(code.with_nonce(Nonce::new("n1"))).is_ok());
    let code = one_time_code(&code_of_the_page(&stage, "&nonce=n1"));
    let wrong = Verdict::InvalidToken(TokenKind::IdToken, TokenFault::Nonce);
    assert_eq!(Verdict::on(redeem(code.with_nonce(Nonce::new("n2")))), wrong);
    let code = one_time_code(&code_of_the_page(&stage, "&nonce=n1"));
    assert_eq!(Verdict::on(redeem(code)), wrong);
}

#[test]
fn step_7_the_id_token_is_verified_and_the_code_is_spent_only_when_it_can_be() {
    let stage = stage();
    let party = stage.client.relying_party();
    let _ = stage.provider.on(At::Jwks).once(Fake::Unavailable);
    let code = one_time_code(&code_of_the_page(&stage, ""));
    assert!(stage.client.run(party.redeem(code)).is_err());
    assert_eq!(stage.provider.count(At::Token), 0);

    stage.wait(2);
    let _ = stage.provider.on(At::Token).once(Fake::SignatureInvalid);
    let code = one_time_code(&code_of_the_page(&stage, ""));
    let verdict = Verdict::on(stage.client.run(party.redeem(code)));
    assert_eq!(verdict, Verdict::InvalidToken(TokenKind::IdToken, TokenFault::Signature));
}

#[test]
fn the_code_client_by_redirect_comes_back_with_its_state() {
    let stage = Stage::direct(Profile::GOOGLE);
    let party = stage.client.relying_party();
    let state = State::new("unguessable");
    let code_client = CodeClient::redirect(party.config(), "openid", &state).unwrap();
    let config = code_client.config_json();
    let url = format!(
        "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id={}\
         &redirect_uri={}&scope={}&state={}",
        config["client_id"].as_str().unwrap(),
        config["redirect_uri"].as_str().unwrap(),
        config["scope"].as_str().unwrap(),
        config["state"].as_str().unwrap(),
    );
    let landing = stage.provider.browse(&url);
    let now = fake::BEGINNING;
    let read = |callback: &Callback, state: &State| {
        OneTimeCode::from_callback(party, callback, state, now)
    };
    let callback = landing.callback().unwrap();
    let verdict = Verdict::on(read(&callback, &State::new("another")));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Authorization, Fault::State));
    let code = read(&callback, &state).unwrap();
    let signed_in = stage.client.run(party.redeem(code)).unwrap();
    assert_eq!(signed_in.claims().subject(), "alice");
}

/// What Google's button posts: an ID token that it got by itself.
fn credential(stage: &Stage, cookie: &str, nonce: &str) -> HttpRequest {
    let url = format!(
        "https://accounts.google.com/o/oauth2/v2/auth?response_type=id_token&client_id={}\
         &redirect_uri={}&scope=openid+email&nonce={nonce}",
        Client::DEFAULT_ID,
        Client::DEFAULT_REDIRECT_URI,
    );
    let landing = stage.provider.browse(&url);
    let (_, fragment) = landing.url().split_once('#').unwrap();
    let token = fragment.split('&').find_map(|pair| pair.strip_prefix("id_token=")).unwrap();
    let body = format!("credential={token}&g_csrf_token=c5rf&select_by=btn");
    let request = Request::post("/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", format!("g_csrf_token={cookie}"))
        .body(body.into_bytes());
    request.unwrap()
}

#[test]
fn the_button_and_one_tap_post_a_credential_with_a_double_submit() {
    let stage = Stage::served(Profile::GOOGLE);
    let party = stage.client.relying_party();
    let forged = credential(&stage, "another", "n1");
    assert_eq!(Credential::read(&forged).unwrap_err().status(), 400);
    let request = credential(&stage, "c5rf", "n1");
    let credential = Credential::read(&request).unwrap();
    assert_eq!(credential.select_by(), Some("btn"));
    let token = credential.into_token();
    let verify = |nonce: Option<&str>| {
        let flow = party.verify_handed_over(token.clone(), nonce.map(Nonce::new));
        stage.client.run(flow)
    };
    assert_eq!(verify(Some("n1")).unwrap().subject(), "alice");
    let wrong = Verdict::InvalidToken(TokenKind::IdToken, TokenFault::Nonce);
    assert_eq!(Verdict::on(verify(Some("n2"))), wrong);
    assert_eq!(Verdict::on(verify(None)), wrong);
    stage.wait(3700);
    let expired = Verdict::InvalidToken(TokenKind::IdToken, TokenFault::Expired);
    assert_eq!(Verdict::on(verify(Some("n1"))), expired);
}
