//! Signing in at the certified provider.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::error::ErrorCode;
use tegata_core::time::Clock as _;
use tegata_oidc::sign_in::{CookieKey, PendingSignIn, SignInRequest};
use tegata_tests::interop::Provider;
use tegata_ureq::SystemClock;

use super::party::Party;

fn request(response_type: ResponseType) -> SignInRequest {
    SignInRequest::new().scope("openid email").unwrap().response_type(response_type)
}

#[test]
fn signs_in_by_every_response_type_and_mode() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "basic");
        for response_type in ResponseType::ALL {
            for mode in [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost] {
                let in_query = mode == ResponseMode::Query;
                if in_query && response_type != ResponseType::Code {
                    continue;
                }
                let case = format!("{issuer} {} {}", response_type.as_str(), mode.as_str());
                let signed_in = party.sign_in(request(response_type).response_mode(mode));
                let signed_in = signed_in.unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(signed_in.claims().issuer(), issuer, "{case}");
                assert_eq!(signed_in.claims().subject(), provider.claim("sub"), "{case}");
                let expects_tokens = response_type != ResponseType::IdToken;
                assert_eq!(signed_in.tokens().is_some(), expects_tokens, "{case}");
                let in_front = response_type.has_token();
                assert_eq!(signed_in.front_tokens().is_some(), in_front, "{case}");
            }
        }
    }
}

#[test]
fn signs_in_with_every_client_authentication_and_signature_algorithm() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        for client in ["post", "public", "es256", "ps256", "eddsa"] {
            let signed_in =
                Party::new(&provider, issuer, client).sign_in(request(ResponseType::Code));
            let signed_in = signed_in.unwrap_or_else(|error| panic!("{issuer} {client}: {error}"));
            assert_eq!(signed_in.claims().subject(), provider.claim("sub"));
        }
    }
}

#[test]
fn hears_that_the_user_declined() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        for response_type in ResponseType::ALL {
            let request = request(response_type).login_hint("deny");
            let error = Party::new(&provider, issuer, "basic").sign_in(request).unwrap_err();
            assert_eq!(error.code(), Some(&ErrorCode::AccessDenied), "{error}");
        }
    }
}

#[test]
fn a_code_is_good_for_one_exchange() {
    let Some(provider) = Provider::started() else { return };
    let party = Party::new(&provider, provider.issuers()[0], "basic");
    let (pending, callback) = party.authorize(request(ResponseType::Code));
    // A cookie can be replayed, and so can a callback.
    let (key, now) = (CookieKey::new([7; 32]), SystemClock::new().now());
    let cookie = pending.seal(&key).unwrap();
    let finish = || {
        let pending = PendingSignIn::open(&key, &cookie, now).unwrap();
        party.run(party.party.finish(pending, callback.clone()))
    };
    finish().unwrap();
    let error = finish().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{error}");
}

#[test]
fn a_client_with_another_secret_is_refused() {
    let Some(provider) = Provider::started() else { return };
    let issuer = provider.issuers()[0].to_owned();
    let (pending, callback) =
        Party::new(&provider, &issuer, "basic").authorize(request(ResponseType::Code));
    let party = Party::new(&provider.with_wrong_secret("basic"), &issuer, "basic");
    let error = party.run(party.party.finish(pending, callback)).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidClient), "{error}");
}
