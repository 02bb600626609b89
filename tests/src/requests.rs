//! Requests that carry a canary, and a look at errors that must not show it.

#![expect(clippy::unwrap_used, reason = "a test without its request cannot go on")]

use std::error::Error;

use http::{Method, Request};
use tegata_core::error::{TransportError, TransportFault};
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::transport::TransportOptions;
use tegata_core::transport::retry::Retry;

/// What no error may show.
pub const CANARY: &str = "canary-f00d";

/// Options for a server on loopback, and no retries.
#[must_use]
pub fn options() -> TransportOptions {
    TransportOptions::new().allow_loopback_http().with_retry(Retry::never())
}

/// A `GET`, of the key endpoint, with the canary in its query.
#[must_use]
pub fn get(url: &str) -> HttpRequest {
    request(Method::GET, Endpoint::Jwks, url, "")
}

/// A `POST`, to the token endpoint, with the canary in its query and its body.
#[must_use]
pub fn post(url: &str) -> HttpRequest {
    let mut request = request(Method::POST, Endpoint::Token, url, &format!("code={CANARY}"));
    let form = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert(http::header::CONTENT_TYPE, form);
    request
}

fn request(method: Method, endpoint: Endpoint, url: &str, body: &str) -> HttpRequest {
    Request::builder()
        .method(method)
        .uri(format!("{url}?q={CANARY}"))
        .header("accept", "application/json")
        .extension(endpoint)
        .body(body.as_bytes().to_vec())
        .unwrap()
}

/// The fault of what has to be an error, which shows no canary however it is printed.
///
/// # Panics
///
/// When it is no error, or shows the canary.
pub fn fault(result: Result<HttpResponse, TransportError>) -> TransportFault {
    let error = result.unwrap_err();
    let shown = shown(&error);
    assert!(!shown.contains(CANARY), "{shown}");
    error.fault
}

/// The error and all its causes, as a log would show them.
#[must_use]
pub fn shown(error: &(dyn Error + 'static)) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push_str(&format!(" {cause} {cause:?} {cause:#?}"));
        source = cause.source();
    }
    shown
}
