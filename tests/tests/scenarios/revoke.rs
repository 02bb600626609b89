//! Taking a grant away, where the provider can.

use tegata_core::error::{ErrorCode, Fault, Remedy};
use tegata_core::http::Endpoint;
use tegata_core::revoke::Revoked;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint as At, Fault as Fake};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request, tokens};

#[test]
fn a_revoked_grant_is_dead_and_revoking_it_again_is_no_failure() {
    let table = [
        (Profile::OPENID, Revoked::Accepted),
        (Profile::GOOGLE, Revoked::AlreadyInvalid),
        (Profile::YAHOO, Revoked::Accepted),
    ];
    for (profile, again) in table {
        let name = profile.name;
        let stage = Stage::served(profile);
        let signed_in = stage.signed_in();
        let tokens = tokens(&signed_in);
        assert_eq!(stage.client.revoke(tokens).unwrap(), Revoked::Accepted, "{name}");
        let seen = stage.provider.requests().pop().unwrap();
        let hint = seen.parameter("token_type_hint");
        assert_eq!((seen.endpoint(), hint.as_deref()), (At::Revocation, Some("refresh_token")));

        let error = stage.client.user_info(tokens, signed_in.claims()).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::InvalidToken), "{name}");
        let error = stage.client.refresh(tokens, None).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{name}");
        assert_eq!(stage.client.revoke(tokens).unwrap(), again, "{name}");
    }
}

#[test]
fn without_a_refresh_token_the_access_token_is_taken_away() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.sign_in(request()).unwrap();
    stage.client.revoke(tokens(&signed_in)).unwrap();
    let seen = stage.provider.requests().pop().unwrap();
    assert_eq!(seen.parameter("token_type_hint").as_deref(), Some("access_token"));
    assert!(stage.client.user_info(tokens(&signed_in), signed_in.claims()).is_err());
}

#[test]
fn a_provider_that_cannot_revoke_is_not_asked() {
    let stage = Stage::served(Profile::YAHOO_JAPAN);
    let signed_in = stage.signed_in();
    let before = stage.sent();
    let verdict = Verdict::on(stage.client.revoke(tokens(&signed_in)));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Revocation, Fault::NoEndpoint));
    assert_eq!(stage.sent(), before);
}

#[test]
fn a_token_whose_revocation_failed_lives_on() {
    for fault in [Fake::Unavailable, Fake::ConnectionReset] {
        let stage = Stage::served(Profile::OPENID);
        let signed_in = stage.signed_in();
        let _ = stage.provider.on(At::Revocation).once(fault);
        let error = stage.client.revoke(tokens(&signed_in)).unwrap_err();
        assert!(matches!(error.remedy(), Remedy::Retry { .. }), "{fault}: {error}");
    }
}
