//! What follows a sign-in: refresh, UserInfo, logout, security events. Whole flows, fed with answers
//! of every kind as in `flows`.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use tegata_core::error::{Error, TokenFault, TokenKind};
use tegata_core::form::FormWriter;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::secret::{AccessToken, CompactToken, RefreshToken};
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::base64url;
use tegata_jose::id_token::{
    Expect, FirstIdToken, IdToken, IdTokenRules, Nonce, UnverifiedIdToken,
};
use tegata_jose::jwks::KeySet;
use tegata_oidc::RelyingParty;
use tegata_oidc::events::{ADVICE, Receiver, advise, poll, push};
use tegata_oidc::logout::back_channel;
use tegata_oidc::replay::SeenInMemory;
use tegata_testkit::signature::{FAKE_SIGNATURE, dangerous_fuzzing_backend, fake_token};

use crate::flows::{ISSUER, NOW, answer, config, discovery, drive};
use crate::input::{Input, hides_canaries, response, text};
use crate::tokens::JWKS;

const FIRST: &str = r#"{"iss":"https://op.example.com","sub":"s","aud":"client","exp":1700003600,"iat":1699990000}"#;

/// No refresh token is lost, whatever comes; an ID token beside the tokens is signed and about the
/// same user.
pub fn refresh_flow(data: &[u8]) {
    let mut input = Input::new(data);
    let first = FirstIdToken::new(
        ISSUER,
        "s",
        vec!["client".to_owned()],
        UnixTime::from_seconds(NOW - 10_000),
    );
    let first = (input.line() != b"plain").then_some(&first);
    let before = TokenSet::new(AccessToken::new("canary-old"), UnixTime::from_seconds(NOW - 3600))
        .with_refresh_token(RefreshToken::new("canary-refresh"));
    let mut flow = party().refresh(&before, first).expect("there is a refresh token");
    let (outcome, believed) = feed(&mut flow, &mut input);
    let shown = match outcome {
        Ok(None) => return,
        Err(error) => text(&error),
        Ok(Some(refreshed)) => {
            assert!(refreshed.tokens().refresh_token().is_some(), "a refresh token was lost");
            match refreshed.id_token() {
                Ok(None) => {}
                Ok(Some(token)) => {
                    assert!(believed && first.is_some(), "claims without a signature");
                    assert_eq!((token.issuer(), token.subject()), (ISSUER, "s"));
                    assert!(token.audience().any(|audience| audience == "client"));
                }
                Err(error) => hides_canaries(&text(error)),
            }
            format!("{refreshed:?}")
        }
    };
    hides_canaries(&shown);
}

/// UserInfo is about the user of the ID token or it is thrown away, as JSON and as a JWT.
pub fn user_info(data: &[u8]) {
    let mut input = Input::new(data);
    let mut flow = party().user_info(&AccessToken::new("canary-access-token"), &id_token());
    if input.line() == b"body" {
        flow = flow.in_body();
    }
    let (outcome, believed) = feed(&mut flow, &mut input);
    let shown = match outcome {
        Ok(None) => return,
        Err(error) => text(&error),
        Ok(Some(info)) => {
            assert_eq!(info.subject(), "s");
            assert!(believed, "claims that nobody sent");
            let _ = format!("{:?}", info.standard_claims());
            format!("{info:?}")
        }
    };
    hides_canaries(&shown);
}

/// A logout comes once, signed by the issuer, and names whom it is about.
pub fn logout_token(data: &[u8]) {
    let mut input = Input::new(data);
    let (token, signed) = posted_token(&mut input);
    let mut form = FormWriter::new();
    form.append("logout_token", &token);
    let request = post("application/x-www-form-urlencoded", form.finish().into_bytes());
    let (party, seen) = (party(), Arc::new(SeenInMemory::new()));
    let begin = || party.receive_logout(&request, seen.clone());
    let mut flow = match begin() {
        Ok(flow) => flow,
        Err(error) => return drop(text(&error)),
    };
    let (outcome, _) = feed(&mut flow, &mut input);
    let logout = match outcome {
        Ok(None) => return,
        Err(error) => {
            let shown = text(&error);
            assert_eq!(back_channel::answer(&Err(error)).status(), 400);
            return drop(shown);
        }
        Ok(Some(logout)) => logout,
    };
    assert!(signed, "a logout without a signature");
    let token = logout.token();
    assert_eq!(token.issuer(), ISSUER);
    assert!(!token.jti().is_empty());
    assert!(token.subject().is_some() || token.session_id().is_some());
    // The keys are known by now: a second one needs no answers.
    let again = || drive(&mut begin().expect("it was read before"), |_| None);
    assert!(again().is_ok_and(|logout| logout.is_some()), "lost before its sessions were ended");
    assert_eq!(back_channel::answer(&Ok::<_, Error>(logout.ended())).status(), 200);
    let replayed =
        |error: Error| matches!(error, Error::InvalidToken(it) if it.fault == TokenFault::Replayed);
    assert!(again().is_err_and(replayed), "the same logout twice");
}

/// An event is signed by the transmitter; what is answered says nothing of what came.
pub fn security_event(data: &[u8]) {
    let mut input = Input::new(data);
    let (token, signed) = posted_token(&mut input);
    let receiver = Receiver::new(
        ISSUER,
        "https://op.example.com/.well-known/ssf-configuration",
        &["client", "canary-other"],
        AllowedAlgorithms::of(&[Algorithm::RS256]),
        dangerous_fuzzing_backend(),
    );
    let receiver = receiver.expect("a receiver");
    let read = push::read(&post("application/secevent+jwt", token.into_bytes()));
    let outcome = match read {
        Ok(token) => feed(&mut receiver.receive(token), &mut input).0,
        Err(error) => Err(error),
    };
    let answered = push::answer(&outcome);
    assert!(answered.body().len() < 200, "an answer of our own words");
    match outcome {
        Ok(None) => {}
        Err(error) => {
            assert!(matches!(answered.status().as_u16(), 400 | 503));
            drop(text(&error));
        }
        Ok(Some(received)) => {
            assert!(signed, "an event without a signature");
            assert_eq!(answered.status(), 202);
            assert_eq!(received.token().issuer(), ISSUER);
            assert!(!received.token().jti().is_empty());
            let events: Vec<_> = received.events().collect();
            assert!(!events.is_empty() && events.len() <= data.len());
            for event in &events {
                let _ = (advise(ADVICE, event).count(), event.subject(), event.reason());
            }
            let (seen, now) = (SeenInMemory::new(), UnixTime::from_seconds(NOW));
            assert!(!received.is_known(&seen, now));
            received.remember(&seen, now);
            assert!(received.is_known(&seen, now));
        }
    }
}

/// Each token of the answer, and no other.
pub fn poll_response(data: &[u8]) {
    let now = UnixTime::from_seconds(NOW);
    let polled = match poll::read(&response(200, "application/json", data), now) {
        Ok(polled) => polled,
        Err(error) => return drop(text(&error)),
    };
    let said: serde_json::Value = serde_json::from_slice(data).expect("JSON");
    let sets = said["sets"].as_object().expect("an object");
    assert_eq!(polled.tokens.len(), sets.len());
    assert!(polled.tokens.iter().all(|(jti, token)| sets[jti] == token.expose()));
    assert_eq!(polled.more_available, said["moreAvailable"] == true);
}

/// Answers each request with a line of the input; whether one held a token with a good signature,
/// or anything that may be one.
fn feed<F: tegata_core::flow::Flow>(
    flow: &mut F,
    input: &mut Input<'_>,
) -> (Result<Option<F::Output>, Error>, bool) {
    let mut believed = false;
    let outcome = drive(flow, |request: &HttpRequest| -> Option<HttpResponse> {
        hides_canaries(&request.uri().to_string());
        if input.is_empty() {
            return None;
        }
        let (answer, signed) = answer(input.line(), "");
        believed |= signed;
        answer
    });
    (outcome, believed)
}

/// Two lines are header and claims, signed so that the fuzzing backend believes them; after an empty
/// line the next is the token as it stands.
fn posted_token(input: &mut Input<'_>) -> (String, bool) {
    match input.line() {
        b"" => {
            let token = String::from_utf8_lossy(input.line()).into_owned();
            let signed = token.ends_with(&base64url::encode(FAKE_SIGNATURE));
            (token, signed)
        }
        header => (fake_token(header, input.line()), true),
    }
}

/// A client that knows its provider already.
fn party() -> RelyingParty {
    let party = RelyingParty::with_backend(config(), dangerous_fuzzing_backend());
    drive(&mut party.metadata(), |_| Some(discovery())).expect("an honest discovery");
    party
}

fn id_token() -> IdToken {
    let keys = KeySet::from_jwks(JWKS.as_bytes()).expect("a key set");
    let token = fake_token(r#"{"alg":"RS256"}"#, FIRST);
    let expect = Expect::new(TokenKind::IdToken, Nonce::NotSent);
    let rules = IdTokenRules::new(ISSUER, "client");
    let now = UnixTime::from_seconds(NOW);
    UnverifiedIdToken::new(CompactToken::new(token))
        .verify(&keys, &rules, &expect, dangerous_fuzzing_backend(), now)
        .expect("an honest ID token")
}

fn post(content_type: &'static str, body: Vec<u8>) -> HttpRequest {
    let mut request = HttpRequest::new(body);
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    request
}
