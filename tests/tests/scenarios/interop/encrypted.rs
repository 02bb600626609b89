//! What the certified provider encrypts for its client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tegata_core::Error;
use tegata_core::authorize::ResponseType;
use tegata_core::error::TokenFault;
use tegata_oidc::sign_in::SignInRequest;
use tegata_tests::interop::Provider;

use super::party::Party;

fn request(response_type: ResponseType) -> SignInRequest {
    let request = SignInRequest::new().scope("openid email").unwrap().response_type(response_type);
    if response_type.has_code() { request.offline() } else { request }
}

#[test]
fn an_encrypted_id_token_signs_in_by_every_response_type() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        for client in ["encrypted", "encrypted-by-secret"] {
            let party = Party::new(&provider, issuer, client);
            for response_type in ResponseType::ALL {
                let case = format!("{issuer} {client} {}", response_type.as_str());
                let signed_in = party.sign_in(request(response_type));
                let signed_in = signed_in.unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(signed_in.claims().subject(), provider.claim("sub"), "{case}");
            }
        }
    }
}

#[test]
fn so_does_a_refreshed_one_and_user_info_is_signed_and_encrypted() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "encrypted");
        let signed_in = party.sign_in(request(ResponseType::Code)).unwrap();
        let (tokens, first) = (signed_in.tokens().unwrap(), signed_in.claims().as_first());
        let refreshed = party.run(party.party.refresh(tokens, Some(&first)).unwrap()).unwrap();
        assert_eq!(refreshed.id_token().unwrap().unwrap().subject(), provider.claim("sub"));

        let access_token = refreshed.tokens().access_token();
        let user_info = party.party.user_info(access_token, signed_in.claims());
        let user_info = party.run(user_info).unwrap();
        assert!(user_info.is_signed());
        assert_eq!(user_info.claims().get("email"), Some(provider.claim("email")), "{issuer}");
    }
}

#[test]
fn a_client_that_agreed_on_no_encryption_refuses_it() {
    let Some(provider) = Provider::started() else { return };
    let provider = provider.without_encryption("encrypted");
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "encrypted");
        match party.sign_in(request(ResponseType::Code)) {
            Err(Error::InvalidToken(error)) => assert_eq!(error.fault, TokenFault::Encrypted),
            other => panic!("{issuer}: {other:?}"),
        }
    }
}
