//! What each profile does otherwise than the specifications say.

use tegata_core::authorize::ResponseType;
use tegata_core::error::{Error, Fault as CoreFault};
use tegata_core::secret::CompactToken;
use tegata_core::url::EndpointUrl;
use tegata_jose::jwks::KeySet;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Decision, Endpoint, FakeProvider, Landing};

use super::hand::{Hand, SCOPE};

fn payload(token: &CompactToken) -> String {
    let part = token.expose().split('.').nth(1).unwrap().to_owned();
    String::from_utf8(tegata_jose::base64url::decode(part).unwrap()).unwrap()
}

fn keys_at(hand: &Hand<'_>, endpoint: Endpoint) -> KeySet {
    let url = EndpointUrl::new(&hand.provider.address(endpoint).unwrap()).unwrap();
    KeySet::from_pem_map(hand.get(&url).body()).unwrap()
}

#[test]
fn every_profile_signs_in_and_verifies() {
    for profile in Profile::ALL {
        let provider = FakeProvider::new(profile);
        let hand = Hand::new(&provider);
        for response_type in [ResponseType::Code, ResponseType::CodeIdTokenToken] {
            let front = hand.authorize(response_type, None, SCOPE, &[]).unwrap();
            if response_type.has_id_token() {
                hand.verify_front(&front).unwrap();
            }
            let tokens = hand.exchange(&front.code.unwrap()).unwrap();
            assert_eq!(hand.verify_back(&tokens).unwrap().subject(), "alice");
        }
    }
}

#[test]
fn google_gives_a_refresh_token_with_the_first_consent_or_a_prompt_for_it() {
    let provider = FakeProvider::new(Profile::GOOGLE);
    let hand = Hand::new(&provider);
    let offline = ("access_type", "offline");
    let first = hand.sign_in(SCOPE, &[offline]).unwrap();
    assert!(first.refresh_token().is_some());
    assert!(hand.sign_in(SCOPE, &[offline]).unwrap().refresh_token().is_none());
    let again = hand.sign_in(SCOPE, &[offline, ("prompt", "consent")]).unwrap();
    assert!(again.refresh_token().is_some());
    assert!(hand.sign_in(SCOPE, &[("prompt", "consent")]).unwrap().refresh_token().is_none());
    let refreshed = hand.refresh(first.refresh_token().unwrap()).unwrap();
    assert!(refreshed.refresh_token().is_none() && refreshed.id_token().is_some());
}

#[test]
fn google_names_scopes_by_their_long_form_in_both_answers() {
    let provider = FakeProvider::new(Profile::GOOGLE);
    let hand = Hand::new(&provider);
    let front = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap();
    let long = "openid https://www.googleapis.com/auth/userinfo.email";
    assert_eq!(front.scope.unwrap().to_string(), long);
    let tokens = hand.exchange(&front.code.unwrap()).unwrap();
    assert_eq!(tokens.scope().unwrap().to_string(), long);
    assert_eq!(hand.verify_back(&tokens).unwrap().claims()["email"], "alice@example.com");
}

#[test]
fn google_adds_what_was_granted_before_when_asked_to() {
    let provider = FakeProvider::new(Profile::GOOGLE);
    let hand = Hand::new(&provider);
    hand.sign_in("openid https://www.googleapis.com/auth/drive", &[]).unwrap();
    let alone = hand.sign_in("openid", &[]).unwrap();
    assert_eq!(alone.scope().unwrap().to_string(), "openid");
    let both = hand.sign_in("openid", &[("include_granted_scopes", "true")]).unwrap();
    assert!(both.scope().unwrap().contains("https://www.googleapis.com/auth/drive"));
}

#[test]
fn google_refuses_to_revoke_the_unknown_and_revokes_the_whole_consent() {
    let provider = FakeProvider::new(Profile::GOOGLE);
    let hand = Hand::new(&provider);
    let revocation = hand.endpoint("revocation_endpoint");
    let unknown = hand.post(&revocation, &[("token", "unknown")]);
    assert_eq!(unknown.status(), 400);
    assert!(String::from_utf8_lossy(unknown.body()).contains("invalid_token"));
    let offline = [("access_type", "offline")];
    let first = hand.sign_in(SCOPE, &offline).unwrap();
    let second = hand.sign_in(SCOPE, &[]).unwrap();
    let token = second.access_token().expose();
    assert_eq!(hand.post(&revocation, &[("token", token)]).status(), 200);
    assert!(hand.refresh(first.refresh_token().unwrap()).is_err());
    assert!(hand.sign_in(SCOPE, &offline).unwrap().refresh_token().is_some(), "a first consent");
}

#[test]
fn google_publishes_its_keys_as_certificates_too() {
    let provider = FakeProvider::new(Profile::GOOGLE);
    let hand = Hand::new(&provider);
    let keys = keys_at(&hand, Endpoint::Certificates);
    assert_eq!(keys.ids().collect::<Vec<_>>(), hand.keys().ids().collect::<Vec<_>>());
}

#[test]
fn yahoo_japan_comes_back_empty_handed_with_bail_and_not_at_all_without() {
    let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    let hand = Hand::new(&provider);
    provider.consent(Decision::decline());
    let error = hand.authorize(ResponseType::Code, None, SCOPE, &[("bail", "1")]).unwrap_err();
    assert!(matches!(error, Error::Misbehaved(found) if found.fault == CoreFault::Declined));
    let url = hand.authorization_url(ResponseType::Code, None, SCOPE, &[]);
    assert!(matches!(provider.browse(&url), Landing::Page { status, .. } if status == 200));
}

#[test]
fn yahoo_japan_writes_its_id_token_in_its_own_hand() {
    let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let payload = payload(tokens.id_token().unwrap());
    assert!(payload.contains(r#""iss":"https:\/\/auth.login.yahoo.co.jp\/yconnect\/v2""#));
    assert!(payload.contains(r#""aud":["test-client"]"#), "{payload}");
    let token = hand.verify_back(&tokens).unwrap();
    assert_eq!(token.expires_at().since(token.issued_at()).as_secs(), 28 * 24 * 3600);
}

#[test]
fn yahoo_japan_refreshes_without_scope_id_token_or_refresh_token() {
    let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    assert!(tokens.scope().is_none());
    let refreshed = hand.refresh(tokens.refresh_token().unwrap()).unwrap();
    assert!(refreshed.refresh_token().is_none());
    assert!(refreshed.id_token().is_none() && refreshed.scope().is_none());
    provider.clock().advance(provider.profile().refresh_token_lifetime.unwrap());
    assert!(hand.refresh(tokens.refresh_token().unwrap()).is_err());
}

#[test]
fn yahoo_japan_refuses_a_scope_that_stands_there_twice() {
    let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    let hand = Hand::new(&provider);
    let url = hand.authorization_url(ResponseType::Code, None, "openid email", &[]);
    let landing = provider.browse(&url.replace("openid+email", "openid+email+openid"));
    let error = hand.read(&landing, ResponseType::Code, None).unwrap_err();
    assert_eq!(error.code().unwrap().as_str(), "invalid_scope");
}

#[test]
fn yahoo_japan_publishes_its_keys_as_pem_too() {
    let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    let hand = Hand::new(&provider);
    let keys = keys_at(&hand, Endpoint::PublicKeys);
    assert_eq!(keys.ids().collect::<Vec<_>>(), hand.keys().ids().collect::<Vec<_>>());
}

#[test]
fn yahoo_japan_knows_names_in_three_scripts() {
    let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in("openid profile", &[]).unwrap();
    let answer = hand.with_bearer(&hand.endpoint("userinfo_endpoint"), tokens.access_token());
    let claims: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(claims["given_name#ja-Kana-JP"], "ハナコ");
    assert_eq!(claims["birthdate"], "1985");
}

#[test]
fn yahoo_hides_one_good_key_among_weak_ones() {
    let provider = FakeProvider::new(Profile::YAHOO);
    let hand = Hand::new(&provider);
    let answer = hand.get(&hand.endpoint("jwks_uri"));
    let set: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 3);
    assert_eq!(hand.keys().ids().filter(|id| id.starts_with("p256")).count(), 1);
}

#[test]
fn yahoo_has_names_of_its_own() {
    let provider = FakeProvider::new(Profile::YAHOO);
    let hand = Hand::new(&provider);
    assert!(hand.metadata.members().contains_key("token_revocation_endpoint"));
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let refreshed = hand.refresh(tokens.refresh_token().unwrap()).unwrap();
    assert_ne!(refreshed.refresh_token(), tokens.refresh_token(), "the newest is to be kept");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "unknown")];
    let answer = hand.post(&hand.endpoint("token_endpoint"), &form);
    assert!(String::from_utf8_lossy(answer.body()).contains("INVALID_REFRESH_TOKEN"));
}
