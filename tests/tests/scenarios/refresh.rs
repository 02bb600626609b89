//! New access tokens: with rotation and without, at each provider, and when the grant is over.

use std::time::Duration;

use tegata_core::error::{ApiMisuse, ErrorCode, Fault, Remedy, TokenFault, TokenKind};
use tegata_core::http::Endpoint;
use tegata_testkit::profile::{Profile, RefreshPolicy};
use tegata_testkit::{Endpoint as At, Fault as Fake};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request, tokens};

fn with_policy(policy: RefreshPolicy) -> Profile {
    let mut profile = Profile::OPENID;
    profile.refresh_policy = policy;
    profile
}

#[test]
fn each_provider_gives_a_new_access_token_and_no_answer_loses_the_refresh_token() {
    // Whether a new refresh token, and a new ID token, come with the answer.
    let table = [
        (Profile::OPENID, false, true),
        (Profile::GOOGLE, false, true),
        (Profile::YAHOO, true, true),
        (Profile::YAHOO_JAPAN, false, false),
        (with_policy(RefreshPolicy::Rotate), true, true),
    ];
    for (profile, rotates, with_id_token) in table {
        let case = format!("{} {:?}", profile.name, profile.refresh_policy);
        let stage = Stage::served(profile);
        let signed_in = stage.signed_in();
        let (before, first) = (tokens(&signed_in), signed_in.claims().as_first());
        stage.wait(3600);
        let error = stage.client.call(stage.api_request(), before.access_token()).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::InvalidToken), "{case}");

        let refreshed = stage.client.refresh(before, Some(&first)).unwrap();
        let after = refreshed.tokens();
        stage.client.call(stage.api_request(), after.access_token()).unwrap();
        assert_eq!(after.refresh_token() != before.refresh_token(), rotates, "{case}");
        assert_eq!(after.scope(), before.scope(), "{case}");
        assert_eq!(refreshed.id_token().unwrap().is_some(), with_id_token, "{case}");
        // And once more, with whatever is held now.
        stage.client.refresh(after, Some(&first)).unwrap();
    }
}

#[test]
fn the_redirect_uri_goes_along_only_where_a_provider_asks_for_it() {
    for (profile, goes) in [(Profile::OPENID, false), (Profile::YAHOO, true)] {
        let name = profile.name;
        let stage = Stage::direct(profile);
        let signed_in = stage.signed_in();
        stage.client.refresh(tokens(&signed_in), None).unwrap();
        let sent = stage.provider.requests().pop().unwrap();
        assert_eq!(sent.parameter("grant_type").as_deref(), Some("refresh_token"));
        assert_eq!(sent.parameter("redirect_uri").is_some(), goes, "{name}");
    }
}

#[test]
fn a_refresh_token_that_was_used_before_ends_the_grant() {
    let stage = Stage::served(with_policy(RefreshPolicy::Rotate));
    let signed_in = stage.signed_in();
    let stolen = tokens(&signed_in);
    let mine = stage.client.refresh(stolen, None).unwrap().into_tokens();
    for dead in [stolen, &mine] {
        let error = stage.client.refresh(dead, None).unwrap_err();
        assert_eq!(error.remedy(), Remedy::SignInAgain);
        let over = Verdict::refused(Endpoint::Token, ErrorCode::InvalidGrant);
        assert_eq!(Verdict::on::<()>(Err(error)), over);
    }
    let error = stage.client.call(stage.api_request(), mine.access_token()).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
}

#[test]
fn a_retry_within_the_grace_window_gets_the_same_successor() {
    let grace = Duration::from_secs(10);
    let stage = Stage::direct(with_policy(RefreshPolicy::RotateWithGrace(grace)));
    let signed_in = stage.signed_in();
    let refresh = || stage.client.refresh(tokens(&signed_in), None);
    let first = refresh().unwrap().into_tokens();
    stage.wait(9);
    assert_eq!(refresh().unwrap().tokens().refresh_token(), first.refresh_token());
    stage.wait(1);
    assert_eq!(refresh().unwrap_err().code(), Some(&ErrorCode::InvalidGrant));
}

#[test]
fn every_providers_word_for_a_dead_refresh_token_means_sign_in_again() {
    for profile in Profile::ALL {
        let name = profile.name;
        let mut profile = profile;
        profile.refresh_token_lifetime = Some(Duration::from_secs(60));
        let stage = Stage::direct(profile);
        let signed_in = stage.signed_in();
        stage.wait(60);
        let error = stage.client.refresh(tokens(&signed_in), None).unwrap_err();
        assert_eq!(error.remedy(), Remedy::SignInAgain, "{name}: {error}");
        assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant), "{name}");
    }
}

#[test]
fn a_new_id_token_that_is_wrong_does_not_lose_the_new_tokens() {
    let table = [
        (Fake::SubMismatch, TokenFault::SubjectChanged),
        (Fake::SignatureInvalid, TokenFault::Signature),
        (Fake::IssMismatch, TokenFault::Issuer),
        (Fake::KidUnknown, TokenFault::KeyNotFound),
        (Fake::AtHashInvalid, TokenFault::AccessTokenHash),
    ];
    for (fault, expected) in table {
        let stage = Stage::direct(with_policy(RefreshPolicy::Rotate));
        let signed_in = stage.signed_in();
        let first = signed_in.claims().as_first();
        let _ = stage.provider.on(At::Token).once(fault);
        let refreshed = stage.client.refresh(tokens(&signed_in), Some(&first)).unwrap();
        match refreshed.id_token().unwrap_err() {
            tegata_core::Error::InvalidToken(error) => {
                assert_eq!(error.kind, TokenKind::RefreshedIdToken, "{fault}");
                assert_eq!(error.fault, expected, "{fault}");
            }
            other => panic!("{fault}: {other}"),
        }
        // The old refresh token is spent: without the new one the user would have to come back.
        stage.client.refresh(refreshed.tokens(), None).unwrap();
    }
}

/// OpenID Connect Core §12.2: it need not have a nonce, and one that it has is the first one's.
#[test]
fn a_new_id_token_may_repeat_the_nonce_of_the_first_and_no_other() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    let mut first = signed_in.claims().as_first();
    let repeated = Some("012345678".to_owned());
    for (nonce, accepted) in [(repeated, true), (first.nonce.clone(), false), (None, false)] {
        first.nonce = nonce;
        let _ = stage.provider.on(At::Token).once(Fake::NonceOther);
        let refreshed = stage.client.refresh(tokens(&signed_in), Some(&first)).unwrap();
        let fault = match refreshed.id_token() {
            Ok(id_token) => id_token.map(|_| None).unwrap(),
            Err(tegata_core::Error::InvalidToken(error)) => Some(error.fault),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(fault, (!accepted).then_some(TokenFault::Nonce), "{:?}", first.nonce);
    }
}

#[test]
fn a_new_id_token_is_not_looked_at_without_the_first() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    let _ = stage.provider.on(At::Token).once(Fake::SubMismatch);
    let refreshed = stage.client.refresh(tokens(&signed_in), None).unwrap();
    assert!(refreshed.id_token().unwrap().is_none());
}

#[test]
fn keys_that_rotated_since_are_fetched_for_the_new_id_token() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    let first = signed_in.claims().as_first();
    let _ = stage.provider.on(At::Token).once(Fake::KeysRotated);
    let refreshed = stage.client.refresh(tokens(&signed_in), Some(&first)).unwrap();
    assert!(refreshed.id_token().unwrap().is_some());
    assert_eq!(stage.provider.count(At::Jwks), 2);
}

#[test]
fn without_a_refresh_token_nothing_is_sent() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.sign_in(request()).unwrap();
    let before = stage.sent();
    let verdict = Verdict::on(stage.client.refresh(tokens(&signed_in), None));
    assert_eq!(verdict, Verdict::ApiMisuse(ApiMisuse::Required("a refresh token")));
    assert_eq!(stage.sent(), before);
}

#[test]
fn a_server_that_is_busy_says_when_to_come_back_and_the_grant_lives() {
    for fault in [Fake::RateLimited, Fake::Unavailable] {
        let stage = Stage::served(with_policy(RefreshPolicy::Rotate));
        let signed_in = stage.signed_in();
        let _ = stage.provider.on(At::Token).once(fault);
        let error = stage.client.refresh(tokens(&signed_in), None).unwrap_err();
        let after = Some(Duration::from_secs(7));
        assert_eq!(error.remedy(), Remedy::Retry { after }, "{fault}");
    }
}

#[test]
fn an_error_in_a_good_answer_is_no_token() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    let _ = stage.provider.on(At::Token).once(Fake::ErrorWithStatus200);
    let verdict = Verdict::on(stage.client.refresh(tokens(&signed_in), None));
    assert!(matches!(verdict, Verdict::Misbehaved(Endpoint::Token, Fault::Json(_))), "{verdict:?}");
}
