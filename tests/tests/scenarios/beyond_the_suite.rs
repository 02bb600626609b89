//! What providers and attackers do that no certification test covers: each by its name in the test
//! kit's catalogue, with what the client makes of it.

use std::time::Duration;

use tegata_core::authorize::ResponseType;
use tegata_core::error::{Error, Fault, TokenFault, TokenKind};
use tegata_core::http::Endpoint;
use tegata_core::json::JsonFault;
use tegata_core::time::UnixTime;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client as Registered, Endpoint as At, Fault as Fake};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request, tokens};

fn invalid(rule: TokenFault) -> Verdict {
    Verdict::InvalidToken(TokenKind::IdToken, rule)
}

#[test]
fn what_is_odd_and_legal_signs_in() {
    let table = [
        (At::Discovery, Fake::DiscoveryRs256Only),
        (At::Jwks, Fake::KeySetCertificates),
        (At::Jwks, Fake::KeySetThreePerType),
        (At::Token, Fake::AuthTimeFraction),
        (At::Token, Fake::AuthTimeZero),
        (At::Token, Fake::ExpFraction),
        (At::Token, Fake::ExpNow),
        (At::Token, Fake::ExpiresInMissing),
        (At::Token, Fake::KidMissing),
        (At::Token, Fake::TokenTypeLowercase),
    ];
    for (at, fault) in table {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(at).once(fault);
        let signed_in = stage.sign_in(request()).unwrap_or_else(|e| panic!("{fault}: {e}"));
        assert_eq!(signed_in.claims().subject(), "alice", "{fault}");
        if fault == Fake::AuthTimeZero {
            assert_eq!(signed_in.claims().auth_time(), Some(UnixTime::from_seconds(0)));
        }
    }
}

#[test]
fn a_user_who_signed_in_at_the_beginning_of_time_did_so_too_long_ago() {
    let stage = Stage::direct(Profile::OPENID);
    let _ = stage.provider.on(At::Token).once(Fake::AuthTimeZero);
    let verdict = Verdict::on(stage.sign_in(request().max_age(Duration::from_secs(600))));
    assert_eq!(verdict, invalid(TokenFault::AuthTimeTooOld));
}

#[test]
fn an_issuer_and_the_same_with_a_slash_are_two() {
    for fault in [Fake::IssSlash, Fake::IssSlashMissing] {
        let stage = Stage::direct(Profile::CERTIFICATION);
        let _ = stage.provider.on(At::Token).once(fault);
        assert_eq!(Verdict::on(stage.sign_in(request())), invalid(TokenFault::Issuer), "{fault}");
    }
}

#[test]
fn another_audience_beside_the_client_is_accepted_only_when_it_is_trusted() {
    let stage = Stage::direct(Profile::OPENID);
    let _ = stage.provider.on(At::Token).once(Fake::AudSecond);
    let verdict = Verdict::on(stage.sign_in(request()));
    assert_eq!(verdict, invalid(TokenFault::AudienceUntrusted));

    let trusting = |config: tegata_oidc::Config, _: &_| {
        config.with_id_token_rules(|rules| rules.with_trusted_audience("stranger"))
    };
    let stage = Stage::configured(Profile::OPENID, trusting);
    let _ = stage.provider.on(At::Token).once(Fake::AudSecond);
    let signed_in = stage.sign_in(request()).unwrap();
    let audience: Vec<_> = signed_in.claims().audience().collect();
    assert_eq!(audience, ["stranger", Registered::DEFAULT_ID]);
    // Among several, one must say that it was meant for us (OpenID Connect Core §3.1.3.7 (4)).
    let _ = stage.provider.on(At::Token).once(Fake::AudUntrusted);
    assert_eq!(Verdict::on(stage.sign_in(request())), invalid(TokenFault::AuthorizedParty));
}

#[test]
fn an_id_token_is_over_a_minute_after_its_end() {
    for (seconds, good) in [(59, true), (60, false), (61, false)] {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(At::Authorization).once(Fake::ExpNow);
        let (pending, callback) = stage.authorize(request().response_type(ResponseType::IdToken));
        stage.wait(seconds);
        let result = stage.client.finish(pending, callback);
        assert_eq!(result.is_ok(), good, "after {seconds} s");
        if !good {
            let expired = Verdict::InvalidToken(TokenKind::FrontIdToken, TokenFault::Expired);
            assert_eq!(Verdict::on(result), expired, "after {seconds} s");
        }
    }
}

#[test]
fn a_key_or_certificate_in_the_header_is_neither_used_nor_fetched() {
    for fault in [Fake::JkuHeader, Fake::JwkEmbedded, Fake::X5cHeader, Fake::X5uHeader] {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(At::Token).once(fault);
        let verdict = Verdict::on(stage.sign_in(request()));
        assert_eq!(verdict, invalid(TokenFault::Signature), "{fault}");
        // Discovery, keys, token: the attacker's address is not among them.
        assert_eq!(stage.sent(), 3, "{fault}");
    }
}

#[test]
fn a_document_that_says_a_thing_twice_says_nothing() {
    let twice = |name: &str| Fault::Json(JsonFault::Duplicate { name: name.to_owned() });
    let table = [
        (At::Discovery, Fake::DiscoveryDuplicate, Endpoint::Discovery, "issuer"),
        (At::Jwks, Fake::KeySetDuplicate, Endpoint::Jwks, "keys"),
        (At::Token, Fake::TokenResponseDuplicate, Endpoint::Token, "access_token"),
    ];
    for (at, fault, endpoint, member) in table {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(at).once(fault);
        let verdict = Verdict::on(stage.sign_in(request()));
        assert_eq!(verdict, Verdict::Misbehaved(endpoint, twice(member)), "{fault}");
    }
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    let _ = stage.provider.on(At::UserInfo).once(Fake::UserinfoDuplicate);
    let verdict = Verdict::on(stage.client.user_info(tokens(&signed_in), signed_in.claims()));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::UserInfo, twice("sub")));
}

#[test]
fn small_things_that_are_wrong_are_wrong_all_the_same() {
    let sign_in = |at, fault, kind| {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(at).once(fault);
        Verdict::on(stage.sign_in(request().response_type(kind)))
    };
    let missing = Fault::Json(JsonFault::Missing { path: "issuer".into() });
    let verdict = sign_in(At::Discovery, Fake::DiscoveryIssuerMissing, ResponseType::Code);
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Discovery, missing));
    let verdict = sign_in(At::Token, Fake::Redirect, ResponseType::Code);
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Token, Fault::Status));
    let verdict = sign_in(At::Authorization, Fake::SHashInvalid, ResponseType::CodeIdToken);
    assert_eq!(verdict, Verdict::InvalidToken(TokenKind::FrontIdToken, TokenFault::StateHash));

    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    let _ = stage.provider.on(At::UserInfo).once(Fake::UserinfoEmailVerifiedText);
    let user_info = stage.client.user_info(tokens(&signed_in), signed_in.claims()).unwrap();
    assert_eq!(user_info.standard_claims().email_verified(), None, "a text is no boolean");
}

#[test]
fn a_thousand_keys_are_more_than_anybody_reads() {
    let stage = Stage::direct(Profile::OPENID);
    let _ = stage.provider.on(At::Jwks).once(Fake::KeySetHuge);
    let verdict = Verdict::on(stage.sign_in(request()));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Jwks, Fault::TooLarge));
    assert_eq!(stage.provider.count(At::Token), 0, "the code is still good");
}

#[test]
fn what_comes_packed_is_not_unpacked() {
    let garbage = Fault::Json(JsonFault::Syntax { offset: 1 });
    let table = [(At::Discovery, &garbage), (At::Jwks, &Fault::TooLarge), (At::Token, &garbage)];
    for (at, fault) in table {
        let stage = Stage::served(Profile::OPENID);
        let _ = stage.provider.on(at).once(Fake::GzipBomb);
        let Err(Error::Misbehaved(found)) = stage.sign_in(request()) else { panic!("{at}") };
        assert_eq!(found.fault, *fault, "{at}");
    }
}

#[test]
fn a_refreshed_id_token_agrees_with_the_first_in_everything_that_stays() {
    let table = [
        (Fake::AudSecond, TokenFault::AudienceUntrusted),
        (Fake::AuthTimeOld, TokenFault::AuthTimeChanged),
        (Fake::AzpMismatch, TokenFault::AuthorizedParty),
        (Fake::NonceOther, TokenFault::Nonce),
        (Fake::SubMismatch, TokenFault::SubjectChanged),
    ];
    for (fault, rule) in table {
        let stage = Stage::direct(Profile::OPENID);
        let asked = request().offline().max_age(Duration::from_secs(600));
        let signed_in = stage.sign_in(asked).unwrap();
        let first = signed_in.claims().as_first();
        let _ = stage.provider.on(At::Token).once(fault);
        let refreshed = stage.client.refresh(tokens(&signed_in), Some(&first)).unwrap();
        let Err(Error::InvalidToken(found)) = refreshed.id_token() else {
            panic!("{fault}: {refreshed:?}");
        };
        assert_eq!((found.kind, found.fault), (TokenKind::RefreshedIdToken, rule), "{fault}");
        // The tokens are there all the same: with rotation they are the only ones that live.
        assert!(refreshed.tokens().refresh_token().is_some(), "{fault}");
    }
}

#[test]
fn a_refresh_that_leaves_things_out_loses_nothing() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    let (before, first) = (tokens(&signed_in), signed_in.claims().as_first());
    let left_out = [Fake::IdTokenMissing, Fake::RefreshTokenMissing, Fake::ExpiresInMissing];
    let _ = stage.provider.on(At::Token).once(left_out);
    let refreshed = stage.client.refresh(before, Some(&first)).unwrap();
    assert!(refreshed.id_token().unwrap().is_none());
    assert_eq!(refreshed.tokens().refresh_token(), before.refresh_token());
}

#[test]
fn the_answer_of_one_provider_does_not_pass_for_anothers() {
    let (honest, attacker) = (Stage::direct(Profile::OPENID), Stage::direct(Profile::GOOGLE));
    let (pending, _) = honest.authorize(request());
    let (_, foreign) = attacker.authorize(request());
    let before = honest.sent();
    let verdict = Verdict::on(honest.client.finish(pending, foreign));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Authorization, Fault::State));

    // One that found the state out and puts its own issuer beside it (RFC 9207 §4).
    let (url, pending) = honest.client.start(request()).unwrap();
    let _ = honest.provider.on(At::Authorization).once(Fake::CallbackIssMismatch);
    let callback = honest.provider.browse(url.as_str()).callback().unwrap();
    let verdict = Verdict::on(honest.client.finish(pending, callback));
    assert!(matches!(
        verdict,
        Verdict::Misbehaved(Endpoint::Authorization, Fault::IssuerMismatch { .. })
    ));
    assert_eq!(honest.sent(), before, "no code was spent");
}
