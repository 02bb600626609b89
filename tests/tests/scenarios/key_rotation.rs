//! Keys that change, keys that strangers name, and a key endpoint that is not there.

use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tegata_core::authorize::ResponseType;
use tegata_core::error::{TokenFault, TokenKind};
use tegata_core::http::HttpResponse;
use tegata_oidc::sign_in::SignInRequest;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint as At, Fault as Fake, OldKeys};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request};

/// The ID token comes by the browser: a stranger can bring one of their own, for free.
fn in_front() -> SignInRequest {
    request().response_type(ResponseType::IdToken)
}

fn not_found(kind: TokenKind) -> Verdict {
    Verdict::InvalidToken(kind, TokenFault::KeyNotFound)
}

/// ID tokens that are good for a day, so that keys end before them.
fn long_lived() -> Profile {
    let mut profile = Profile::OPENID;
    profile.id_token_lifetime = Duration::from_secs(24 * 60 * 60);
    profile
}

#[test]
fn a_new_key_is_fetched_when_it_turns_up() {
    for old in [OldKeys::Dropped, OldKeys::Published] {
        for kind in [ResponseType::Code, ResponseType::CodeIdToken, ResponseType::IdToken] {
            let stage = Stage::served(Profile::OPENID);
            stage.signed_in();
            stage.provider.rotate_keys(old);
            stage.sign_in(request().response_type(kind)).unwrap();
            assert_eq!(stage.provider.count(At::Jwks), 2, "{old:?} {}", kind.as_str());
        }
    }
}

#[test]
fn a_rotation_in_the_middle_of_the_day_costs_one_fetch_and_no_sign_in() {
    // Fresh keys, and keys that are just to be fetched again: others are served the stale ones.
    for age in [0, 3600] {
        let stage = Stage::served(Profile::OPENID);
        stage.signed_in();
        stage.provider.rotate_keys(OldKeys::Dropped);
        stage.wait(age);
        let _ = stage.provider.on(At::Jwks).delay_once(Duration::from_millis(150));
        for one in stage.sign_in_at_once(40) {
            one.unwrap_or_else(|error| panic!("after {age} seconds: {error}"));
        }
        assert_eq!(stage.provider.count(At::Jwks), 2, "after {age} seconds");
    }
}

#[test]
fn one_flow_fetches_once_however_many_of_its_tokens_name_new_keys() {
    let stage = Stage::direct(Profile::OPENID);
    stage.signed_in();
    let _ = stage.provider.on(At::Authorization).once(Fake::KeysRotated);
    let _ = stage.provider.on(At::Token).once(Fake::KeysRotated);
    let request = request().response_type(ResponseType::CodeIdToken);
    assert_eq!(Verdict::on(stage.sign_in(request)), not_found(TokenKind::IdToken));
    assert_eq!(stage.provider.count(At::Jwks), 2);
}

#[test]
fn unknown_kids_cause_one_fetch_per_cooldown() {
    let roads = [
        (ResponseType::Code, At::Token, TokenKind::IdToken),
        (ResponseType::IdToken, At::Authorization, TokenKind::FrontIdToken),
    ];
    for (kind, at, token) in roads {
        let stage = Stage::direct(Profile::OPENID);
        stage.signed_in();
        let _ = stage.provider.on(at).always(Fake::KidUnknown);
        // A hundred in twenty seconds, then again after the cooldown of thirty.
        for (wait, fetched) in [(0, 2), (30, 3), (30, 4)] {
            stage.wait(wait);
            for second in 0..100 {
                stage.wait(u64::from(second % 5 == 4));
                let verdict = Verdict::on(stage.sign_in(request().response_type(kind)));
                assert_eq!(verdict, not_found(token));
            }
            assert_eq!(stage.provider.count(At::Jwks), fetched, "{}", kind.as_str());
        }
    }
}

#[test]
fn a_token_that_is_wrong_otherwise_causes_no_fetch_whatever_key_it_names() {
    let table = [
        (Fake::ExpPast, TokenFault::Expired),
        (Fake::NonceInvalid, TokenFault::Nonce),
        (Fake::AudInvalid, TokenFault::Audience),
        (Fake::IssMismatch, TokenFault::Issuer),
        (Fake::AlgNone, TokenFault::AlgorithmNotAllowed),
    ];
    for (fault, expected) in table {
        let stage = Stage::direct(Profile::OPENID);
        stage.signed_in();
        let _ = stage.provider.on(At::Authorization).once([Fake::KidUnknown, fault]);
        let verdict = Verdict::on(stage.sign_in(in_front()));
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::FrontIdToken, expected), "{fault}");
        assert_eq!(stage.provider.count(At::Jwks), 1, "{fault}");
    }
}

#[test]
fn a_forged_signature_under_a_known_kid_causes_no_fetch() {
    let stage = Stage::direct(Profile::OPENID);
    stage.signed_in();
    let _ = stage.provider.on(At::Authorization).once(Fake::JwkEmbedded);
    let verdict = Verdict::on(stage.sign_in(in_front()));
    let forged = Verdict::InvalidToken(TokenKind::FrontIdToken, TokenFault::Signature);
    assert_eq!((verdict, stage.provider.count(At::Jwks)), (forged, 1));
}

#[test]
fn stale_keys_serve_while_the_key_endpoint_is_down() {
    for fault in [Fake::ConnectionReset, Fake::Unavailable, Fake::HtmlErrorPage, Fake::BodyEmpty] {
        let stage = Stage::served(Profile::OPENID);
        stage.signed_in();
        let _ = stage.provider.on(At::Jwks).always(fault);
        stage.wait(25 * 60 * 60);
        for _ in 0..3 {
            stage.sign_in(request()).unwrap_or_else(|error| panic!("{fault}: {error}"));
        }
        let tried = stage.provider.count(At::Jwks);
        assert_eq!(tried, 2, "{fault}: a failed fetch is not repeated within the second");
        stage.provider.forget_script();
        stage.provider.rotate_keys(OldKeys::Dropped);
        stage.wait(1);
        stage.sign_in(request()).unwrap();
    }
}

#[test]
fn an_unknown_kid_while_the_key_endpoint_is_down_floods_nobody() {
    let stage = Stage::direct(Profile::OPENID);
    stage.signed_in();
    let _ = stage.provider.on(At::Jwks).always(Fake::ConnectionReset);
    let _ = stage.provider.on(At::Authorization).always(Fake::KidUnknown);
    for _ in 0..25 {
        stage.wait(1);
        assert!(stage.sign_in(in_front()).is_err());
    }
    assert_eq!(stage.provider.count(At::Jwks), 2);
}

#[test]
fn keys_that_left_the_set_stop_verifying_with_the_next_fetch() {
    let stage = Stage::direct(long_lived());
    let [first, second, third] = [(); 3].map(|()| stage.authorize(in_front()));
    let finish = |(pending, callback)| stage.client.finish(pending, callback);
    finish(first).unwrap();
    stage.provider.rotate_keys(OldKeys::Dropped);
    finish(second).unwrap();
    assert_eq!(stage.provider.count(At::Jwks), 1, "still fresh");
    // A token of the new key brings the new set, and the old key is gone with it.
    stage.sign_in(in_front()).unwrap();
    assert_eq!(Verdict::on(finish(third)), not_found(TokenKind::FrontIdToken));
    assert_eq!(stage.provider.count(At::Jwks), 2);
}

#[test]
fn a_withdrawn_key_is_gone_when_the_keys_have_aged() {
    let stage = Stage::direct(long_lived());
    let (pending, callback) = stage.authorize(in_front());
    stage.signed_in();
    stage.provider.rotate_keys(OldKeys::Dropped);
    stage.wait(60 * 60);
    let verdict = Verdict::on(stage.client.finish(pending, callback));
    assert_eq!(verdict, not_found(TokenKind::FrontIdToken));
}

/// The honest key set, with these words about caching.
fn key_set(stage: &Stage, cache_control: &str) -> HttpResponse {
    let address = stage.provider.address(At::Jwks).unwrap();
    let request = http::Request::get(address).body(Vec::new()).unwrap();
    let body = stage.provider.handle(&request).into_body();
    let response = http::Response::builder().header(CONTENT_TYPE, "application/json");
    let response = match cache_control {
        "" => response,
        words => response.header(CACHE_CONTROL, words),
    };
    response.body(body).unwrap()
}

#[test]
fn keys_are_kept_as_long_as_the_provider_says_within_bounds() {
    let table = [
        ("no-store", 300),
        ("max-age=0", 300),
        ("max-age=299", 300),
        ("public, max-age=600", 600),
        ("", 3600),
        ("max-age=86400", 86_400),
        ("max-age=31536000", 86_400),
    ];
    for (cache_control, lifetime) in table {
        let stage = Stage::served(Profile::OPENID);
        let answer = key_set(&stage, cache_control);
        let _ = stage.provider.on(At::Jwks).respond_once(answer);
        stage.signed_in();
        let before = stage.provider.count(At::Jwks);
        for (wait, fetched) in [(lifetime - 1, 0), (1, 1)] {
            stage.wait(wait);
            stage.signed_in();
            let more = stage.provider.count(At::Jwks) - before;
            assert_eq!(more, fetched, "{cache_control:?} after {wait} seconds more");
        }
    }
}

#[test]
fn keys_that_nobody_can_use_do_not_spoil_the_set() {
    for fault in [Fake::KeySetCrowded, Fake::KeySetKidsMissing] {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(At::Jwks).once(fault);
        stage.sign_in(in_front()).unwrap_or_else(|error| panic!("{fault}: {error}"));
    }
    let useless = [
        (Fake::KeySetEmpty, TokenFault::KeyNotFound),
        (Fake::KeySetUseEncryption, TokenFault::KeyNotFound),
        (Fake::KeySetSameKid, TokenFault::Signature),
    ];
    for (fault, expected) in useless {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(At::Jwks).always(fault);
        let verdict = Verdict::on(stage.sign_in(in_front()));
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::FrontIdToken, expected), "{fault}");
    }
}
