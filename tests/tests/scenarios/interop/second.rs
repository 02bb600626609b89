//! The second provider, `oidc-provider-mock`: discovery, code flow, UserInfo, refresh, sign-out.
//!
//! It is written in Python on Authlib, and shares neither author nor library with the first.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tegata_core::error::ErrorCode;
use tegata_core::secret::RefreshToken;
use tegata_oidc::logout::{LogoutRequest, check_return};
use tegata_oidc::sign_in::SignInRequest;
use tegata_tests::interop::Provider;
use tegata_ureq::OsRandom;

use super::party::Party;

const RETURN_TO: &str = "https://app.example.com/signed-out";

fn party(provider: &Provider, client: &str) -> Party {
    Party::new(provider, provider.issuer(), client)
}

fn request() -> SignInRequest {
    SignInRequest::new().scope("openid email profile").unwrap()
}

#[test]
fn signs_in_with_every_client_authentication() {
    let Some(provider) = Provider::second() else { return };
    for client in ["basic", "post"] {
        let signed_in = party(&provider, client).sign_in(request());
        let signed_in = signed_in.unwrap_or_else(|error| panic!("{client}: {error}"));
        assert_eq!(signed_in.claims().issuer(), provider.issuer(), "{client}");
        assert_eq!(signed_in.claims().subject(), provider.claim("sub"), "{client}");
        assert!(signed_in.granted().missing().is_empty(), "{client}");
    }
}

#[test]
fn reads_user_info() {
    let Some(provider) = Provider::second() else { return };
    let party = party(&provider, "basic");
    let signed_in = party.sign_in(request()).unwrap();
    let token = signed_in.tokens().unwrap().access_token();
    let user_info = party.run(party.party.user_info(token, signed_in.claims())).unwrap();
    assert!(!user_info.is_signed());
    for claim in ["sub", "email", "email_verified", "name", "zoneinfo"] {
        assert_eq!(user_info.claims().get(claim), Some(provider.claim(claim)), "{claim}");
    }
}

#[test]
fn refreshes_and_keeps_what_the_answer_leaves_unsaid() {
    let Some(provider) = Provider::second() else { return };
    // It refreshes for clients that authenticate by HTTP Basic, and for no others.
    let party = party(&provider, "basic");
    let signed_in = party.sign_in(request()).unwrap();
    let (before, first) = (signed_in.tokens().unwrap(), signed_in.claims().as_first());
    let refreshed = party.run(party.party.refresh(before, Some(&first)).unwrap()).unwrap();
    assert!(refreshed.id_token().is_ok());
    assert_ne!(refreshed.tokens().access_token(), before.access_token());
    assert_eq!(refreshed.tokens().refresh_token(), before.refresh_token());
}

#[test]
fn a_refresh_token_that_the_provider_never_gave_is_refused() {
    let Some(provider) = Provider::second() else { return };
    let party = party(&provider, "basic");
    let stranger = RefreshToken::new("nobody-gave-this");
    let error = party.run(party.party.spend(&stranger)).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{error}");
}

#[test]
fn a_code_is_good_for_one_exchange() {
    let Some(provider) = Provider::second() else { return };
    let party = party(&provider, "basic");
    let error = party.sign_in_twice(request()).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{error}");
}

#[test]
fn the_browser_comes_back_from_signing_out() {
    let Some(provider) = Provider::second() else { return };
    let party = party(&provider, "basic");
    let mut browser = party.browser();
    let signed_in = party.sign_in_with(&mut browser, request()).unwrap();
    let request = LogoutRequest::new().id_token_hint(signed_in.claims()).return_to(RETURN_TO);
    let (request, state) = request.unwrap().with_state(&OsRandom::new()).unwrap();
    let url = party.run(party.party.logout_url(request)).unwrap();
    let returned = browser.sign_out(url, RETURN_TO);
    check_return(returned.query().unwrap(), &state).unwrap();
}
