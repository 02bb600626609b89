//! HTTP messages as values: what a flow sends and reads, and the limits that every backend keeps.

use std::fmt;
use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};

use crate::error::{Fault, Misbehaviour};
use crate::json::Object;
use crate::time::UnixTime;
use crate::url::EndpointUrl;

/// What a flow sends.
pub type HttpRequest = http::Request<Vec<u8>>;

/// What a flow reads.
pub type HttpResponse = http::Response<Vec<u8>>;

/// How long an answer may be, in bytes: 1 MiB. A backend enforces it while reading. The largest
/// honest answer is a key set of some 100 KiB.
pub const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// Which of a provider's endpoints an exchange is with.
///
/// Every [`HttpRequest`] of this workspace carries it in its extensions, so that a transport can
/// name it in an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Where the user agrees; it answers by a redirect (RFC 6749 §3.1).
    Authorization,
    /// Ours, where the provider posts logout tokens (OpenID Connect Back-Channel Logout §2.5).
    BackChannelLogout,
    /// RFC 8628 §3.1.
    DeviceAuthorization,
    /// The metadata document (OpenID Connect Discovery §4, RFC 8414 §3).
    Discovery,
    /// Where the user signs out; it answers by a redirect (OpenID Connect RP-Initiated Logout §2).
    EndSession,
    /// Ours, where a transmitter posts security event tokens (RFC 8935 §2).
    EventReceiver,
    /// The transmitter's API that manages a stream of security events, or is polled for them
    /// (RFC 8936 §2).
    EventStream,
    /// Ours, which the provider loads in a frame (OpenID Connect Front-Channel Logout §2).
    FrontChannelLogout,
    /// Ours, where other sites begin a sign-in (OpenID Connect Core §4).
    InitiateLogin,
    /// RFC 7662.
    Introspection,
    /// The keys of the provider (RFC 7517 §5), in whatever form.
    Jwks,
    /// An API that takes the access token (RFC 6750).
    ProtectedResource,
    /// RFC 7009.
    Revocation,
    /// RFC 6749 §3.2.
    Token,
    /// OpenID Connect Core §5.3.
    UserInfo,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorization => "authorization endpoint",
            Self::BackChannelLogout => "sender of the back-channel logout",
            Self::DeviceAuthorization => "device authorization endpoint",
            Self::Discovery => "discovery endpoint",
            Self::EndSession => "end-session endpoint",
            Self::EventReceiver => "sender of the security event",
            Self::EventStream => "event stream endpoint",
            Self::FrontChannelLogout => "sender of the front-channel logout",
            Self::InitiateLogin => "sender of the sign-in link",
            Self::Introspection => "introspection endpoint",
            Self::Jwks => "key endpoint",
            Self::ProtectedResource => "protected resource",
            Self::Revocation => "revocation endpoint",
            Self::Token => "token endpoint",
            Self::UserInfo => "UserInfo endpoint",
        })
    }
}

/// A `GET` of `url` that asks for JSON.
#[must_use]
pub fn get(endpoint: Endpoint, url: &EndpointUrl) -> HttpRequest {
    request(endpoint, url, Method::GET, Vec::new())
}

/// A `POST` of a form to `url` that asks for JSON.
#[must_use]
pub fn post_form(endpoint: Endpoint, url: &EndpointUrl, form: String) -> HttpRequest {
    let mut request = request(endpoint, url, Method::POST, form.into_bytes());
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form);
    request
}

fn request(endpoint: Endpoint, url: &EndpointUrl, method: Method, body: Vec<u8>) -> HttpRequest {
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    // A checked URL is always a valid http::Uri; if the two crates ever disagree, the transport
    // refuses the empty one.
    *request.uri_mut() = url.as_str().parse().unwrap_or_default();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.extensions_mut().insert(endpoint);
    request
}

/// Whether the content type is `application/json` or ends in `+json`, parameters aside.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|found| {
        found.eq_ignore_ascii_case("application/json")
            || found.to_ascii_lowercase().ends_with("+json")
    })
}

/// Whether the content type is `expected`, parameters and case aside.
#[must_use]
pub fn is_media_type(headers: &HeaderMap, expected: &str) -> bool {
    media_type(headers).is_some_and(|found| found.eq_ignore_ascii_case(expected))
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim())
}

/// Reads a successful answer: status 200, JSON by content type, one strict object.
///
/// # Errors
///
/// [`Misbehaviour`] with [`Fault::Status`], [`Fault::ContentType`] or [`Fault::Json`].
pub fn json_object(
    endpoint: Endpoint,
    response: &HttpResponse,
) -> Result<Object<'_>, Misbehaviour> {
    let status = response.status().as_u16();
    let fault = |fault| Misbehaviour::new(endpoint, fault).with_status(status);
    if status != 200 {
        return Err(fault(Fault::Status));
    }
    if !is_json(response.headers()) {
        return Err(fault(Fault::ContentType));
    }
    Object::parse(response.body()).map_err(|json| fault(Fault::Json(json)))
}

/// How long `Retry-After` asks to wait (RFC 9110 §10.2.3), in either form.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: UnixTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Some(seconds) = seconds(text) {
        return Some(seconds);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    let date = UnixTime::from_seconds(i64::try_from(since_epoch.as_secs()).ok()?);
    Some(date.since(now))
}

/// How long the answer may be kept: `max-age` of `Cache-Control` (RFC 9111 §5.2.2.1); zero for
/// `no-store` and `no-cache`; `None` when it says nothing.
#[must_use]
pub fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut age = None;
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    for directive in lines.flat_map(|line| line.split(',')).map(str::trim) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(Duration::ZERO);
        }
        if name.eq_ignore_ascii_case("max-age") {
            age = seconds(value.trim_matches('"'));
        }
    }
    age
}

/// `delta-seconds` (RFC 9111 §1.2.2): digits alone, which `str::parse` reads with a `+` too.
fn seconds(text: &str) -> Option<Duration> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn reads_both_forms_of_retry_after() {
        let now = UnixTime::from_seconds(784_111_770);
        let read = |text| retry_after(&headers(RETRY_AFTER, text), now);
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(read("Sat, 06 Nov 1993 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }

    #[test]
    fn reads_max_age_and_obeys_no_store() {
        let read = |text| max_age(&headers(CACHE_CONTROL, text));
        assert_eq!(read("public, Max-Age=3600, must-revalidate"), Some(Duration::from_secs(3600)));
        assert_eq!(read("max-age=\"60\""), Some(Duration::from_secs(60)));
        assert_eq!(read("no-store, max-age=3600"), Some(Duration::ZERO));
        assert_eq!(read("max-age=-1"), None);
        assert_eq!(read("public"), None);
    }

    #[test]
    fn knows_json_by_its_content_type() {
        let is = |text| is_json(&headers(CONTENT_TYPE, text));
        assert!(is("application/json") && is("Application/JSON; charset=UTF-8"));
        assert!(is("application/problem+json"));
        assert!(!is("text/html") && !is("application/jwt") && !is("application/jsonp"));
    }
}
