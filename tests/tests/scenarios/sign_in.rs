//! Signing in: every response type in every mode, and every reason not to let somebody in.

use std::time::Duration;

use tegata_core::authorize::{Callback, Prompt, ResponseType};
use tegata_core::error::{ApiMisuse, ErrorCode, Fault, TokenFault, TokenKind};
use tegata_core::form::FormFault;
use tegata_core::http::Endpoint;
use tegata_core::time::Clock as _;
use tegata_oidc::Config;
use tegata_oidc::sign_in::{CookieKey, PendingSignIn, SignInRequest};
use tegata_providers::openid;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Decision, Endpoint as At, Fault as Fake};
use tegata_tests::fake;
use tegata_tests::verdict::Verdict;
use url::Url;

use super::backend;
use super::stage::{Stage, request, tokens};

#[test]
fn signs_in_by_every_response_type_and_mode_that_the_provider_has() {
    for profile in Profile::ALL {
        let stage = Stage::served(profile.clone());
        for (kind, mode) in fake::supported(&profile) {
            let case = format!("{} {} {mode:?}", profile.name, kind.as_str());
            let mut request = request().response_type(kind).return_to("/inbox");
            if let Some(mode) = mode {
                request = request.response_mode(mode);
            }
            let before = stage.provider.count(At::Token);
            let signed_in = stage.sign_in(request).unwrap_or_else(|e| panic!("{case}: {e}"));
            let exchanges = stage.provider.count(At::Token) - before;

            assert_eq!(signed_in.claims().subject(), "alice", "{case}");
            assert_eq!(signed_in.claims().issuer(), stage.provider.issuer(), "{case}");
            assert_eq!(signed_in.tokens().is_some(), kind != ResponseType::IdToken, "{case}");
            assert_eq!(signed_in.front_tokens().is_some(), kind.has_token(), "{case}");
            assert_eq!(exchanges, usize::from(kind.has_code()), "{case}");
            assert!(signed_in.granted().missing().is_empty(), "{case}");
            assert_eq!(signed_in.return_to(), Some("/inbox"), "{case}");
            if let Some(tokens) = signed_in.tokens() {
                stage.client.call(stage.api_request(), tokens.access_token()).unwrap();
            }
        }
    }
}

#[test]
fn every_way_of_the_specifications_was_among_them() {
    let ways = fake::supported(&Profile::OPENID);
    // Six types, each in its own mode, in a fragment and by form post; `code` in a query too.
    assert_eq!(ways.len(), 6 * 3 + 1);
}

#[test]
fn a_declined_scope_is_missing_in_the_result() {
    // In the provider's own words.
    let long = "https://www.googleapis.com/auth/userinfo.email";
    for (profile, missing) in [(Profile::OPENID, "email"), (Profile::GOOGLE, long)] {
        let stage = Stage::direct(profile);
        stage.provider.consent(Decision::approve().only("openid profile"));
        let signed_in = stage.sign_in(request()).unwrap();
        assert_eq!(signed_in.granted().missing().to_string(), missing);
        assert!(!signed_in.granted().covers("email"));
        assert!(signed_in.granted().covers("profile"));
    }
}

#[test]
fn a_user_who_declines_is_told_apart_from_a_failure() {
    let access_denied = Verdict::refused(Endpoint::Authorization, ErrorCode::AccessDenied);
    let bail = Verdict::Misbehaved(Endpoint::Authorization, Fault::Declined);
    for profile in Profile::ALL {
        let stage = Stage::direct(profile.clone());
        stage.provider.consent(Decision::decline());
        let expected = if profile.name == "yahoo-japan" { &bail } else { &access_denied };
        for (kind, _) in fake::supported(&profile) {
            let verdict = Verdict::on(stage.sign_in(request().response_type(kind)));
            assert_eq!(verdict, *expected, "{} {}", profile.name, kind.as_str());
        }
        assert_eq!(stage.sent(), 1, "{}: discovery alone", profile.name);
    }
}

#[test]
fn a_failed_authorization_is_refused_with_its_code() {
    let stage = Stage::direct(Profile::OPENID);
    stage.provider.consent(Decision::fail("temporarily_unavailable"));
    let verdict = Verdict::on(stage.sign_in(request()));
    let code = ErrorCode::TemporarilyUnavailable;
    assert_eq!(verdict, Verdict::refused(Endpoint::Authorization, code));
}

#[test]
fn a_callback_that_fails_its_checks_costs_no_request() {
    use ResponseType::{Code, CodeIdToken, CodeIdTokenToken};
    let issuer = Profile::OPENID.issuer;
    let mixed_up = Fault::IssuerMismatch { expected: issuer.into(), found: format!("{issuer}1") };
    let twice = FormFault::Duplicate { name: "state".into() };
    let table = [
        (Code, Fake::CallbackStateMismatch, Fault::State),
        (Code, Fake::CallbackStateMissing, Fault::State),
        (Code, Fake::CallbackStateDuplicate, Fault::Form(twice)),
        (Code, Fake::CallbackIssMismatch, mixed_up.clone()),
        (CodeIdToken, Fake::CallbackIssMismatch, mixed_up),
        (Code, Fake::CallbackIssMissing, Fault::MissingIssuer),
        (Code, Fake::CallbackErrorAdded, Fault::BothResultAndError),
        (Code, Fake::CallbackCodeMissing, Fault::Declined),
        (CodeIdToken, Fake::CallbackCodeMissing, Fault::MissingParameter { name: "code" }),
        (Code, Fake::CallbackTokenAdded, Fault::UnexpectedParameter { name: "access_token" }),
        (CodeIdTokenToken, Fake::CallbackInQuery, Fault::ResponseMode),
    ];
    for (kind, fault, expected) in table {
        let stage = Stage::direct(Profile::OPENID);
        stage.client.metadata().unwrap();
        let _ = stage.provider.on(At::Authorization).once(fault);
        let verdict = Verdict::on(stage.sign_in(request().response_type(kind)));
        assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Authorization, expected), "{fault}");
        assert_eq!(stage.sent(), 1, "{fault}: discovery alone");
    }
}

#[test]
fn an_id_token_that_breaks_a_rule_signs_nobody_in() {
    let table = [
        (Fake::AlgHs256PublicKey, TokenFault::AlgorithmNotAllowed),
        (Fake::AlgNone, TokenFault::AlgorithmNotAllowed),
        (Fake::AtHashInvalid, TokenFault::AccessTokenHash),
        (Fake::AudInvalid, TokenFault::Audience),
        (Fake::AudMissing, TokenFault::Audience),
        (Fake::AudUntrusted, TokenFault::AudienceUntrusted),
        (Fake::AzpMismatch, TokenFault::AuthorizedParty),
        (Fake::ClaimsDuplicate, TokenFault::Claims),
        (Fake::Crit, TokenFault::Critical),
        (Fake::ExpMissing, TokenFault::ExpiryMissing),
        (Fake::ExpPast, TokenFault::Expired),
        (Fake::ExpText, TokenFault::Claims),
        (Fake::IatFuture, TokenFault::IssuedAt),
        (Fake::IatMissing, TokenFault::IssuedAtMissing),
        (Fake::IssMismatch, TokenFault::Issuer),
        (Fake::IssMissing, TokenFault::Issuer),
        (Fake::IssSlash, TokenFault::Issuer),
        (Fake::JkuHeader, TokenFault::Signature),
        (Fake::JwkEmbedded, TokenFault::Signature),
        (Fake::NbfFuture, TokenFault::NotYetValid),
        (Fake::NonceInvalid, TokenFault::Nonce),
        (Fake::NonceMissing, TokenFault::NonceMissing),
        (Fake::SignatureInvalid, TokenFault::Signature),
        (Fake::SubEmpty, TokenFault::Subject),
        (Fake::SubMissing, TokenFault::Subject),
        (Fake::TypAccessToken, TokenFault::Type),
        (Fake::TypLogoutToken, TokenFault::Type),
    ];
    let stage = Stage::direct(Profile::OPENID);
    let roads = [
        (ResponseType::Code, At::Token, TokenKind::IdToken),
        (ResponseType::CodeIdTokenToken, At::Authorization, TokenKind::FrontIdToken),
        (ResponseType::CodeIdTokenToken, At::Token, TokenKind::IdToken),
    ];
    for (fault, expected) in table {
        for (kind, at, token) in roads {
            let exchanges = stage.provider.count(At::Token);
            let _ = stage.provider.on(at).once(fault);
            let verdict = Verdict::on(stage.sign_in(request().response_type(kind)));
            let case = format!("{fault} {} at {at}", kind.as_str());
            assert_eq!(verdict, Verdict::InvalidToken(token, expected), "{case}");
            let spent = stage.provider.count(At::Token) > exchanges;
            assert_eq!(spent, at == At::Token, "{case}: a bad front token costs no code");
        }
    }
}

#[test]
fn what_comes_through_the_browser_is_bound_to_its_id_token() {
    use TokenKind::{FrontIdToken, IdToken};
    let table = [
        (At::Authorization, Fake::AtHashInvalid, FrontIdToken, TokenFault::AccessTokenHash),
        (At::Authorization, Fake::AtHashMissing, FrontIdToken, TokenFault::AccessTokenHashMissing),
        (At::Authorization, Fake::CHashInvalid, FrontIdToken, TokenFault::CodeHash),
        (At::Authorization, Fake::CHashMissing, FrontIdToken, TokenFault::CodeHashMissing),
        (At::Authorization, Fake::SubMismatch, IdToken, TokenFault::FrontBackMismatch),
        (At::Token, Fake::SubMismatch, IdToken, TokenFault::FrontBackMismatch),
    ];
    for (at, fault, kind, expected) in table {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(at).once(fault);
        let request = request().response_type(ResponseType::CodeIdTokenToken);
        let verdict = Verdict::on(stage.sign_in(request));
        assert_eq!(verdict, Verdict::InvalidToken(kind, expected), "{fault} at {at}");
    }
}

#[test]
fn who_signed_in_too_long_ago_is_not_let_in() {
    let table = [
        (Fake::AuthTimeFraction, None),
        (Fake::AuthTimeMissing, Some(TokenFault::AuthTimeMissing)),
        (Fake::AuthTimeOld, Some(TokenFault::AuthTimeTooOld)),
    ];
    for (fault, expected) in table {
        let stage = Stage::direct(Profile::OPENID);
        let _ = stage.provider.on(At::Token).once(fault);
        let result = stage.sign_in(request().max_age(Duration::from_secs(600)));
        match expected {
            None => assert_eq!(result.unwrap().claims().auth_time(), Some(fake::BEGINNING)),
            Some(rule) => {
                let refused = Verdict::InvalidToken(TokenKind::IdToken, rule);
                assert_eq!(Verdict::on(result), refused, "{fault}");
            }
        }
    }
    let stage = Stage::direct(Profile::OPENID);
    let verdict = Verdict::on(stage.sign_in(request().acr_values(&["gold"])));
    assert_eq!(verdict, Verdict::InvalidToken(TokenKind::IdToken, TokenFault::Acr));
}

#[test]
fn signs_in_silently_only_who_is_signed_in_already() {
    let stage = Stage::served(Profile::OPENID);
    let silently = || stage.sign_in(request().prompt(&[Prompt::None]).unwrap());
    let login_required = Verdict::refused(Endpoint::Authorization, ErrorCode::LoginRequired);
    assert_eq!(Verdict::on(silently()), login_required);
    stage.sign_in(request()).unwrap();
    assert_eq!(silently().unwrap().claims().subject(), "alice");
}

#[test]
fn a_sign_in_without_an_id_token_is_none() {
    let stage = Stage::direct(Profile::OPENID);
    let _ = stage.provider.on(At::Token).once(Fake::IdTokenMissing);
    let missing = Fault::MissingParameter { name: "id_token" };
    assert_eq!(
        Verdict::on(stage.sign_in(request())),
        Verdict::Misbehaved(Endpoint::Token, missing)
    );
}

/// The callback of one sign-in with the code of another: what an attacker injects.
fn with_code_of(callback: &Url, other: &Url) -> Callback {
    let pairs = |url: &Url| -> Vec<(String, String)> {
        let text = url.fragment().or(url.query()).unwrap().to_owned();
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    };
    let (_, code) = pairs(other).into_iter().find(|(name, _)| name == "code").unwrap();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs(callback) {
        form.append_pair(&name, if name == "code" { &code } else { &value });
    }
    match callback.fragment() {
        Some(_) => Callback::from_fragment(&form.finish()),
        None => Callback::from_query(&form.finish()),
    }
    .unwrap()
}

#[test]
fn an_injected_code_is_useless() {
    let pkce = Verdict::refused(Endpoint::Token, ErrorCode::InvalidGrant);
    let c_hash = Verdict::InvalidToken(TokenKind::FrontIdToken, TokenFault::CodeHash);
    for (kind, expected) in [(ResponseType::Code, pkce), (ResponseType::CodeIdToken, c_hash)] {
        let stage = Stage::direct(Profile::OPENID);
        let land = || {
            let (url, pending) = stage.client.start(request().response_type(kind)).unwrap();
            (Url::parse(stage.provider.browse(url.as_str()).url()).unwrap(), pending)
        };
        let ((victims, _), (attackers, pending)) = (land(), land());
        let verdict = Verdict::on(stage.client.finish(pending, with_code_of(&attackers, &victims)));
        assert_eq!(verdict, expected, "{}", kind.as_str());
    }
}

#[test]
fn pkce_is_part_of_every_sign_in() {
    for profile in Profile::ALL {
        let stage = Stage::direct(profile);
        stage.signed_in();
        let seen = stage.provider.requests();
        let find = |at| seen.iter().find(|seen| seen.endpoint() == at).unwrap();
        let (asked, exchanged) = (find(At::Authorization), find(At::Token));
        assert_eq!(asked.parameter("code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(asked.parameter("code_challenge").unwrap().len(), 43);
        assert!(asked.parameter("code_verifier").is_none());
        assert_eq!(exchanged.parameter("code_verifier").unwrap().len(), 43);
    }
}

#[test]
fn a_pending_sign_in_survives_in_a_cookie_and_is_good_for_one_code() {
    let stage = Stage::served(Profile::OPENID);
    let key = CookieKey::new([7; 32]);
    let (pending, callback) = stage.authorize(request());
    let cookie = pending.seal(&key).unwrap();
    stage.wait(30);
    let finish = || {
        let pending = PendingSignIn::open(&key, &cookie, stage.provider.clock().now())?;
        stage.client.finish(pending, callback.clone())
    };
    assert_eq!(finish().unwrap().claims().subject(), "alice");
    // Cookie and callback can both be replayed; the code cannot.
    let again = Verdict::refused(Endpoint::Token, ErrorCode::InvalidGrant);
    assert_eq!(Verdict::on(finish()), again);
    stage.wait(900);
    assert_eq!(Verdict::on(finish()), Verdict::ApiMisuse(ApiMisuse::PendingExpired));
}

#[test]
fn the_pending_sign_in_of_another_client_or_issuer_is_refused() {
    let stage = Stage::direct(Profile::OPENID);
    let refuses = |config: Config| {
        let config = config.with_redirect_uri(Client::DEFAULT_REDIRECT_URI).unwrap();
        let (transport, clock) = (stage.provider.transport(), stage.provider.clock());
        let other = backend::client_through(config, clock, transport).unwrap();
        let (pending, callback) = stage.authorize(request());
        let before = stage.sent();
        let verdict = Verdict::on(other.finish(pending, callback));
        assert!(matches!(verdict, Verdict::ApiMisuse(ApiMisuse::Configuration { what, .. })
                if what == "pending sign-in"));
        assert_eq!(stage.sent(), before);
    };
    refuses(openid::config(Profile::OPENID.issuer, "another-client", "secret").unwrap());
    refuses(openid::config("https://other.example.com", Client::DEFAULT_ID, "secret").unwrap());
}

#[test]
fn plain_oauth_is_a_grant_and_never_a_sign_in() {
    let stage = Stage::served(Profile::OPENID);
    let plain = || SignInRequest::new().scope("email").unwrap().return_to("/inbox");
    let (pending, callback) = stage.authorize(plain());
    let grant = stage.client.finish_grant(pending, callback).unwrap();
    assert_eq!(
        (grant.granted().granted().to_string().as_str(), grant.return_to()),
        ("email", Some("/inbox"))
    );
    stage.client.call(stage.api_request(), grant.tokens().access_token()).unwrap();
    assert_eq!(stage.provider.count(At::Jwks), 0, "nothing to verify");

    let (pending, callback) = stage.authorize(plain());
    let before = stage.sent();
    let verdict = Verdict::on(stage.client.finish(pending, callback));
    assert_eq!(verdict, Verdict::ApiMisuse(ApiMisuse::ScopeOpenidMissing));
    assert_eq!(stage.sent(), before);

    let kind = ResponseType::CodeIdToken;
    let verdict = Verdict::on(stage.client.start(plain().response_type(kind)));
    assert_eq!(verdict, Verdict::ApiMisuse(ApiMisuse::ScopeOpenidMissing));
}

#[test]
fn a_client_gets_a_token_for_itself() {
    let stage = Stage::served(Profile::OPENID);
    let scope = tegata_core::scope::Scope::parse("email").unwrap();
    let tokens = stage.client.client_credentials(scope.clone()).unwrap();
    stage.client.call(stage.api_request(), tokens.access_token()).unwrap();

    let stage = Stage::direct(Profile::GOOGLE);
    let verdict = Verdict::on(stage.client.client_credentials(scope));
    assert_eq!(verdict, Verdict::refused(Endpoint::Token, ErrorCode::UnsupportedGrantType));
}

#[test]
fn a_refresh_token_comes_in_each_providers_own_way() {
    for profile in Profile::ALL {
        let stage = Stage::direct(profile);
        let signed_in = stage.signed_in();
        assert!(tokens(&signed_in).refresh_token().is_some(), "{}", stage.provider.profile().name);
    }
}
