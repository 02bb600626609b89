//! Signing in at the certified provider.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tegata_core::Error;
use tegata_core::authorize::{Callback, ResponseMode, ResponseType};
use tegata_core::error::{ErrorCode, Fault};
use tegata_oidc::sign_in::SignInRequest;
use tegata_tests::interop::Provider;

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
        for client in ["post", "public", "es256", "ps256", "eddsa", "hs256"] {
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
fn a_pairwise_subject_is_the_same_at_every_sign_in_and_nobody_elses() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "pairwise");
        let sign_in = || party.sign_in(request(ResponseType::CodeIdToken)).unwrap();
        let signed_in = sign_in();
        assert_ne!(signed_in.claims().subject(), provider.claim("sub"), "{issuer}");
        assert_eq!(signed_in.claims().subject(), sign_in().claims().subject(), "{issuer}");
        let token = signed_in.tokens().unwrap().access_token();
        let user_info = party.run(party.party.user_info(token, signed_in.claims())).unwrap();
        assert_eq!(user_info.subject(), signed_in.claims().subject(), "{issuer}");
    }
}

#[test]
fn keys_that_were_replaced_are_fetched_when_the_new_ones_turn_up() {
    let Some(provider) = Provider::started() else { return };
    let issuer = provider.rotating_issuer();
    let party = Party::new(&provider, issuer, "basic");
    party.sign_in(request(ResponseType::CodeIdToken)).unwrap();
    let rotate = url::Url::parse(&format!("{issuer}/test/rotate")).unwrap();
    assert_eq!(party.browser().open(&rotate).status(), 200);
    // The old keys are cached still.
    party.sign_in(request(ResponseType::CodeIdToken)).unwrap();
}

#[test]
fn an_announced_iss_is_demanded_unless_an_id_token_in_front_names_the_issuer() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "basic");
        let metadata = party.run(party.party.metadata()).unwrap();
        assert!(metadata.is_true("authorization_response_iss_parameter_supported"));
        for response_type in ResponseType::ALL {
            let (pending, callback) = party.authorize(request(response_type));
            let named = format!("{callback:?}").contains("\"iss\"");
            assert_eq!(named, !response_type.has_id_token(), "{issuer} {}", response_type.as_str());
            party.run(party.party.finish(pending, callback)).unwrap();
        }

        // What a mix-up attack would leave out.
        let (pending, callback) = party.authorize(request(ResponseType::Code));
        let query = format!("code=c&state={}", callback.state().unwrap());
        let callback = Callback::from_query(&query).unwrap();
        match party.run(party.party.finish(pending, callback)) {
            Err(Error::Misbehaved(error)) => assert_eq!(error.fault, Fault::MissingIssuer),
            other => panic!("{issuer}: {other:?}"),
        }
    }
}

#[test]
fn a_code_is_good_for_one_exchange() {
    let Some(provider) = Provider::started() else { return };
    let party = Party::new(&provider, provider.issuer(), "basic");
    let error = party.sign_in_twice(request(ResponseType::Code)).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{error}");
}

#[test]
fn a_client_with_another_secret_is_refused() {
    let Some(provider) = Provider::started() else { return };
    let issuer = provider.issuer().to_owned();
    let (pending, callback) =
        Party::new(&provider, &issuer, "basic").authorize(request(ResponseType::Code));
    let party = Party::new(&provider.with_wrong_secret("basic"), &issuer, "basic");
    let error = party.run(party.party.finish(pending, callback)).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidClient), "{error}");
}
