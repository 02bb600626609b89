//! What follows a sign-in at the certified provider: refresh, UserInfo, revocation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tegata_core::error::ErrorCode;
use tegata_core::revoke::Revoked;
use tegata_core::scope::Scope;
use tegata_oidc::sign_in::SignInRequest;
use tegata_tests::interop::Provider;

use super::party::Party;

fn offline() -> SignInRequest {
    SignInRequest::new().scope("openid email profile").unwrap().offline()
}

#[test]
fn refreshes_with_rotation_and_the_spent_refresh_token_is_dead() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        for client in ["basic", "post", "public"] {
            let party = Party::new(&provider, issuer, client);
            let signed_in = party.sign_in(offline()).unwrap();
            let spent = signed_in.tokens().unwrap();
            let first = signed_in.claims().as_first();
            let refreshed = party.run(party.party.refresh(spent, Some(&first)).unwrap()).unwrap();
            let fresh = refreshed.tokens();
            assert_ne!(fresh.refresh_token(), spent.refresh_token(), "{issuer} {client}");
            assert_ne!(fresh.access_token(), spent.access_token(), "{issuer} {client}");
            let id_token = refreshed.id_token().unwrap().unwrap();
            assert_eq!(id_token.subject(), signed_in.claims().subject());

            let error = party.run(party.party.refresh(spent, None).unwrap()).unwrap_err();
            assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{issuer} {client}");

            // Whoever used it twice may be a thief: the whole grant is over (RFC 9700 §4.14.2).
            let error = party.run(party.party.refresh(fresh, None).unwrap()).unwrap_err();
            assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{issuer} {client}");
        }
    }
}

#[test]
fn reads_user_info_plain_and_signed() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        for (client, signed) in [("basic", false), ("signed-userinfo", true)] {
            let party = Party::new(&provider, issuer, client);
            let signed_in = party.sign_in(offline()).unwrap();
            let token = signed_in.tokens().unwrap().access_token();
            let user_info = party.run(party.party.user_info(token, signed_in.claims()));
            let user_info = user_info.unwrap_or_else(|error| panic!("{issuer} {client}: {error}"));
            assert_eq!(user_info.is_signed(), signed);
            for claim in ["sub", "email", "email_verified", "name", "locale", "zoneinfo"] {
                assert_eq!(user_info.claims().get(claim), Some(provider.claim(claim)), "{claim}");
            }
        }
    }
}

#[test]
fn a_revoked_grant_is_over() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "basic");
        let signed_in = party.sign_in(offline()).unwrap();
        let tokens = signed_in.tokens().unwrap();
        assert_eq!(party.run(party.party.revoke(tokens)).unwrap(), Revoked::Accepted);

        let asked = party.party.user_info(tokens.access_token(), signed_in.claims());
        let error = party.run(asked).unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(401), Some(&ErrorCode::InvalidToken)));
        let error = party.run(party.party.refresh(tokens, None).unwrap()).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
    }
}

#[test]
fn a_client_gets_a_token_of_its_own() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        for client in ["basic", "post"] {
            let party = Party::new(&provider, issuer, client);
            let tokens = party.run(party.party.client_credentials(Scope::empty())).unwrap();
            assert!(tokens.refresh_token().is_none() && tokens.expires_at().is_some());
        }
    }
}
