//! Google, OAuth 2.0 for web server applications: one test per step of the document.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use tegata_core::authorize::Prompt;
use tegata_core::error::catalogue::{Place, Provider, explain};
use tegata_core::error::{ApiMisuse, Error, ErrorCode, Remedy};
use tegata_core::redirect::Rule;
use tegata_core::revoke::Revoked;
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;
use tegata_oidc::sign_in::SignInRequest;
use tegata_providers::google::{self, AccessType, GoogleParameters, HostedDomain};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Decision, Endpoint as At, Landing, User};
use tegata_tests::fake;
use tegata_tests::verdict::Verdict;
use tegata_tokens::RefreshPolicy;
use tegata_tokens::event::{Event, EventKind};
use tegata_tokens::store::MemoryStore;

use super::Tokens;
use super::stage::{Stage, request, tokens};

const DRIVE: &str = "https://www.googleapis.com/auth/drive.metadata.readonly";
const CALENDAR: &str = "https://www.googleapis.com/auth/calendar.readonly";

fn drive_and_calendar() -> SignInRequest {
    SignInRequest::new().scope(&format!("{DRIVE} {CALENDAR}")).unwrap()
}

/// Asks for APIs and no identity, as the document does.
fn granted(stage: &Stage, request: SignInRequest) -> tegata_oidc::sign_in::Grant {
    let (pending, callback) = stage.authorize(request);
    stage.client.finish_grant(pending, callback).unwrap()
}

#[test]
fn create_authorization_credentials() {
    let json = r#"{"web":{"client_id":"1.apps.googleusercontent.com","client_secret":"s",
        "redirect_uris":["https://www.example.com/oauth2callback"]}}"#;
    let config = google::from_client_secret(json).unwrap();
    assert_eq!(config.redirect_uri().unwrap().as_str(), "https://www.example.com/oauth2callback");
    let error = google::from_client_secret(r#"{"type":"service_account"}"#).unwrap_err();
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
}

#[test]
fn step_1_set_authorization_parameters() {
    let stage = Stage::direct(Profile::GOOGLE);
    let request = drive_and_calendar()
        .access_type(AccessType::Offline)
        .unwrap()
        .include_granted_scopes(true)
        .unwrap()
        .enable_granular_consent(true)
        .unwrap()
        .hosted_domain(&HostedDomain::Any)
        .unwrap()
        .login_hint("hint@example.com")
        .prompt(&[Prompt::Consent, Prompt::SelectAccount])
        .unwrap();
    let (url, _) = stage.client.start(request).unwrap();
    let sent = |name: &str| {
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("{name} is missing")).1.into_owned()
    };
    for (name, value) in [
        ("response_type", "code"),
        ("access_type", "offline"),
        ("include_granted_scopes", "true"),
        ("enable_granular_consent", "true"),
        ("hd", "*"),
        ("login_hint", "hint@example.com"),
        ("prompt", "consent select_account"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(sent(name), value, "{name}");
    }
    assert_eq!(sent("scope"), format!("{DRIVE} {CALENDAR}"));
    assert_eq!(sent("state").len(), 43);

    let twice = drive_and_calendar().access_type(AccessType::Online).unwrap();
    assert!(twice.access_type(AccessType::Offline).is_err());
    let alone = drive_and_calendar().prompt(&[Prompt::None, Prompt::Consent]);
    assert_eq!(Verdict::on(alone), Verdict::ApiMisuse(ApiMisuse::PromptNoneWithOthers));
    let unknown = drive_and_calendar().prompt(&[Prompt::Login]).unwrap();
    let verdict = Verdict::on(stage.client.start(unknown));
    assert!(matches!(verdict, Verdict::ApiMisuse(ApiMisuse::Unsupported(_))), "{verdict:?}");
}

#[test]
fn step_2_redirect_to_googles_server() {
    let stage = Stage::direct(Profile::GOOGLE);
    let (url, _) = stage.client.start(drive_and_calendar()).unwrap();
    let address = format!("{}{}", url.origin().ascii_serialization(), url.path());
    assert_eq!(address, "https://accounts.google.com/o/oauth2/v2/auth");
}

#[test]
fn step_3_google_prompts_the_user_and_errors_stay_on_its_page() {
    let stage = Stage::direct(Profile::GOOGLE);
    let (url, _) = stage.client.start(drive_and_calendar()).unwrap();
    let wrong = url.as_str().replace("app.example.com", "other.example.com");
    let Landing::Page { status, html } = stage.provider.browse(&wrong) else {
        panic!("the browser came back")
    };
    assert_eq!(status, 400);
    assert!(html.contains("redirect_uri_mismatch"), "{html}");
    for (code, remedy) in [
        ("admin_policy_enforced", Remedy::TellAdministrator),
        ("disallowed_useragent", Remedy::FixProgram),
        ("org_internal", Remedy::ShowUser),
        ("invalid_client", Remedy::FixConfiguration),
        ("deleted_client", Remedy::FixConfiguration),
        ("redirect_uri_mismatch", Remedy::FixConfiguration),
        ("invalid_request", Remedy::FixProgram),
    ] {
        let explained = explain(code, Some(Provider::Google), Some(Place::Page));
        assert_eq!(explained.remedy(), Some(remedy), "{code}");
    }
    // It is for tokens and codes too: there it means a new sign-in.
    assert_eq!(ErrorCode::InvalidGrant.remedy(), Remedy::SignInAgain);
}

#[test]
fn step_4_handle_the_response() {
    let stage = Stage::direct(Profile::GOOGLE);
    stage.provider.consent(Decision::decline());
    let (pending, callback) = stage.authorize(drive_and_calendar());
    let error = stage.client.finish_grant(pending, callback).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::AccessDenied));
    assert_eq!(error.remedy(), Remedy::ShowUser);

    stage.provider.consent(Decision::approve());
    let (_, callback) = stage.authorize(drive_and_calendar());
    let (other, _) = stage.authorize(drive_and_calendar());
    let error = stage.client.finish_grant(other, callback).unwrap_err();
    assert_eq!(error.remedy(), Remedy::SecurityIncident, "the state of another browser");
}

#[test]
fn step_5_exchange_the_code() {
    let stage = Stage::served(Profile::GOOGLE);
    let grant = granted(&stage, drive_and_calendar().offline());
    let asked = stage.provider.requests();
    let seen = asked.iter().find(|seen| seen.endpoint() == At::Token).unwrap();
    assert_eq!(seen.parameter("grant_type").as_deref(), Some("authorization_code"));
    for name in ["client_id", "client_secret", "code", "redirect_uri", "code_verifier"] {
        assert!(seen.parameter(name).is_some(), "{name}");
    }
    let tokens = grant.tokens();
    let expected = UnixTime::from_seconds(fake::BEGINNING.seconds() + 3599);
    assert_eq!(tokens.expires_at(), Some(expected));
    assert!(tokens.refresh_token().is_some() && !grant.offline_ignored());
    assert_eq!(tokens.refresh_token_expires_at(), None);

    // Consent was given before: no refresh token comes, and the one at hand is kept.
    let again = granted(&stage, drive_and_calendar().offline());
    assert!(again.tokens().refresh_token().is_none() && again.offline_ignored());
    let kept = again.tokens().clone().or_keep(tokens);
    assert_eq!(kept.refresh_token(), tokens.refresh_token());
    let asked_again = drive_and_calendar().offline().prompt(&[Prompt::Consent]).unwrap();
    assert!(!granted(&stage, asked_again).offline_ignored());
}

#[test]
fn step_5_errors_a_code_that_is_no_good_means_to_start_over() {
    let stage = Stage::direct(Profile::GOOGLE);
    let (pending, callback) = stage.authorize(drive_and_calendar());
    stage.wait(601);
    let error = stage.client.finish_grant(pending, callback).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
    assert_eq!(error.remedy(), Remedy::SignInAgain);
}

#[test]
fn step_5_errors_a_page_for_people_is_a_status_and_nothing_more() {
    let stage = Stage::served(Profile::GOOGLE);
    // 403 is "User Rate Limit Exceeded"; the others are whatever stands in front of the server.
    for status in [403, 429, 500, 502, 503] {
        let page = http::Response::builder().status(status).header("content-type", "text/html");
        let page = page.body(b"<h1>canary</h1>{\"error\":\"invalid_grant\"}".to_vec());
        stage.provider.on(At::Token).respond_once(page.unwrap());
        let (pending, callback) = stage.authorize(drive_and_calendar());
        let error = stage.client.finish_grant(pending, callback).unwrap_err();
        // Whatever stands in it, nobody is to be signed out.
        let expected = (Some(status), Remedy::Retry { after: None });
        assert_eq!((error.status(), error.remedy()), expected);
        assert_ne!(error.code(), Some(&ErrorCode::InvalidGrant));
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}

#[test]
fn step_6_check_which_scopes_users_granted() {
    let stage = Stage::direct(Profile::GOOGLE);
    stage.provider.consent(Decision::approve().only(DRIVE));
    let grant = granted(&stage, drive_and_calendar());
    assert!(grant.granted().covers(DRIVE));
    assert!(!grant.granted().covers(CALENDAR));
    assert_eq!(grant.granted().missing().to_string(), CALENDAR);
    let needed = Scope::parse(CALENDAR).unwrap();
    assert_eq!(grant.granted().require(&needed).unwrap_err(), needed);
}

#[test]
fn call_google_apis_with_the_header_and_with_the_query_only_by_name() {
    let mut profile = Profile::GOOGLE;
    profile.token_in_query = true;
    let stage = Stage::served(profile);
    let signed_in = stage.signed_in();
    let token = tokens(&signed_in).access_token();
    let response = stage.client.call(stage.api_request(), token).unwrap();
    assert_eq!(response.status(), 200);
    let seen = stage.provider.requests().pop().unwrap();
    assert!(seen.header("authorization").unwrap().starts_with("Bearer ya29."));
    assert_eq!(seen.parameter("access_token"), None);

    stage.client.discouraged_call_by_query(stage.api_request(), token).unwrap();
    let seen = stage.provider.requests().pop().unwrap();
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.parameter("access_token").as_deref(), Some(token.expose()));
}

#[test]
fn complete_example() {
    let stage = Stage::served(Profile::GOOGLE);
    let request = drive_and_calendar().offline().include_granted_scopes(true).unwrap();
    let grant = granted(&stage, request);
    for feature in [DRIVE, CALENDAR] {
        assert!(grant.granted().covers(feature), "{feature}");
    }
    let mut api = stage.api_request();
    *api.uri_mut() = format!("{}?scope={DRIVE}", api.uri()).parse().unwrap();
    let response = stage.client.call(api, grant.tokens().access_token()).unwrap();
    assert_eq!(response.body(), br#"{"message":"hello, alice"}"#);
}

#[test]
fn redirect_uri_validation_rules() {
    for (uri, rule) in [
        ("http://www.example.com/cb", Rule::Scheme),
        ("https://192.0.2.7/cb", Rule::HostIp),
        ("https://www.example.zzz/cb", Rule::TopLevelDomain),
        ("https://app.googleusercontent.com/cb", Rule::GoogleUserContent),
        ("https://goo.gl/cb", Rule::Shortener),
        ("https://user@www.example.com/cb", Rule::Userinfo),
        ("https://www.example.com/../cb", Rule::PathTraversal),
        ("https://www.example.com/cb?to=https://evil.example", Rule::OpenRedirect),
        ("https://www.example.com/cb#top", Rule::Fragment),
        ("https://*.example.com/cb", Rule::Wildcard),
        ("https://www.example.com/cb\u{7f}", Rule::Nonprintable),
        ("https://www.example.com/%zz", Rule::PercentEncoding),
        ("https://www.example.com/%00", Rule::Nul),
    ] {
        let config = google::config("id", "secret").unwrap();
        let error = config.with_redirect_uri(uri).unwrap_err();
        assert_eq!(error.remedy(), Remedy::FixConfiguration, "{uri}");
        let Error::ApiMisuse(ApiMisuse::RedirectUri(broken)) = error else { panic!("{error}") };
        let broken = broken.violations();
        assert!(broken.iter().any(|violation| violation.rule() == rule), "{uri}: {broken:?}");
    }
    let config = google::config("id", "secret").unwrap();
    assert!(config.with_redirect_uri("http://localhost:8080").is_ok());
}

#[test]
fn incremental_authorization() {
    let stage = Stage::direct(Profile::GOOGLE);
    granted(&stage, SignInRequest::new().scope(DRIVE).unwrap().offline());
    let more = SignInRequest::new().scope(CALENDAR).unwrap().offline();
    let more = more.include_granted_scopes(true).unwrap().prompt(&[Prompt::Consent]).unwrap();
    let combined = granted(&stage, more);
    assert!(combined.granted().covers(DRIVE) && combined.granted().covers(CALENDAR));
    assert_eq!(combined.granted().extra().to_string(), DRIVE);
    // The combined refresh token brings tokens for all of it.
    let refreshed = stage.client.refresh(combined.tokens(), None).unwrap().into_tokens();
    assert!(refreshed.scope().unwrap().contains(DRIVE));
    // And revoking it takes all of it away.
    stage.client.revoke(&refreshed).unwrap();
    let error = stage.client.call(stage.api_request(), refreshed.access_token()).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
}

#[test]
fn refreshing_an_access_token_happens_by_itself_and_is_told_to_a_listener() {
    let stage = Stage::served(Profile::GOOGLE);
    let signed_in = stage.signed_in();
    let (sender, told) = mpsc::channel();
    let listener = move |_: &_, event: &Event| sender.send(event.kind).is_ok();
    let store = Arc::new(MemoryStore::new());
    let kept = Tokens::keep(&stage.client, store, RefreshPolicy::GOOGLE, listener, &signed_in);
    let kept = kept.unwrap();
    let first = kept.token(Duration::from_secs(60)).unwrap();
    stage.wait(3600);
    let second = kept.token(Duration::from_secs(60)).unwrap();
    assert_ne!(first, second);
    for what in ["the tokens of the sign-in", "and those of the refresh"] {
        let event = told.recv_timeout(Duration::from_secs(60));
        assert_eq!(event, Ok(EventKind::NewTokens), "{what}");
    }
    let seen = stage.provider.requests();
    let refresh = seen.iter().rfind(|seen| seen.endpoint() == At::Token).unwrap();
    assert_eq!(refresh.parameter("grant_type").as_deref(), Some("refresh_token"));
    assert!(refresh.parameter("client_secret").is_some());
}

#[test]
fn revoking_a_token() {
    let stage = Stage::served(Profile::GOOGLE);
    let signed_in = stage.signed_in();
    let revoke = |tokens| stage.client.revoke(tokens);
    assert_eq!(revoke(tokens(&signed_in)).unwrap(), Revoked::Accepted);
    // 400 `invalid_token`, where RFC 7009 says 200.
    assert_eq!(revoke(tokens(&signed_in)).unwrap(), Revoked::AlreadyInvalid);
    // An access token takes its refresh token along.
    let again = request().offline().prompt(&[Prompt::Consent]).unwrap();
    let again = stage.sign_in(again).unwrap();
    let access_token = tokens(&again).access_token().clone();
    let alone = tegata_core::token::TokenSet::new(access_token, fake::BEGINNING);
    assert_eq!(revoke(&alone).unwrap(), Revoked::Accepted);
    let error = stage.client.refresh(tokens(&again), None).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
}

#[test]
fn time_based_access() {
    let stage = Stage::direct(Profile::GOOGLE);
    let answer = r#"{"access_token":"ya29.x","expires_in":3599,"refresh_token":"1//x",
        "refresh_token_expires_in":604799,"token_type":"Bearer"}"#;
    let response = http::Response::builder().header("content-type", "application/json");
    stage.provider.on(At::Token).respond_once(response.body(answer.into()).unwrap());
    let grant = granted(&stage, drive_and_calendar().offline());
    let end = fake::BEGINNING.seconds() + 604_799;
    assert_eq!(grant.tokens().refresh_token_expires_at(), Some(UnixTime::from_seconds(end)));
}

#[test]
fn only_accounts_of_the_organisation() {
    let hanako = User::new("hanako").claim("email", "hanako@example.com");
    for (hd, any, ours) in
        [(None, false, false), (Some("example.com"), true, true), (Some("other.test"), true, false)]
    {
        let hanako = hd.map_or(hanako.clone(), |hd| hanako.clone().claim("hd", hd));
        let provider = tegata_testkit::FakeProvider::builder(Profile::GOOGLE)
            .clock(tegata_testkit::TestClock::at(fake::BEGINNING))
            .user(hanako)
            .build();
        provider.consent(Decision::approve().user("hanako"));
        let stage = Stage::serve(provider);
        let signed_in = stage.sign_in(request()).unwrap();
        assert_eq!(google::hosted_domain(signed_in.claims()).as_deref(), hd);
        assert_eq!(HostedDomain::Any.check(signed_in.claims()).is_ok(), any, "{hd:?}");
        let domain = HostedDomain::Of("example.com".to_owned());
        assert_eq!(domain.check(signed_in.claims()).is_ok(), ours, "{hd:?}");
    }
}
