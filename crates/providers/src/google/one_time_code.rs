//! The one-time code that a page posts (hybrid server-side flow): what to demand of the request.
//!
//! No `state` binds the code to the browser, so the request itself must show that the application's
//! own page made it: a form or an image of another site can send neither the header nor the origin.

use http::header::{CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, Method, StatusCode};
use tegata_core::form::Form;
use tegata_core::http::HttpRequest;
use tegata_core::secret::AuthorizationCode;

/// How long a code may be: Google documents 256 bytes.
const MAX_CODE_BYTES: usize = 256;

/// How long the body may be: a code, each byte percent-encoded, and Google's other fields.
const MAX_BODY_BYTES: usize = 8 * 1024;

/// Lets codes in that the application's own pages post.
///
/// ```
/// use http::Request;
/// use tegata_providers::google::CodeGuard;
///
/// let guard = CodeGuard::new(&["https://app.example.com"]);
/// let request = Request::post("/storeauthcode")
///     .header("origin", "https://app.example.com")
///     .header("x-requested-with", "XmlHttpRequest")
///     .header("content-type", "application/octet-stream; charset=utf-8")
///     .body(b"4/yU4cQZTMnnMtetyFcIWNItG32eKxxxgXXX".to_vec())?;
/// assert!(guard.admit(&request).is_ok());
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CodeGuard {
    origins: Vec<String>,
}

impl CodeGuard {
    /// A guard of pages at these origins: scheme, host and port, as a browser writes them.
    #[must_use]
    pub fn new(origins: &[&str]) -> Self {
        Self { origins: origins.iter().map(|origin| (*origin).to_owned()).collect() }
    }

    /// The code that `request` posts, bare or as the field `code` of a form.
    ///
    /// # Errors
    ///
    /// [`CodeRejection`]: answer with its [`status`](CodeRejection::status).
    pub fn admit(&self, request: &HttpRequest) -> Result<AuthorizationCode, CodeRejection> {
        if request.method() != Method::POST {
            return Err(CodeRejection::Method);
        }
        let headers = request.headers();
        // A browser asks the server before it lets another site send this header.
        let requested_with = one(headers, "x-requested-with").unwrap_or_default();
        if !requested_with.eq_ignore_ascii_case("XMLHttpRequest") {
            return Err(CodeRejection::RequestedWith);
        }
        let origin = one(headers, ORIGIN.as_str()).unwrap_or_default();
        if !self.origins.iter().any(|known| known == origin) {
            return Err(CodeRejection::Origin);
        }
        if request.body().len() > MAX_BODY_BYTES {
            return Err(CodeRejection::TooLong);
        }
        let body = std::str::from_utf8(request.body()).map_err(|_| CodeRejection::Code)?;
        let content_type = one(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let form = Form::parse(body).map_err(|_| CodeRejection::Code)?;
            return read(form.get("code").unwrap_or_default());
        }
        read(body)
    }
}

/// RFC 6749 Appendix A.11: visible characters.
fn read(code: &str) -> Result<AuthorizationCode, CodeRejection> {
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_graphic());
    if is_code && code.len() <= MAX_CODE_BYTES {
        return Ok(AuthorizationCode::new(code));
    }
    Err(CodeRejection::Code)
}

/// The value of a header that stands there once.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeRejection {
    /// There is no code in it, or one of characters that no code has.
    Code,
    /// It is no `POST`.
    Method,
    /// It does not come from a page of the application.
    Origin,
    /// `X-Requested-With` is missing: the request may be forged.
    RequestedWith,
    /// The body is longer than any code.
    TooLong,
}

impl CodeRejection {
    /// What to answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Code => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Origin | Self::RequestedWith => StatusCode::FORBIDDEN,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

impl std::fmt::Display for CodeRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Code => "there is no code in the request",
            Self::Method => "the request is no POST",
            Self::Origin => "the request is from no page of this application",
            Self::RequestedWith => "the header X-Requested-With is missing",
            Self::TooLong => "the request is longer than any code",
        })
    }
}

impl std::error::Error for CodeRejection {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &[(&str, &str)] =
        &[("origin", "https://app.example.com"), ("x-requested-with", "XMLHttpRequest")];

    fn admit(method: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<String, CodeRejection> {
        let mut request = http::Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let guard = CodeGuard::new(&["https://app.example.com", "http://localhost:8080"]);
        guard.admit(&request.body(body.to_vec()).unwrap()).map(|code| code.expose().to_owned())
    }

    fn with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
        let others = GOOD.iter().filter(|(known, _)| *known != name).copied();
        others.chain([(name, value)]).collect()
    }

    #[test]
    fn takes_a_bare_code_and_a_form() {
        assert_eq!(admit("POST", GOOD, b"4/P7q7"), Ok("4/P7q7".to_owned()));
        let form = with("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
        assert_eq!(admit("POST", &form, b"code=4%2FP7q7&scope=a+b"), Ok("4/P7q7".to_owned()));
        assert_eq!(admit("POST", &form, b"code=a&code=b"), Err(CodeRejection::Code));
        assert_eq!(admit("POST", &form, b"4/P7q7"), Err(CodeRejection::Code));
    }

    #[test]
    fn lets_nothing_in_that_another_site_could_send() {
        assert_eq!(admit("GET", GOOD, b"4/x"), Err(CodeRejection::Method));
        for value in ["", "1", "fetch"] {
            let headers = with("x-requested-with", value);
            assert_eq!(admit("POST", &headers, b"4/x"), Err(CodeRejection::RequestedWith));
        }
        assert!(admit("POST", &with("x-requested-with", "xmlhttprequest"), b"4/x").is_ok());
        for origin in [
            "null",
            "https://app.example.com.evil.example",
            "https://app.example.com/",
            "http://app.example.com",
            "http://localhost:8081",
        ] {
            assert_eq!(admit("POST", &with("origin", origin), b"4/x"), Err(CodeRejection::Origin));
        }
        let two = [GOOD, &[("origin", "https://evil.example")]].concat();
        assert_eq!(admit("POST", &two, b"4/x"), Err(CodeRejection::Origin));
        assert_eq!(admit("POST", &GOOD[..1], b"4/x"), Err(CodeRejection::RequestedWith));
        assert_eq!(admit("POST", &GOOD[1..], b"4/x"), Err(CodeRejection::Origin));
    }

    #[test]
    fn a_code_is_short_and_visible() {
        for body in [&b""[..], b"4/x\r\n", b"4 x", &[0xff], &[b'a'; MAX_CODE_BYTES + 1]] {
            assert_eq!(admit("POST", GOOD, body), Err(CodeRejection::Code));
        }
        let long = vec![b'a'; MAX_BODY_BYTES + 1];
        assert_eq!(admit("POST", GOOD, &long), Err(CodeRejection::TooLong));
        assert_eq!(CodeRejection::Origin.status(), 403);
    }

    proptest! {
        #[test]
        fn never_panics(body: Vec<u8>) {
            let _ = admit("POST", GOOD, &body);
        }
    }
}
