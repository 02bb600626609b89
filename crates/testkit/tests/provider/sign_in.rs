//! Every response type in every mode, with both ID tokens verified.

use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::url::EndpointUrl;
use tegata_jose::jwks::KeySet;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, SigningAlgorithm};

use super::hand::{Hand, SCOPE};

#[test]
fn every_response_type_comes_back_in_every_mode_and_verifies() {
    for response_type in ResponseType::ALL {
        for mode in [None, Some(ResponseMode::FormPost), Some(ResponseMode::Fragment)] {
            let provider = FakeProvider::new(Profile::OPENID);
            let hand = Hand::new(&provider);
            let front = hand.authorize(response_type, mode, SCOPE, &[]).unwrap();
            assert_eq!(front.code.is_some(), response_type.has_code());
            assert_eq!(front.tokens.is_some(), response_type.has_token());
            let first = front.id_token.is_some().then(|| hand.verify_front(&front).unwrap());
            assert_eq!(first.is_some(), response_type.has_id_token());
            let Some(code) = &front.code else { continue };
            let second = hand.verify_back(&hand.exchange(code).unwrap()).unwrap();
            assert_eq!(second.subject(), "alice");
            if let Some(first) = first {
                second.check_front(&first).unwrap();
            }
        }
    }
}

#[test]
fn claims_about_the_user_stand_in_an_id_token_that_nothing_follows() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let alone = hand.authorize(ResponseType::IdToken, None, SCOPE, &[]).unwrap();
    let claims = hand.verify_front(&alone).unwrap().claims();
    assert_eq!(claims["email"], "alice@example.com");
    assert!(!claims.contains_key("name"), "profile was not asked for");
    let code = hand.sign_in(SCOPE, &[]).unwrap();
    assert!(!hand.verify_back(&code).unwrap().claims().contains_key("email"));
}

#[test]
fn userinfo_holds_what_the_scope_brings() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in("openid profile", &[]).unwrap();
    let response = hand.with_bearer(&hand.endpoint("userinfo_endpoint"), tokens.access_token());
    let claims: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((&claims["sub"], &claims["given_name"]), (&"alice".into(), &"Alice".into()));
    assert_eq!(claims.get("email"), None);
}

#[test]
fn signed_userinfo_verifies() {
    let mut profile = Profile::OPENID;
    profile.signed_userinfo = true;
    let provider = FakeProvider::new(profile);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let id_token = hand.verify_back(&tokens).unwrap();
    let response = hand.with_bearer(&hand.endpoint("userinfo_endpoint"), tokens.access_token());
    assert_eq!(response.headers()["content-type"], "application/jwt; charset=UTF-8");
    let token = String::from_utf8(response.into_body()).unwrap();
    let claims = tegata_jose::user_info::UnverifiedUserInfo::new(
        tegata_core::secret::CompactToken::new(token),
    )
    .verify(
        &id_token,
        &hand.keys(),
        &hand.rules(),
        hand.rules().algorithms(),
        tegata_jose::backend::ring(),
        hand.now(),
    );
    assert_eq!(claims.unwrap()["email"], "alice@example.com");
}

#[test]
fn every_algorithm_signs_what_its_published_key_verifies() {
    use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
    for (signing, algorithm) in [
        (SigningAlgorithm::EdDSA, Algorithm::EdDSA),
        (SigningAlgorithm::ES256, Algorithm::ES256),
        (SigningAlgorithm::HS256, Algorithm::HS256),
        (SigningAlgorithm::PS256, Algorithm::PS256),
        (SigningAlgorithm::RS384, Algorithm::RS384),
        (SigningAlgorithm::RS512, Algorithm::RS512),
    ] {
        let mut profile = Profile::OPENID;
        profile.signing = signing;
        let provider = FakeProvider::new(profile);
        let hand = Hand::new(&provider);
        let tokens = hand.sign_in(SCOPE, &[]).unwrap();
        let secret = hand.client.secret().unwrap();
        let keys = match signing {
            SigningAlgorithm::HS256 => KeySet::from_client_secret(secret),
            _ => hand.keys(),
        };
        let rules = hand.rules().with_algorithms(AllowedAlgorithms::of(&[algorithm]));
        let mut expect = hand.expect();
        expect.access_token = tegata_jose::id_token::Binding::Required(tokens.access_token());
        let token = tokens.id_token().unwrap().clone();
        tegata_jose::id_token::UnverifiedIdToken::new(token)
            .verify(&keys, &rules, &expect, tegata_jose::backend::ring(), hand.now())
            .unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    }
}

#[test]
fn a_bearer_token_opens_the_api_until_it_expires() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let api = EndpointUrl::new(&provider.address(Endpoint::Api).unwrap()).unwrap();
    let answer = hand.with_bearer(&api, tokens.access_token());
    assert_eq!(answer.body(), br#"{"message":"hello, alice"}"#);

    provider.clock().advance(provider.profile().access_token_lifetime);
    let refusal = hand.refusal(&hand.with_bearer(&api, tokens.access_token()));
    assert_eq!((refusal.status(), refusal.code().unwrap().as_str()), (Some(401), "invalid_token"));
}

#[test]
fn an_api_that_wants_more_scope_names_it() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in("openid", &[]).unwrap();
    let api = format!("{}?scope=email", provider.address(Endpoint::Api).unwrap());
    let answer = hand.with_bearer(&EndpointUrl::new(&api).unwrap(), tokens.access_token());
    let refusal = hand.refusal(&answer);
    assert_eq!(refusal.status(), Some(403));
    assert_eq!(refusal.code().unwrap().as_str(), "insufficient_scope");
    assert_eq!(refusal.scope().unwrap().to_string(), "email");
}

#[test]
fn rotated_keys_leave_old_tokens_good_only_while_they_are_published() {
    use tegata_core::error::TokenFault;
    use tegata_testkit::OldKeys;
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let before = hand.sign_in(SCOPE, &[]).unwrap();
    provider.rotate_keys(OldKeys::Published);
    assert!(hand.verify_back(&before).is_ok());
    provider.rotate_keys(OldKeys::Dropped);
    assert_eq!(hand.verify_back(&before).unwrap_err(), TokenFault::KeyNotFound);
    assert!(hand.verify_back(&hand.sign_in(SCOPE, &[]).unwrap()).is_ok());
}

#[test]
fn documents_are_fetched_and_never_posted_to() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    for url in [hand.metadata.issuer().openid_configuration(), hand.endpoint("jwks_uri")] {
        assert_eq!(hand.post(&url, &[]).status(), 405);
        assert_eq!(hand.get(&url).headers()["cache-control"], "public, max-age=3600");
    }
}
