//! Whatever a server answers, at whichever endpoint: one exact error, no panic, nothing quoted.

use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION};
use tegata_core::Error;
use tegata_core::error::{Fault, TransportFault};
use tegata_core::http::{Endpoint, HttpResponse};
use tegata_core::json::{JsonFault, JsonType};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint as At, FakeProvider, Fault as Fake};
use tegata_tests::requests::{CANARY, shown};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request, tokens};

const ENDPOINTS: [(At, Endpoint); 5] = [
    (At::Discovery, Endpoint::Discovery),
    (At::Jwks, Endpoint::Jwks),
    (At::Revocation, Endpoint::Revocation),
    (At::Token, Endpoint::Token),
    (At::UserInfo, Endpoint::UserInfo),
];

/// What a server does once.
enum Answer {
    /// Its own answer, spoilt.
    Spoilt(Fake),
    /// Another one altogether.
    Whole(HttpResponse),
}

impl Answer {
    fn script(&self, provider: &FakeProvider, at: At) {
        let _ = match self {
            Self::Spoilt(fault) => provider.on(at).once(*fault),
            Self::Whole(response) => provider.on(at).respond_once(response.clone()),
        };
    }
}

/// What the client says to that.
fn met(at: At, answer: &Answer) -> Result<(), Error> {
    let stage = Stage::served(Profile::OPENID);
    let signed_in = match at {
        At::Revocation | At::UserInfo => Some(stage.signed_in()),
        _ => None,
    };
    answer.script(&stage.provider, at);
    match (at, signed_in) {
        (At::Revocation, Some(who)) => stage.client.revoke(tokens(&who)).map(drop),
        (_, Some(who)) => stage.client.user_info(tokens(&who), who.claims()).map(drop),
        (_, None) => stage.sign_in(request()).map(drop),
    }
}

/// The error of every endpoint is `expected`, and shows nothing of the body.
fn each_says(name: &str, answer: &Answer, expected: impl Fn(Endpoint) -> Verdict) {
    for (at, endpoint) in ENDPOINTS {
        let error = match met(at, answer) {
            Err(error) => error,
            // Success has no body that anybody reads (RFC 7009 §2.2).
            Ok(()) if at == At::Revocation => continue,
            Ok(()) => panic!("{name} at {at}: no error"),
        };
        let text = shown(&error);
        for secret in [CANARY, Client::DEFAULT_SECRET] {
            assert!(!text.contains(secret), "{name} at {at}: {text}");
        }
        assert_eq!(Verdict::on::<()>(Err(error)), expected(endpoint), "{name} at {at}");
    }
}

fn whole(status: StatusCode, content_type: &str, body: &str) -> Answer {
    let response = http::Response::builder().status(status).header(CONTENT_TYPE, content_type);
    let response = response.header(LOCATION, format!("https://attacker.example/{CANARY}"));
    Answer::Whole(response.body(body.as_bytes().to_vec()).unwrap())
}

fn misbehaved(fault: Fault) -> impl Fn(Endpoint) -> Verdict {
    move |endpoint| Verdict::Misbehaved(endpoint, fault.clone())
}

/// No refusal is readable: UserInfo takes the status for one (RFC 6750 §3.1).
fn bad_status(endpoint: Endpoint) -> Verdict {
    match endpoint {
        Endpoint::UserInfo => Verdict::Refused(endpoint, None),
        _ => Verdict::Misbehaved(endpoint, Fault::Status),
    }
}

#[test]
fn a_connection_that_breaks() {
    for fault in [Fake::ConnectionReset, Fake::BodyTruncated] {
        let broken = |endpoint| Verdict::Transport(endpoint, TransportFault::Interrupted);
        each_says(fault.as_str(), &Answer::Spoilt(fault), broken);
    }
}

#[test]
fn a_body_without_end() {
    let too_large = |endpoint| Verdict::Transport(endpoint, TransportFault::BodyTooLarge);
    each_says("oversized", &Answer::Spoilt(Fake::BodyOversized), too_large);
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [StatusCode::FOUND, StatusCode::TEMPORARY_REDIRECT] {
        each_says(status.as_str(), &whole(status, "text/html", CANARY), bad_status);
    }
}

#[test]
fn a_page_for_people() {
    let page = format!("<!DOCTYPE html><p>{CANARY}</p>");
    for status in [StatusCode::FORBIDDEN, StatusCode::INTERNAL_SERVER_ERROR] {
        each_says(status.as_str(), &whole(status, "text/html", &page), bad_status);
    }
    let portal = whole(StatusCode::OK, "text/html", &page);
    each_says("captive portal", &portal, misbehaved(Fault::ContentType));
}

#[test]
fn good_json_under_a_wrong_name() {
    let answer = Answer::Spoilt(Fake::ContentTypeWrong);
    each_says("content type", &answer, misbehaved(Fault::ContentType));
}

#[test]
fn a_body_that_is_no_strict_json_object() {
    let path = String::new;
    let (expected, found) = (JsonType::Object, JsonType::Array);
    let table = [
        ("empty", String::new(), JsonFault::Syntax { offset: 0 }),
        ("no JSON", format!("{{\"a\": {CANARY}}}"), JsonFault::Syntax { offset: 6 }),
        (
            "array",
            format!("[\"{CANARY}\"]"),
            JsonFault::WrongType { path: path(), expected, found },
        ),
        (
            "deep",
            format!("{{\"a\": {}\"{CANARY}\"{}}}", "[".repeat(100), "]".repeat(100)),
            JsonFault::TooDeep,
        ),
        (
            "duplicate",
            format!("{{\"sub\": \"{CANARY}\", \"sub\": \"{CANARY}\"}}"),
            JsonFault::Duplicate { name: "sub".into() },
        ),
        (
            "crowded",
            format!("{{{}}}", (0..600).map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(",")),
            JsonFault::TooManyMembers,
        ),
    ];
    for (name, body, fault) in table {
        let answer = whole(StatusCode::OK, "application/json", &body);
        each_says(name, &answer, misbehaved(Fault::Json(fault)));
    }
}

#[test]
fn a_refusal_that_quotes_secrets() {
    let body = format!(
        "{{\"error\": \"invalid_request\", \"error_description\": \"{CANARY}\",
           \"error_subtype\": \"{CANARY}\", \"error_uri\": \"https://op.example/{CANARY}\"}}"
    );
    let refusal = whole(StatusCode::BAD_REQUEST, "application/json", &body);
    each_says("refusal", &refusal, |endpoint| match endpoint {
        Endpoint::Discovery | Endpoint::Jwks => bad_status(endpoint),
        _ => Verdict::refused(endpoint, tegata_core::error::ErrorCode::InvalidRequest),
    });
}

#[test]
fn an_answer_that_comes_too_late_costs_the_client_its_patience_and_no_more() {
    for (at, endpoint) in ENDPOINTS {
        let stage = Stage::direct(Profile::OPENID);
        let signed_in = matches!(at, At::Revocation | At::UserInfo).then(|| stage.signed_in());
        let _ = stage.provider.on(at).delay_once(std::time::Duration::from_secs(10));
        let verdict = match &signed_in {
            None => Verdict::on(stage.sign_in(request())),
            Some(who) if at == At::Revocation => Verdict::on(stage.client.revoke(tokens(who))),
            Some(who) => Verdict::on(stage.client.user_info(tokens(who), who.claims())),
        };
        assert_eq!(verdict, Verdict::Transport(endpoint, TransportFault::Timeout), "{at}");
    }
}
