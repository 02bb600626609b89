//! Codes, access tokens and refresh tokens: how long they are good, and what ends them.

use std::time::Duration;

use tegata_core::authorize::ResponseType;
use tegata_core::client::{Client as CoreClient, ClientAuthentication};
use tegata_core::error::Error;
use tegata_core::secret::{AuthorizationCode, ClientSecret, RefreshToken};
use tegata_core::token::TokenSet;
use tegata_core::url::EndpointUrl;
use tegata_testkit::profile::{Profile, RefreshPolicy};
use tegata_testkit::{Client, Endpoint, FakeProvider};

use super::hand::{Hand, SCOPE};

/// What brings a refresh token from a provider that keeps OpenID Connect Core §11.
const OFFLINE: (&str, &[(&str, &str)]) = ("openid offline_access", &[("prompt", "consent")]);

fn code_of(error: Error) -> String {
    error.code().unwrap_or_else(|| panic!("{error}")).as_str().to_owned()
}

fn refresh_token(tokens: &TokenSet) -> RefreshToken {
    tokens.refresh_token().expect("a refresh token").clone()
}

fn provider(policy: RefreshPolicy) -> FakeProvider {
    let mut profile = Profile::OPENID;
    profile.refresh_policy = policy;
    FakeProvider::new(profile)
}

fn is_alive(hand: &Hand<'_>, tokens: &TokenSet) -> bool {
    let api = EndpointUrl::new(&hand.provider.address(Endpoint::Api).unwrap()).unwrap();
    hand.with_bearer(&api, tokens.access_token()).status() == 200
}

#[test]
fn a_code_is_good_once_and_ends_everything_when_it_comes_again() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let code = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap().code.unwrap();
    let tokens = hand.exchange(&code).unwrap();
    assert!(is_alive(&hand, &tokens));
    assert_eq!(code_of(hand.exchange(&code).unwrap_err()), "invalid_grant");
    assert!(!is_alive(&hand, &tokens), "RFC 6749 §4.1.2");
}

#[test]
fn a_code_expires() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let code = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap().code.unwrap();
    provider.clock().advance(provider.profile().code_lifetime);
    assert_eq!(code_of(hand.exchange(&code).unwrap_err()), "invalid_grant");
}

#[test]
fn a_code_needs_the_request_that_it_was_made_for() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let right = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", Client::DEFAULT_REDIRECT_URI),
        ("code_verifier", "verifier-of-this-session-43-characters-long"),
    ];
    let exchange = |without: &str| {
        let code = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap().code.unwrap();
        let mut form = vec![("code", code.expose())];
        form.extend(right.into_iter().filter(|(name, _)| *name != without));
        hand.post(&hand.endpoint("token_endpoint"), &form).status()
    };
    assert_eq!(exchange("nothing"), 200);
    for (missing, _) in right {
        assert_eq!(exchange(missing), 400, "without {missing}");
    }
}

#[test]
fn a_code_needs_the_verifier_whose_challenge_was_sent() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let code = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap().code.unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", Client::DEFAULT_REDIRECT_URI),
        ("code_verifier", "another-verifier-of-43-characters-or-longer"),
    ];
    assert_eq!(hand.post(&hand.endpoint("token_endpoint"), &form).status(), 400);
}

#[test]
fn what_one_client_was_given_is_nothing_to_another() {
    let other =
        Client::confidential("other", "other-secret").redirect_uri(Client::DEFAULT_REDIRECT_URI);
    let provider = FakeProvider::builder(Profile::OPENID).client(other).build();
    let hand = Hand::new(&provider);
    let mut thief = Hand::new(&provider);
    let secret = ClientSecret::new("other-secret");
    thief.client = CoreClient::new("other", ClientAuthentication::Basic(secret));

    let code = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap().code.unwrap();
    assert_eq!(code_of(thief.exchange(&code).unwrap_err()), "invalid_grant");

    let tokens = hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap();
    let refresh = refresh_token(&tokens);
    assert_eq!(code_of(thief.refresh(&refresh).unwrap_err()), "invalid_grant");
    let revocation = hand.endpoint("revocation_endpoint");
    assert_eq!(thief.post(&revocation, &[("token", refresh.expose())]).status(), 200);
    assert!(hand.refresh(&refresh).is_ok(), "RFC 7009 §2.1");
}

#[test]
fn a_client_has_one_name_in_one_request() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let status = |more: &[(&str, &str)]| {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(more);
        hand.post(&hand.endpoint("token_endpoint"), &form).status().as_u16()
    };
    assert_eq!(status(&[("client_id", Client::DEFAULT_ID)]), 200);
    assert_eq!(status(&[("client_id", "another")]), 400);
    assert_eq!(status(&[("client_secret", Client::DEFAULT_SECRET)]), 400, "RFC 6749 §2.3");
}

#[test]
fn a_verifier_without_a_challenge_is_refused() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let url = hand.authorization_url(ResponseType::Code, None, SCOPE, &[]);
    let mut stripped = url::Url::parse(&url).unwrap();
    let kept: Vec<(String, String)> = stripped
        .query_pairs()
        .filter(|(name, _)| !name.starts_with("code_challenge"))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    stripped.query_pairs_mut().clear().extend_pairs(kept);
    let landing = provider.browse(stripped.as_str());
    let code = hand.read(&landing, ResponseType::Code, None).unwrap().code.unwrap();
    assert_eq!(code_of(hand.exchange(&code).unwrap_err()), "invalid_grant");
}

#[test]
fn clients_authenticate_in_the_way_they_have_and_no_other() {
    let odd = ("client:%&+/ ~é", "s:%&+/ ~é-and-some-more-to-be-long-enough");
    let provider = FakeProvider::builder(Profile::OPENID)
        .client(Client::confidential(odd.0, odd.1))
        .client(Client::public("native"))
        .build();
    let mut hand = Hand::new(&provider);
    let secret = |text: &str| ClientSecret::new(text);
    let table = [
        ("basic", odd.0, ClientAuthentication::Basic(secret(odd.1)), "invalid_grant"),
        ("post", odd.0, ClientAuthentication::Post(secret(odd.1)), "invalid_grant"),
        ("none", "native", ClientAuthentication::None, "invalid_grant"),
        ("wrong secret", odd.0, ClientAuthentication::Basic(secret("x")), "invalid_client"),
        ("no secret", odd.0, ClientAuthentication::None, "invalid_client"),
        ("too much", "native", ClientAuthentication::Post(secret("x")), "invalid_client"),
        ("stranger", "stranger", ClientAuthentication::None, "invalid_client"),
    ];
    for (name, id, authentication, code) in table {
        hand.client = CoreClient::new(id, authentication);
        // Who gets past the authentication learns that the code is none.
        let error = hand.exchange(&AuthorizationCode::new("made-up")).unwrap_err();
        assert_eq!(code_of(error), code, "{name}");
    }
}

#[test]
fn offline_access_takes_a_prompt_for_consent() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let without = hand.sign_in(OFFLINE.0, &[]).unwrap();
    assert!(
        without.refresh_token().is_none() && !without.scope().unwrap().contains("offline_access")
    );
    assert!(hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap().refresh_token().is_some());
}

#[test]
fn a_kept_refresh_token_works_again_and_again() {
    let provider = provider(RefreshPolicy::Keep);
    let hand = Hand::new(&provider);
    let first = hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap();
    let token = refresh_token(&first);
    for _ in 0..2 {
        let next = hand.refresh(&token).unwrap();
        assert!(next.refresh_token().is_none() && is_alive(&hand, &next));
        assert_ne!(next.access_token(), first.access_token());
    }
}

#[test]
fn a_refreshed_id_token_has_no_nonce_and_belongs_to_the_first() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap();
    let first = hand.verify_back(&tokens).unwrap();
    let next = hand.refresh(&refresh_token(&tokens)).unwrap();
    let expect = tegata_jose::id_token::Expect::refreshed();
    let refreshed = hand.verify(next.id_token().unwrap(), &expect).unwrap();
    assert_eq!(refreshed.nonce(), None);
    refreshed.check_refreshed(&first.as_first()).unwrap();
}

#[test]
fn a_rotated_refresh_token_ends_the_grant_when_it_is_used_again() {
    let provider = provider(RefreshPolicy::Rotate);
    let hand = Hand::new(&provider);
    let first = refresh_token(&hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap());
    let second = hand.refresh(&first).unwrap();
    assert!(is_alive(&hand, &second));
    assert_eq!(code_of(hand.refresh(&first).unwrap_err()), "invalid_grant");
    assert!(!is_alive(&hand, &second), "RFC 9700 §4.14.2");
    assert_eq!(code_of(hand.refresh(&refresh_token(&second)).unwrap_err()), "invalid_grant");
}

#[test]
fn within_the_grace_a_spent_refresh_token_gives_the_same_successor() {
    let provider = provider(RefreshPolicy::RotateWithGrace(Duration::from_secs(30)));
    let hand = Hand::new(&provider);
    let first = refresh_token(&hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap());
    let second = refresh_token(&hand.refresh(&first).unwrap());
    provider.clock().advance(Duration::from_secs(20));
    assert_eq!(refresh_token(&hand.refresh(&first).unwrap()), second);
    provider.clock().advance(Duration::from_secs(20));
    assert_eq!(code_of(hand.refresh(&first).unwrap_err()), "invalid_grant");
    assert_eq!(code_of(hand.refresh(&second).unwrap_err()), "invalid_grant");
}

#[test]
fn a_refresh_may_narrow_the_scope_and_not_widen_it() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let token = refresh_token(&hand.sign_in("openid email offline_access", OFFLINE.1).unwrap());
    let refresh = |scope| {
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", token.expose()), ("scope", scope)];
        let answer = hand.post(&hand.endpoint("token_endpoint"), &form);
        serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap()
    };
    assert_eq!(refresh("openid")["scope"], "openid");
    assert_eq!(refresh("openid phone")["error"], "invalid_scope");
}

#[test]
fn a_client_gets_a_token_of_its_own_without_a_user() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let form = [("grant_type", "client_credentials"), ("scope", "api")];
    let answer = hand.post(&hand.endpoint("token_endpoint"), &form);
    let answer: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((&answer["scope"], answer.get("refresh_token")), (&"api".into(), None));
    let token = tegata_core::secret::AccessToken::new(answer["access_token"].as_str().unwrap());
    let userinfo = hand.with_bearer(&hand.endpoint("userinfo_endpoint"), &token);
    assert_eq!(userinfo.status(), 403, "there is no user");
}

#[test]
fn revoking_a_refresh_token_ends_the_grant_and_an_access_token_only_itself() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let revoke = |token: &str| {
        hand.post(&hand.endpoint("revocation_endpoint"), &[("token", token)]).status()
    };
    let tokens = hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap();
    let refresh = refresh_token(&tokens);
    assert_eq!(revoke(tokens.access_token().expose()), 200);
    assert!(!is_alive(&hand, &tokens));
    let next = hand.refresh(&refresh).unwrap();
    assert_eq!(revoke(refresh.expose()), 200);
    assert!(!is_alive(&hand, &next));
    assert_eq!(code_of(hand.refresh(&refresh).unwrap_err()), "invalid_grant");
    assert_eq!(revoke("never heard of it"), 200, "RFC 7009 §2.2");
}

#[test]
fn introspection_tells_the_living_from_the_dead() {
    let provider = provider(RefreshPolicy::Rotate);
    let hand = Hand::new(&provider);
    let active = |token: &str| {
        let answer = hand.post(&hand.endpoint("introspection_endpoint"), &[("token", token)]);
        serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap()["active"].clone()
    };
    let tokens = hand.sign_in(OFFLINE.0, OFFLINE.1).unwrap();
    let (access, refresh) = (tokens.access_token().expose(), refresh_token(&tokens));
    assert_eq!((active(access), active(refresh.expose())), (true.into(), true.into()));
    hand.refresh(&refresh).unwrap();
    assert_eq!(active(refresh.expose()), false, "it was spent");
    provider.clock().advance(Duration::from_secs(3600));
    assert_eq!(active(access), false, "it expired");
    assert_eq!(active("unknown"), false);
}
