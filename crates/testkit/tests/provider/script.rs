//! The script: what is queued is given once and in order, and must be given.

use std::time::Duration;

use http::StatusCode;
use tegata_core::authorize::ResponseType;
use tegata_core::error::TransportFault;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, Fault};

use super::hand::{Hand, SCOPE};

fn keys(provider: &FakeProvider) -> HttpRequest {
    let mut request = HttpRequest::default();
    *request.uri_mut() = provider.address(Endpoint::Jwks).unwrap().parse().unwrap();
    request
}

#[test]
fn answers_come_in_order_and_then_the_endpoint_is_honest_again() {
    let provider = FakeProvider::new(Profile::OPENID);
    let mut teapot = HttpResponse::default();
    *teapot.status_mut() = StatusCode::IM_A_TEAPOT;
    provider
        .on(Endpoint::Jwks)
        .respond_once(teapot)
        .once(Fault::Unavailable)
        .redirect_once("https://elsewhere.example/");
    let request = keys(&provider);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(provider.handle(&request).status().as_u16());
    }
    assert_eq!(statuses, [418, 503, 302, 200]);
    assert_eq!(provider.count(Endpoint::Jwks), 4);
    provider.assert_all_used();
}

#[test]
#[should_panic = "scripted answers were never asked for: [(Jwks, 1)]"]
fn a_provider_that_goes_away_complains_of_unused_answers() {
    let provider = FakeProvider::new(Profile::OPENID);
    provider.on(Endpoint::Jwks).once(Fault::Unavailable);
}

#[test]
fn a_lasting_fault_needs_no_use() {
    let provider = FakeProvider::new(Profile::OPENID);
    provider.on(Endpoint::Token).always(Fault::NonceInvalid);
    provider.on(Endpoint::Jwks).always(Fault::KeySetEmpty);
    for _ in 0..2 {
        assert_eq!(provider.handle(&keys(&provider)).body(), br#"{"keys":[]}"#);
    }
}

#[test]
#[should_panic = "nonce-invalid cannot show at jwks"]
fn a_fault_that_cannot_show_is_refused() {
    let provider = FakeProvider::new(Profile::OPENID);
    provider.on(Endpoint::Jwks).once(Fault::NonceInvalid);
}

#[test]
fn a_transport_without_a_socket_waits_by_moving_the_clock() {
    let provider = FakeProvider::new(Profile::OPENID);
    let (request, transport) = (keys(&provider), provider.transport());
    let clock = provider.clock();
    let before = tegata_core::time::Clock::now(&clock);
    let late = Duration::from_secs(9);
    provider.on(Endpoint::Jwks).delay_once(late).delay_once(Duration::from_secs(10));
    assert_eq!(transport(request.clone()).unwrap().status(), 200);
    assert!(tegata_core::time::Clock::now(&clock).since(before) >= late);
    assert_eq!(transport(request).unwrap_err().fault, TransportFault::Timeout);
}

#[test]
fn a_transport_without_a_socket_breaks_as_a_real_one_does() {
    let provider = FakeProvider::new(Profile::OPENID);
    for fault in [Fault::ConnectionReset, Fault::BodyTruncated] {
        provider.on(Endpoint::Jwks).once(fault);
        let error = provider.transport()(keys(&provider)).unwrap_err();
        assert_eq!(error.fault, TransportFault::Interrupted, "{fault}");
    }
}

#[test]
fn answers_spoiled_as_a_whole_look_as_they_are_named() {
    let provider = FakeProvider::new(Profile::OPENID);
    let give = |fault| {
        provider.on(Endpoint::Jwks).once(fault);
        provider.handle(&keys(&provider))
    };
    assert!(give(Fault::BodyEmpty).body().is_empty());
    assert!(give(Fault::BodyOversized).body().len() > tegata_core::http::MAX_RESPONSE_BYTES);
    assert_eq!(give(Fault::ContentTypeWrong).headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(give(Fault::HtmlErrorPage).status(), 500);
    assert_eq!(give(Fault::RateLimited).headers()["retry-after"], "7");
    assert_eq!(give(Fault::Redirect).status(), 302);
}

#[test]
fn a_lost_answer_was_acted_on_and_a_refused_request_was_not() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let code = || hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap().code.unwrap();
    let (lost, refused) = (code(), code());
    provider.on(Endpoint::Token).once(Fault::ConnectionReset);
    assert!(hand.exchange(&lost).is_err());
    assert!(hand.exchange(&lost).is_err(), "the code was used");
    provider.on(Endpoint::Token).once(Fault::Unavailable);
    assert!(hand.exchange(&refused).is_err());
    assert!(hand.exchange(&refused).is_ok());
}
