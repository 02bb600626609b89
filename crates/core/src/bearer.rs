//! Bearer tokens (RFC 6750): how an access token is sent, and how a resource server says no to it.
//!
//! ```
//! use tegata_core::bearer;
//! use tegata_core::error::{ErrorCode, Remedy};
//! use tegata_core::http::{self, Endpoint};
//! use tegata_core::secret::AccessToken;
//! use tegata_core::time::UnixTime;
//! use tegata_core::url::EndpointUrl;
//!
//! let url = EndpointUrl::new("https://api.example.com/files")?;
//! let mut request = http::get(Endpoint::ProtectedResource, &url);
//! bearer::authorize(&mut request, &AccessToken::new("ya29.a0Af"))?;
//!
//! // … the API answers 403 …
//! # let mut response = tegata_core::http::HttpResponse::new(Vec::new());
//! # *response.status_mut() = "403".try_into()?;
//! # let line = r#"Bearer error="insufficient_scope",scope="files.read files.write""#;
//! # response.headers_mut().insert("www-authenticate", line.parse()?);
//! # let now = UnixTime::from_seconds(0);
//! let refused = bearer::refusal(Endpoint::ProtectedResource, &response, now);
//! assert_eq!(refused.code(), Some(&ErrorCode::InsufficientScope));
//! assert_eq!(refused.remedy(), Remedy::AskConsentAgain);
//! assert!(refused.scope().is_some_and(|scope| scope.contains("files.write")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod challenge;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

pub use challenge::{
    Challenge, ChallengeFault, MAX_CHALLENGE_BYTES, MAX_CHALLENGE_PARAMETERS, MAX_CHALLENGES,
    challenges,
};

use crate::error::{ApiMisuse, ErrorCode, ServerError};
use crate::form::FormWriter;
use crate::http::{Endpoint, HttpRequest, HttpResponse, is_json, retry_after};
use crate::json::Object;
use crate::secret::AccessToken;
use crate::time::UnixTime;
use crate::tolerance::Tolerance;

/// Puts `token` into the `Authorization` header of `request` (RFC 6750 §2.1), in place of whatever
/// stood there.
///
/// The value is marked sensitive: `Debug` of the header shows no token, and HTTP/2 does not index
/// it.
///
/// # Errors
///
/// [`ApiMisuse::AccessToken`] when the token is empty or holds a character that would end or split
/// the header.
pub fn authorize(request: &mut HttpRequest, token: &AccessToken) -> Result<(), ApiMisuse> {
    request.headers_mut().insert(AUTHORIZATION, authorization(token)?);
    Ok(())
}

/// Puts `token` into the query of `request` as `access_token` (RFC 6750 §2.3).
///
/// Discouraged: queries stand in the logs of every server on the way, and RFC 9700 §4.3.2 forbids it.
/// For an API that reads no header.
///
/// # Errors
///
/// [`ApiMisuse::AccessToken`] when the address cannot take it.
pub fn discouraged_authorize_in_query(
    request: &mut HttpRequest,
    token: &AccessToken,
) -> Result<(), ApiMisuse> {
    let mut parameter = FormWriter::new();
    parameter.append("access_token", token.expose());
    let address = Zeroizing::new(request.uri().to_string());
    let separator = if address.contains('?') { '&' } else { '?' };
    let address = Zeroizing::new(format!("{}{separator}{}", *address, parameter.finish()));
    *request.uri_mut() = address.parse().map_err(|_| ApiMisuse::AccessToken)?;
    Ok(())
}

/// The value of the `Authorization` header alone, for a request that some other library builds.
///
/// DIFFERENCE: RFC 6750 §2.1 allows base64 characters only; here every visible ASCII character may
/// stand in a token, because servers issue such tokens and RFC 6749 Appendix A.12 allows them.
///
/// # Errors
///
/// As [`authorize`].
pub fn authorization(token: &AccessToken) -> Result<HeaderValue, ApiMisuse> {
    let token = token.expose();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ApiMisuse::AccessToken);
    }
    let text = Zeroizing::new(format!("Bearer {token}"));
    let mut value = HeaderValue::from_str(&text).map_err(|_| ApiMisuse::AccessToken)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads how a protected resource refused: any status but success (RFC 6750 §3).
///
/// The code comes from the `WWW-Authenticate` challenge for a bearer or DPoP token; where there is
/// none, from a JSON body (`{"error": …}`). The scope that an
/// [`insufficient_scope`](ErrorCode::InsufficientScope) asks for is
/// [`ServerError::scope`]: request it together with what is held already. A refusal without a code
/// has the status alone: 401 means that the request carried no token (RFC 6750 §3.1).
#[must_use]
pub fn refusal(endpoint: Endpoint, response: &HttpResponse, now: UnixTime) -> ServerError {
    tolerant_refusal(endpoint, response, &Tolerance::NONE, now)
}

/// [`refusal`], from a provider that has ways of its own to say it.
///
/// What its gateways write is read too: `{"Error": {"Message": …}}` and
/// `<Error><Message>…</Message></Error>` are descriptions, and a header of
/// [`challenge_headers`](Tolerance::challenge_headers) stands for `WWW-Authenticate`.
#[must_use]
pub fn tolerant_refusal(
    endpoint: Endpoint,
    response: &HttpResponse,
    tolerance: &Tolerance,
    now: UnixTime,
) -> ServerError {
    let headers = response.headers();
    let mut challenges = challenges(headers);
    let repeated = tolerance.challenge_headers.iter().filter_map(|name| headers.get(*name));
    let repeated: Vec<_> = repeated.filter_map(|value| value.to_str().ok()).collect();
    challenges.extend(repeated.iter().filter_map(|line| Challenge::parse(line).ok()).flatten());
    let challenge = challenges
        .iter()
        .find(|challenge| challenge.takes_access_tokens() && challenge.error().is_some());
    let refused = match challenge {
        Some(challenge) => ServerError::new(endpoint, challenge.error())
            .with_description(challenge.error_description())
            .with_scope(challenge.scope()),
        None => match (from_body(endpoint, response), repeated.first()) {
            (refused, Some(reason)) if refused.code().is_none() && response.status() == 401 => {
                ServerError::new(endpoint, Some(ErrorCode::InvalidToken))
                    .with_description(Some(reason))
            }
            (refused, _) => refused,
        },
    };
    refused.with_status(response.status().as_u16()).with_retry_after(retry_after(headers, now))
}

fn from_body(endpoint: Endpoint, response: &HttpResponse) -> ServerError {
    let body = is_json(response.headers()).then(|| Object::parse(response.body()).ok()).flatten();
    let text = |name| body.as_ref()?.str(name).ok().flatten();
    let nested = || body.as_ref()?.get("Error")?.as_object()?.str("Message").ok()?;
    let words = text("error_description").or_else(nested).or_else(|| xml_message(response.body()));
    ServerError::new(endpoint, text("error").map(ErrorCode::new)).with_description(words)
}

/// The message of `<Error><Message>…</Message></Error>`: words for a log, so no reader of XML.
fn xml_message(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, error) = text.split_once("<Error")?;
    let (_, message) = error.split_once("<Message>")?;
    Some(message.split_once("</Message>")?.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Remedy;

    fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> ServerError {
        let mut response = HttpResponse::new(body.as_bytes().to_vec());
        *response.status_mut() = status.try_into().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            response.headers_mut().append(name, value.parse().unwrap());
        }
        refusal(Endpoint::ProtectedResource, &response, UnixTime::from_seconds(0))
    }

    #[test]
    fn reads_the_ways_of_a_gateway_where_the_preset_names_them() {
        let response = |status: u16, name: &str, value: &str, body: &str| {
            let response = http::Response::builder().status(status).header(name, value);
            response.body(body.as_bytes().to_vec()).unwrap()
        };
        let yahoo = Tolerance { challenge_headers: &["x-yahooj-autherror"], ..Tolerance::NONE };
        let read = |response: &HttpResponse, tolerance| {
            let now = UnixTime::from_seconds(0);
            tolerant_refusal(Endpoint::ProtectedResource, response, tolerance, now)
        };
        for reason in ["Bearer error=\"invalid_token\"", "expired token"] {
            let refused = response(401, "x-yahooj-autherror", reason, "");
            assert_eq!(read(&refused, &yahoo).code(), Some(&ErrorCode::InvalidToken), "{reason}");
            assert_eq!(read(&refused, &Tolerance::NONE).code(), None, "{reason}");
        }
        for (content_type, body) in [
            ("application/json", r#"{"Error":{"Message":"no luck"}}"#),
            ("text/xml", "<?xml version='1.0'?><Error><Message>no luck</Message></Error>"),
        ] {
            let refused = read(&response(403, "content-type", content_type, body), &yahoo);
            assert_eq!(refused.description(), Some("no luck"));
            assert_eq!((refused.code(), refused.status()), (None, Some(403)));
        }
    }

    const JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn sends_the_token_in_a_header_that_debug_does_not_show() {
        let mut request = HttpRequest::new(Vec::new());
        authorize(&mut request, &AccessToken::new("mF_9.B5f-4.1JqM|x")).unwrap();
        let value = &request.headers()["authorization"];
        assert_eq!(value.to_str().unwrap(), "Bearer mF_9.B5f-4.1JqM|x");
        assert!(!format!("{request:?}").contains("mF_9"));
    }

    #[test]
    fn a_query_takes_the_token_only_when_it_is_asked_by_name() {
        let mut request = HttpRequest::new(Vec::new());
        *request.uri_mut() = "https://api.example.com/files?page=2".parse().unwrap();
        discouraged_authorize_in_query(&mut request, &AccessToken::new("ya29.a&b")).unwrap();
        let expected = "https://api.example.com/files?page=2&access_token=ya29.a%26b";
        assert_eq!(request.uri().to_string(), expected);
    }

    #[test]
    fn refuses_a_token_that_would_split_the_header() {
        for text in ["", "a b", "a\r\nx: y", "a\0", "é"] {
            let token = AccessToken::new(text);
            assert_eq!(authorization(&token), Err(ApiMisuse::AccessToken), "{text:?}");
        }
    }

    #[test]
    fn reads_an_expired_token_as_yahoo_japan_reports_it() {
        let line = r#"Bearer realm="yahooapis.jp",error="invalid_token",error_description="expired token""#;
        let error = refused(401, &[("www-authenticate", line)], "<Error/>");
        assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
        assert_eq!(error.status(), Some(401));
        assert_eq!(error.description(), Some("expired token"));
    }

    #[test]
    fn the_scope_that_is_needed_comes_with_insufficient_scope() {
        let line = r#"Bearer error="insufficient_scope", scope="a b""#;
        let error = refused(403, &[("www-authenticate", line)], "");
        assert_eq!(error.scope().map(ToString::to_string).as_deref(), Some("a b"));
        assert_eq!(error.remedy(), Remedy::AskConsentAgain);
    }

    #[test]
    fn reads_the_body_when_no_challenge_has_a_code() {
        let body = r#"{"error":"invalid_request","error_description":"Client is not allowed"}"#;
        let basic = ("www-authenticate", r#"Basic realm="x", error="invalid_token""#);
        let error = refused(403, &[JSON, basic], body);
        assert_eq!(error.code(), Some(&ErrorCode::InvalidRequest));
        assert_eq!(error.description(), Some("Client is not allowed"));
        assert_eq!(refused(403, &[], body).code(), None, "the body is JSON by content type only");
    }

    #[test]
    fn a_challenge_without_a_code_says_that_no_token_was_sent() {
        let error = refused(401, &[("www-authenticate", "Bearer realm=\"x\"")], "");
        assert_eq!((error.code(), error.remedy()), (None, Remedy::FixProgram));
    }

    #[test]
    fn an_overloaded_api_is_asked_again_when_it_says() {
        let error = refused(429, &[("retry-after", "7")], "");
        assert_eq!(error.remedy(), Remedy::Retry { after: Some(Duration::from_secs(7)) });
    }
}
