//! Offline access: what it is, how it is asked for, and what happens when it is ignored.

use tegata_core::authorize::{Prompt, ResponseType};
use tegata_core::error::Remedy;
use tegata_oidc::sign_in::SignInRequest;
use tegata_testkit::profile::{Profile, RefreshPolicy, RefreshRule};
use tegata_testkit::{Client, Endpoint as At};

use super::stage::{Stage, request, tokens};

fn parameter(stage: &Stage, request: SignInRequest, name: &str) -> Option<String> {
    let (url, _) = stage.client.start(request).unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[test]
fn what_is_offline_access_a_new_access_token_while_the_user_is_away() {
    for profile in Profile::ALL {
        let name = profile.name;
        let stage = Stage::direct(profile);
        let signed_in = stage.signed_in();
        assert!(!signed_in.offline_ignored(), "{name}");
        let browser = stage.provider.count(At::Authorization);
        stage.wait(7200);
        let refreshed = stage.client.refresh(tokens(&signed_in), None).unwrap();
        stage.client.call(stage.api_request(), refreshed.tokens().access_token()).unwrap();
        assert_eq!(stage.provider.count(At::Authorization), browser, "{name}");
    }
}

#[test]
fn request_offline_access_in_each_providers_own_way() {
    for (profile, scope, prompt, access_type) in [
        (Profile::OPENID, true, Some("consent"), None),
        (Profile::GOOGLE, false, None, Some("offline")),
        (Profile::YAHOO, false, None, None),
        (Profile::YAHOO_JAPAN, false, None, None),
    ] {
        let name = profile.name;
        let stage = Stage::direct(profile);
        let asked = |what| parameter(&stage, request().offline(), what);
        assert_eq!(asked("scope").unwrap().contains("offline_access"), scope, "{name}");
        assert_eq!(asked("prompt").as_deref(), prompt, "{name}");
        assert_eq!(asked("access_type").as_deref(), access_type, "{name}");
    }
}

#[test]
fn consent_is_asked_for_beside_other_prompts() {
    let stage = Stage::direct(Profile::OPENID);
    let request = request().offline().prompt(&[Prompt::Login]).unwrap();
    assert_eq!(parameter(&stage, request, "prompt").as_deref(), Some("login consent"));
}

#[test]
fn a_server_that_ignores_offline_access_is_reported_and_not_guessed_at() {
    let mut profile = Profile::OPENID;
    profile.refresh_rule = RefreshRule::AccessTypeOffline;
    let stage = Stage::served(profile);
    let signed_in = stage.sign_in(request().offline()).unwrap();
    assert!(signed_in.offline_ignored());
    assert!(tokens(&signed_in).refresh_token().is_none());
    let online = stage.sign_in(request()).unwrap();
    assert!(!online.offline_ignored(), "nothing was asked for");
}

#[test]
fn a_response_type_without_a_code_brings_no_refresh_token() {
    let stage = Stage::direct(Profile::OPENID);
    let request = request().offline().response_type(ResponseType::IdTokenToken);
    assert!(stage.sign_in(request).unwrap().offline_ignored());
}

#[test]
fn use_the_refresh_token_and_store_the_next_one() {
    let mut profile = Profile::OPENID;
    profile.refresh_policy = RefreshPolicy::Rotate;
    let stage = Stage::served(profile);
    let signed_in = stage.signed_in();
    let refreshed = stage.client.refresh(tokens(&signed_in), None).unwrap().into_tokens();
    assert_ne!(refreshed.refresh_token(), tokens(&signed_in).refresh_token());
    stage.client.refresh(&refreshed, None).unwrap();
}

#[test]
fn a_refresh_at_yahoo_carries_the_redirect_uri_and_no_other_does() {
    for (profile, expected) in [
        (Profile::YAHOO, Some(Client::DEFAULT_REDIRECT_URI)),
        (Profile::OPENID, None),
        (Profile::GOOGLE, None),
        (Profile::YAHOO_JAPAN, None),
    ] {
        let stage = Stage::direct(profile);
        let signed_in = stage.signed_in();
        stage.client.refresh(tokens(&signed_in), None).unwrap();
        let asked = stage.provider.requests();
        let seen = asked.iter().rfind(|seen| seen.endpoint() == At::Token).unwrap();
        let name = stage.provider.profile().name;
        assert_eq!(seen.parameter("redirect_uri").as_deref(), expected, "{name}");
    }
}

#[test]
fn security_considerations_a_stolen_refresh_token_ends_the_grant() {
    let mut profile = Profile::OPENID;
    profile.refresh_policy = RefreshPolicy::Rotate;
    let stage = Stage::direct(profile);
    let signed_in = stage.signed_in();
    let mine = stage.client.refresh(tokens(&signed_in), None).unwrap().into_tokens();
    assert!(stage.client.refresh(tokens(&signed_in), None).is_err(), "the thief's");
    let error = stage.client.refresh(&mine, None).unwrap_err();
    assert_eq!(error.remedy(), Remedy::SignInAgain);
}
