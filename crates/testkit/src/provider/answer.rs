//! The shapes of answers: JSON, a page, a redirect, a refusal.

use std::fmt::Write as _;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use tegata_core::http::HttpResponse;

use crate::profile::{ErrorStyle, Profile};

/// No, in protocol: what an endpoint answers instead of a result.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    description: &'static str,
    challenge: Option<String>,
}

impl Refusal {
    /// 400 with an error body (RFC 6749 §5.2).
    pub(crate) const fn new(code: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description, challenge: None }
    }

    pub(crate) const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_challenge(mut self, challenge: impl Into<String>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    pub(crate) fn answer(self, profile: &Profile) -> HttpResponse {
        let (code, number) = match profile.errors {
            ErrorStyle::Standard => (self.code, None),
            ErrorStyle::Yahoo => (yahoo_name(self.code, self.description), None),
            // The real numbers are nowhere documented; this one says which provider is fake.
            ErrorStyle::YahooJapan => (self.code, Some(9999)),
        };
        let mut body = Map::new();
        if !code.is_empty() {
            body.insert("error".into(), code.into());
            body.insert("error_description".into(), self.description.into());
        }
        if let Some(number) = number {
            body.insert("error_code".into(), number.into());
        }
        let mut response = json_with_status(self.status, &Value::Object(body));
        no_store(&mut response);
        if let Some(challenge) = &self.challenge {
            set(&mut response, WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Yahoo's names for what is wrong with a code or a token; the others are the standard ones.
fn yahoo_name(code: &'static str, description: &str) -> &'static str {
    match code {
        "invalid_grant" if description.contains("refresh") => "INVALID_REFRESH_TOKEN",
        "invalid_grant" => "INVALID_AUTHORIZATION_CODE",
        other => other,
    }
}

pub(crate) fn json(value: &Value) -> HttpResponse {
    json_with_status(StatusCode::OK, value)
}

fn json_with_status(status: StatusCode, value: &Value) -> HttpResponse {
    body(status, "application/json", value.to_string())
}

pub(crate) fn body(status: StatusCode, content_type: &str, text: String) -> HttpResponse {
    let mut response = HttpResponse::new(text.into_bytes());
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, content_type);
    response
}

/// A status and no body.
pub(crate) fn with_status(status: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::default();
    *response.status_mut() = status;
    response
}

/// Tokens are not for caches (RFC 6749 §5.1).
pub(crate) fn no_store(response: &mut HttpResponse) {
    set(response, CACHE_CONTROL, "no-store");
}

pub(crate) fn cached(mut response: HttpResponse) -> HttpResponse {
    set(&mut response, CACHE_CONTROL, "public, max-age=3600");
    response
}

/// 303, so that no browser sends again what was posted (RFC 9700 §4.12).
pub(crate) fn redirect(location: &str) -> HttpResponse {
    let mut response = with_status(StatusCode::SEE_OTHER);
    set(&mut response, LOCATION, location);
    no_store(&mut response);
    response
}

/// A page for a person. `content` is HTML and must be escaped already.
pub(crate) fn page(status: StatusCode, title: &str, content: &str) -> HttpResponse {
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    );
    let mut response = body(status, "text/html; charset=utf-8", html);
    no_store(&mut response);
    response
}

/// An error that a person sees and the client never learns of (RFC 6749 §4.1.2.1).
pub(crate) fn error_page(code: &str, explanation: &str) -> HttpResponse {
    let content =
        format!("<p>Error 400: <code>{}</code></p>\n<p>{}</p>", escape(code), escape(explanation));
    page(StatusCode::BAD_REQUEST, "Access blocked", &content)
}

/// Text as it may stand in HTML, attributes included.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String does not fail.
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

pub(crate) fn not_found() -> HttpResponse {
    json_with_status(StatusCode::NOT_FOUND, &json!({ "error": "not_found" }))
}

pub(crate) fn set(response: &mut HttpResponse, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_stranger_sent_becomes_markup() {
        let page = error_page("<script>", "\"'&");
        let html = String::from_utf8(page.into_body()).unwrap();
        assert!(html.contains("&#60;script&#62;") && html.contains("&#34;&#39;&#38;"));
        assert!(!html.contains("<script"));
    }
}
