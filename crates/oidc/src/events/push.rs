//! Events by push (RFC 8935): the transmitter posts one token, and is told whether it was taken.
//!
//! ```
//! use tegata_core::error::Error;
//! use tegata_core::http::{HttpRequest, HttpResponse};
//! use tegata_core::time::UnixTime;
//! use tegata_oidc::events::{Event, Receive, Received, Receiver, push};
//! use tegata_oidc::replay::SeenTokens;
//!
//! # trait Database { fn store(&self, what: impl Iterator<Item = Event>) -> Result<(), ()>; }
//! fn handle(
//!     receiver: &Receiver,
//!     request: &HttpRequest,
//!     run: impl Fn(Receive) -> Result<Received, Error>,
//!     (seen, now): (&dyn SeenTokens, UnixTime),
//!     database: &impl Database,
//! ) -> HttpResponse {
//!     let received = push::read(request).and_then(|token| run(receiver.receive(token)));
//!     if let Ok(received) = &received {
//!         if !received.is_known(seen, now) {
//!             if database.store(received.events()).is_err() {
//!                 return push::try_later(); // it is delivered again
//!             }
//!             received.remember(seen, now);
//!         }
//!     }
//!     push::answer(&received)
//! }
//! ```

use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use serde_json::json;
use tegata_core::error::{Error, ErrorCode, Fault, Misbehaviour, Remedy, TokenFault};
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::secret::CompactToken;
use tegata_jose::jws::MAX_TOKEN_BYTES;

/// Takes the token out of the transmitter's request (§2.1): a `POST` whose body is the token.
///
/// DIFFERENCE: the content type `application/secevent+jwt` is not demanded. The signature decides
/// who speaks, and older transmitters send others.
///
/// # Errors
///
/// [`Fault::Method`], [`Fault::TooLarge`], or [`Fault::ContentType`] when the body is no text.
pub fn read(request: &HttpRequest) -> Result<CompactToken, Error> {
    let refuse = |fault| Err(Misbehaviour::new(Endpoint::EventReceiver, fault).into());
    if request.method() != Method::POST {
        return refuse(Fault::Method);
    }
    if request.body().len() > MAX_TOKEN_BYTES {
        return refuse(Fault::TooLarge);
    }
    match std::str::from_utf8(request.body().trim_ascii()) {
        Ok(text) if text.is_ascii() && !text.is_empty() => Ok(CompactToken::new(text)),
        _ => refuse(Fault::ContentType),
    }
}

/// What to answer (§2.2, §2.3): 202 when the event is verified and stored, 400 with the code when it
/// is not good, 503 when it could not be verified now. Never the reason in detail: that stays in
/// our own log.
#[must_use]
pub fn answer<T>(received: &Result<T, Error>) -> HttpResponse {
    let refused = match received {
        Ok(_) => return empty(StatusCode::ACCEPTED),
        Err(error) => code_for(error),
    };
    match refused {
        Some(code) => refuse(&code),
        None => later(received.as_ref().err().and_then(asked_after)),
    }
}

fn asked_after(error: &Error) -> Option<Duration> {
    match error.remedy() {
        Remedy::Retry { after } => after,
        _ => None,
    }
}

/// 503: nothing is wrong with the event, and it cannot be taken now. The transmitter delivers it
/// again, in a minute at the earliest. What to answer when what is to be done about a verified event
/// could not be stored.
#[must_use]
pub fn try_later() -> HttpResponse {
    later(None)
}

fn later(after: Option<Duration>) -> HttpResponse {
    let mut response = empty(StatusCode::SERVICE_UNAVAILABLE);
    let seconds = after.map_or(60, |after| after.as_secs());
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The refusal with one of the codes of §2.4, such as
/// [`AuthenticationFailed`](ErrorCode::AuthenticationFailed) when the transmitter did not send the
/// `Authorization` header that was agreed on.
#[must_use]
pub fn refuse(code: &ErrorCode) -> HttpResponse {
    let description = DESCRIPTIONS.iter().find(|(known, _)| known == code);
    let description = description.map_or("The event was not accepted.", |(_, text)| text);
    let body = json!({ "err": code.as_str(), "description": description });
    let mut response = HttpResponse::new(body.to_string().into_bytes());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static("en"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// `None`: nothing is wrong with the event, as far as we know.
fn code_for(error: &Error) -> Option<ErrorCode> {
    match error {
        // Its key may be newer than ours: refused for good, the event would be lost.
        Error::InvalidToken(token) if token.retry_after.is_some() => None,
        Error::InvalidToken(token) => Some(match token.fault {
            TokenFault::Audience | TokenFault::AudienceUntrusted => ErrorCode::InvalidAudience,
            TokenFault::Issuer => ErrorCode::InvalidIssuer,
            TokenFault::Signature => ErrorCode::AuthenticationFailed,
            TokenFault::AlgorithmNotAllowed
            | TokenFault::AlgorithmUnsupported
            | TokenFault::KeyNotFound => ErrorCode::InvalidKey,
            _ => ErrorCode::InvalidRequest,
        }),
        Error::Misbehaved(request) if request.endpoint == Endpoint::EventReceiver => {
            Some(ErrorCode::InvalidRequest)
        }
        _ => None,
    }
}

const DESCRIPTIONS: &[(ErrorCode, &str)] = &[
    (ErrorCode::AccessDenied, "The transmitter may not send this event."),
    (ErrorCode::AuthenticationFailed, "The transmitter could not be authenticated."),
    (ErrorCode::InvalidAudience, "The event is for another receiver."),
    (ErrorCode::InvalidIssuer, "The event is from another issuer."),
    (ErrorCode::InvalidKey, "The key or algorithm of the signature is not accepted."),
    (ErrorCode::InvalidRequest, "The request is no security event token."),
];

fn empty(status: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tegata_core::error::{InvalidToken, TokenKind, TransportError, TransportFault};

    fn request(method: Method, body: &[u8]) -> HttpRequest {
        let mut request = HttpRequest::new(body.to_vec());
        *request.method_mut() = method;
        request
    }

    fn answered(fault: TokenFault) -> (u16, String) {
        let error = InvalidToken::new(TokenKind::SecurityEventToken, fault);
        let response = answer::<()>(&Err(error.into()));
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(response.headers()[CONTENT_LANGUAGE], "en");
        (response.status().as_u16(), body["err"].as_str().unwrap().to_owned())
    }

    #[test]
    fn takes_the_body_of_a_post_and_nothing_else() {
        let token = read(&request(Method::POST, b"h.p.s\n")).unwrap();
        assert_eq!(token.expose(), "h.p.s");
        for (method, body) in [
            (Method::GET, b"h.p.s".to_vec()),
            (Method::POST, Vec::new()),
            (Method::POST, vec![b'a'; MAX_TOKEN_BYTES + 1]),
            (Method::POST, vec![0xff]),
        ] {
            let refused = read(&request(method, &body));
            assert_eq!(answer(&refused).status(), 400);
        }
    }

    #[test]
    fn says_which_part_is_not_good_by_the_codes_of_rfc_8935() {
        for (fault, code) in [
            (TokenFault::Audience, "invalid_audience"),
            (TokenFault::Issuer, "invalid_issuer"),
            (TokenFault::KeyNotFound, "invalid_key"),
            (TokenFault::AlgorithmNotAllowed, "invalid_key"),
            (TokenFault::Signature, "authentication_failed"),
            (TokenFault::Events, "invalid_request"),
        ] {
            assert_eq!(answered(fault), (400, code.to_owned()));
        }
        assert_eq!(answer(&Ok(())).status(), 202);
        assert!(answer(&Ok(())).body().is_empty());
    }

    #[test]
    fn asks_for_another_delivery_when_the_keys_cannot_be_had() {
        let down = TransportError::new(Endpoint::Jwks, TransportFault::Timeout);
        let unsettled = InvalidToken::new(TokenKind::SecurityEventToken, TokenFault::KeyNotFound)
            .with_retry_after(Some(Duration::from_secs(17)));
        for (error, after) in [(Error::from(down), "60"), (unsettled.into(), "17")] {
            let response = answer::<()>(&Err(error));
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()[RETRY_AFTER], after);
        }
        assert_eq!(try_later().headers()[RETRY_AFTER], "60");
    }

    proptest! {
        #[test]
        fn reading_never_panics(body: Vec<u8>) {
            let _ = read(&request(Method::POST, &body));
        }
    }
}
