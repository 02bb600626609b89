//! Where an access token may stand, and where not (RFC 6750 §2).

use http::{HeaderValue, Method};
use tegata_core::http::HttpRequest;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider};

use super::hand::{Hand, SCOPE};

/// Asks UserInfo with the token in the header, in the query and in the form, as told.
fn ask(profile: &Profile, header: bool, query: bool, form: bool) -> u16 {
    let provider = FakeProvider::new(profile.clone());
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let token = tokens.access_token().expose();
    let mut request = HttpRequest::default();
    let mut address = provider.address(Endpoint::UserInfo).unwrap();
    if query {
        address = format!("{address}?access_token={token}");
    }
    *request.uri_mut() = address.parse().unwrap();
    if header {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        request.headers_mut().insert("authorization", value);
    }
    if form {
        *request.method_mut() = Method::POST;
        let value = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert("content-type", value);
        *request.body_mut() = format!("access_token={token}").into_bytes();
    }
    provider.handle(&request).status().as_u16()
}

#[test]
fn takes_one_token_in_the_header_or_in_the_form() {
    let profile = Profile::OPENID;
    assert_eq!(ask(&profile, true, false, false), 200);
    assert_eq!(ask(&profile, false, false, true), 200);
    assert_eq!(ask(&profile, false, false, false), 401);
    assert_eq!(ask(&profile, true, false, true), 400, "two at once");
    assert_eq!(ask(&profile, false, true, false), 400, "RFC 9700 §4.3.2");
}

#[test]
fn yahoo_japan_takes_it_in_the_query_and_not_in_the_form() {
    let profile = Profile::YAHOO_JAPAN;
    assert_eq!(ask(&profile, true, false, false), 200);
    assert_eq!(ask(&profile, false, true, false), 200);
    assert_eq!(ask(&profile, true, true, false), 400, "two at once");
    assert_eq!(ask(&profile, false, false, true), 401);
}

#[test]
fn says_what_is_wrong_in_the_words_of_the_profile() {
    let challenge = |profile: Profile| {
        let provider = FakeProvider::new(profile);
        let hand = Hand::new(&provider);
        let tokens = hand.sign_in(SCOPE, &[]).unwrap();
        provider.clock().advance(provider.profile().access_token_lifetime);
        let url = hand.endpoint("userinfo_endpoint");
        let answer = hand.with_bearer(&url, tokens.access_token());
        assert_eq!(hand.refusal(&answer).code().unwrap().as_str(), "invalid_token");
        answer.headers()["www-authenticate"].to_str().unwrap().to_owned()
    };
    assert_eq!(
        challenge(Profile::YAHOO_JAPAN),
        r#"Bearer realm="yahooapis.jp", error="invalid_token", error_description="expired token""#
    );
    assert!(challenge(Profile::YAHOO).starts_with("realm="), "Yahoo leaves the scheme out");
    assert!(challenge(Profile::GOOGLE).contains("Invalid Credentials"));
}
