//! Token responses (RFC 6749 §5): the tokens, or why there are none.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use crate::error::{Error, ErrorCode, Fault, Misbehaviour, ServerError};
use crate::http::{Endpoint, HttpResponse, is_json, json_object, retry_after};
use crate::json::{JsonFault, JsonType, Object, Value};
use crate::scope::Scope;
use crate::secret::{AccessToken, CompactToken, RefreshToken};
use crate::time::UnixTime;
use crate::tolerance::Tolerance;

/// The tokens of one answer, with moments instead of durations.
///
/// An ID token in it is as it came: verifying it is the work of OpenID Connect.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSet {
    access_token: AccessToken,
    expires_at: Option<UnixTime>,
    refresh_token: Option<RefreshToken>,
    refresh_token_expires_at: Option<UnixTime>,
    scope: Option<Scope>,
    id_token: Option<CompactToken>,
    issued_at: UnixTime,
    more: Map<String, Json>,
}

impl TokenSet {
    /// A set of one access token, as a test or an import makes it.
    #[must_use]
    pub fn new(access_token: AccessToken, issued_at: UnixTime) -> Self {
        Self {
            access_token,
            expires_at: None,
            refresh_token: None,
            refresh_token_expires_at: None,
            scope: None,
            id_token: None,
            issued_at,
            more: Map::new(),
        }
    }

    /// The same, ending at `expires_at`.
    #[must_use]
    pub const fn with_expires_at(mut self, expires_at: UnixTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// The same, with a refresh token.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: RefreshToken) -> Self {
        self.refresh_token = Some(refresh_token);
        self
    }

    /// The same, whose refresh token ends at `expires_at`.
    #[must_use]
    pub const fn with_refresh_token_expires_at(mut self, expires_at: UnixTime) -> Self {
        self.refresh_token_expires_at = Some(expires_at);
        self
    }

    /// The same, for a scope.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// The tokens of an authorization response (OpenID Connect Core §3.2.2.5).
    pub(crate) fn from_front<'a>(
        access_token: &str,
        get: impl Fn(&'static str) -> Option<&'a str>,
        tolerance: &Tolerance,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let refuse = |fault| Error::from(Misbehaviour::new(Endpoint::Authorization, fault));
        match get("token_type") {
            Some(found) if found.eq_ignore_ascii_case("Bearer") => {}
            Some(_) => return Err(refuse(Fault::ParameterValue { name: "token_type" })),
            None if tolerance.missing_token_type => {}
            None => return Err(refuse(Fault::MissingParameter { name: "token_type" })),
        }
        let seconds = get("expires_in").map(str::parse).transpose();
        let seconds = seconds.map_err(|_| refuse(Fault::ParameterValue { name: "expires_in" }))?;
        let mut tokens = Self::new(AccessToken::new(access_token), now);
        tokens.expires_at = seconds.map(|seconds| now.plus(Duration::from_secs(seconds)));
        tokens.scope = get("scope").and_then(|text| Scope::parse(text).ok());
        Ok(tokens)
    }

    /// Opens the API.
    #[must_use]
    pub const fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// When the access token ends: when the request was *sent*, plus `expires_in`. `None` when the
    /// server did not say; then only a 401 tells.
    #[must_use]
    pub const fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at
    }

    /// Whether the access token ends within `margin` from `now`; `false` when nobody knows.
    #[must_use]
    pub fn expires_within(&self, margin: Duration, now: UnixTime) -> bool {
        self.expires_at.is_some_and(|end| now.plus(margin) >= end)
    }

    /// Buys the next access token. Absent in an answer means: keep the one you have.
    #[must_use]
    pub const fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// When the refresh token ends, where the server says so (`refresh_token_expires_in`).
    #[must_use]
    pub const fn refresh_token_expires_at(&self) -> Option<UnixTime> {
        self.refresh_token_expires_at
    }

    /// The granted scope. `None`: exactly what was requested (RFC 6749 §5.1).
    #[must_use]
    pub const fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// The ID token as it came, unverified.
    #[must_use]
    pub const fn id_token(&self) -> Option<&CompactToken> {
        self.id_token.as_ref()
    }

    /// When the request for these tokens was sent.
    #[must_use]
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// Members of the answer that RFC 6749 and OpenID Connect do not name. May hold secrets.
    #[must_use]
    pub const fn more(&self) -> &Map<String, Json> {
        &self.more
    }

    /// When the answer has a refresh token and does not say how long it lives: this long, from when
    /// the request was sent.
    #[must_use]
    pub fn or_refresh_token_lifetime(mut self, lifetime: Option<Duration>) -> Self {
        if self.refresh_token.is_some() && self.refresh_token_expires_at.is_none() {
            self.refresh_token_expires_at = lifetime.map(|lifetime| self.issued_at.plus(lifetime));
        }
        self
    }

    /// What a refresh leaves unsaid stays as it was: the refresh token and the scope
    /// (RFC 6749 §6).
    #[must_use]
    pub fn or_keep(mut self, before: &Self) -> Self {
        if self.refresh_token.is_none() {
            self.refresh_token.clone_from(&before.refresh_token);
        }
        if self.refresh_token_expires_at.is_none() {
            self.refresh_token_expires_at = before.refresh_token_expires_at;
        }
        if self.scope.is_none() {
            self.scope.clone_from(&before.scope);
        }
        self
    }
}

impl fmt::Debug for TokenSet {
    /// Of members that nobody here knows, the names: each may be one more secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet")
            .field("access_token", &self.access_token)
            .field("expires_at", &self.expires_at)
            .field("refresh_token", &self.refresh_token)
            .field("refresh_token_expires_at", &self.refresh_token_expires_at)
            .field("scope", &self.scope)
            .field("id_token", &self.id_token)
            .field("issued_at", &self.issued_at)
            .field("more", &self.more.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Reads the answer to any token request; `sent_at` is when the request was sent.
///
/// # Errors
///
/// [`Error::Refused`] with the server's code; [`Error::Misbehaved`] when the answer is neither
/// tokens nor a readable refusal.
pub fn read(
    response: &HttpResponse,
    tolerance: &Tolerance,
    sent_at: UnixTime,
) -> Result<TokenSet, Error> {
    if response.status() != 200 {
        return Err(refusal(Endpoint::Token, response, tolerance, sent_at));
    }
    let object = json_object(Endpoint::Token, response)?;
    read_object(&object, tolerance, sent_at)
        .map_err(|fault| Misbehaviour::new(Endpoint::Token, fault).with_status(200).into())
}

fn read_object(
    object: &Object<'_>,
    tolerance: &Tolerance,
    sent_at: UnixTime,
) -> Result<TokenSet, Fault> {
    let token = object.required_str("access_token")?;
    match object.str("token_type")? {
        Some(found) if found.eq_ignore_ascii_case("Bearer") => {}
        Some(_) => return Err(Fault::ParameterValue { name: "token_type" }),
        None if tolerance.missing_token_type => {}
        None => return Err(Fault::MissingParameter { name: "token_type" }),
    }
    let moment = |name| {
        let seconds = seconds(object, name, tolerance)?;
        Ok::<_, JsonFault>(seconds.map(|time| sent_at.plus(time)))
    };
    Ok(TokenSet {
        access_token: AccessToken::new(token),
        expires_at: moment("expires_in")?,
        refresh_token: object.str("refresh_token")?.map(RefreshToken::new),
        refresh_token_expires_at: moment("refresh_token_expires_in")?,
        scope: scope(object, tolerance)?,
        id_token: object.str("id_token")?.map(CompactToken::new),
        issued_at: sent_at,
        // Only these are copied: a copy of a token would not be wiped.
        more: object
            .iter()
            .filter(|(name, _)| !KNOWN.contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_json()))
            .collect(),
    })
}

const KNOWN: [&str; 7] = [
    "access_token",
    "expires_in",
    "id_token",
    "refresh_token",
    "refresh_token_expires_in",
    "scope",
    "token_type",
];

/// A lifetime, as the tolerance lets it be written.
pub(crate) fn seconds(
    object: &Object<'_>,
    name: &str,
    tolerance: &Tolerance,
) -> Result<Option<Duration>, JsonFault> {
    if tolerance.string_expires_in
        && let Some(Value::String(text)) = object.get(name)
    {
        let wrong = JsonFault::WrongType {
            path: name.to_owned(),
            expected: JsonType::Number,
            found: JsonType::String,
        };
        return text.parse().map(|seconds| Some(Duration::from_secs(seconds))).map_err(|_| wrong);
    }
    Ok(object.u64(name)?.map(Duration::from_secs))
}

fn scope(object: &Object<'_>, tolerance: &Tolerance) -> Result<Option<Scope>, Fault> {
    let wrong = |_| Fault::ParameterValue { name: "scope" };
    if tolerance.scope_array && matches!(object.get("scope"), Some(Value::Array(_))) {
        let tokens = object.strings("scope")?.unwrap_or_default();
        return Scope::parse(&tokens.join(" ")).map(Some).map_err(wrong);
    }
    let separators: Vec<char> = tolerance.scope_separators.iter().copied().chain([' ']).collect();
    let text = object.str("scope")?;
    text.map(|text| Scope::parse_separated(text, &separators)).transpose().map_err(wrong)
}

/// Why a request that takes client credentials was refused: an OAuth error when the body is one
/// (RFC 6749 §5.2), else the status alone.
#[must_use]
pub(crate) fn refusal(
    endpoint: Endpoint,
    response: &HttpResponse,
    tolerance: &Tolerance,
    now: UnixTime,
) -> Error {
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers(), now);
    // Load shedding answers HTML, whatever the status promises: look at the type first.
    let object = is_json(response.headers()).then(|| Object::parse(response.body()).ok()).flatten();
    let text = |name| object.as_ref().and_then(|object| object.get(name)).and_then(Value::as_str);
    // Google's device endpoint has a code in `error_code` alone.
    let Some(code) = text("error").or_else(|| text("error_code")) else {
        if object.is_none() && tolerance.rate_limit_pages.contains(&status) {
            return ServerError::new(endpoint, Some(ErrorCode::RateLimitExceeded))
                .with_status(status)
                .with_retry_after(retry_after)
                .into();
        }
        if matches!(status, 429 | 503) {
            return ServerError::new(endpoint, None)
                .with_status(status)
                .with_retry_after(retry_after)
                .into();
        }
        return Misbehaviour::new(endpoint, Fault::Status).with_status(status).into();
    };
    // Yahoo! JAPAN has a number beside `error`, or the same as a text.
    let provider_code = object.as_ref().and_then(|object| match object.get("error_code")? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone().into_owned()),
        _ => None,
    });
    ServerError::new(endpoint, Some(ErrorCode::tolerant(code, tolerance)))
        .with_status(status)
        .with_provider_code(provider_code.as_deref())
        .with_subtype(text("error_subtype"))
        .with_description(text("error_description"))
        .with_retry_after(retry_after)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);
    const SLOPPY: Tolerance = Tolerance {
        missing_token_type: true,
        string_expires_in: true,
        scope_array: true,
        scope_separators: &[','],
        error_aliases: &[("INVALID_REFRESH_TOKEN", "invalid_grant")],
        ..Tolerance::NONE
    };

    fn answer(status: u16, content_type: &str, body: &str) -> HttpResponse {
        let response = ::http::Response::builder().status(status);
        response.header("content-type", content_type).body(body.as_bytes().to_vec()).unwrap()
    }

    fn ok(body: &str, tolerance: &Tolerance) -> Result<TokenSet, Error> {
        read(&answer(200, "application/json;charset=UTF-8", body), tolerance, NOW)
    }

    fn refused(status: u16, body: &str) -> Error {
        read(&answer(status, "application/json", body), &SLOPPY, NOW).unwrap_err()
    }

    #[test]
    fn reads_a_full_answer_and_counts_from_when_the_request_was_sent() {
        let tokens = ok(
            r#"{"access_token":"a","token_type":"bearer","expires_in":3599,"refresh_token":"r",
                "refresh_token_expires_in":604799,"scope":"openid email","id_token":"x.y.z",
                "xoauth_yahoo_guid":"g"}"#,
            &Tolerance::NONE,
        )
        .unwrap();
        assert_eq!(tokens.access_token().expose(), "a");
        assert_eq!(tokens.expires_at(), Some(UnixTime::from_seconds(1_700_003_599)));
        assert_eq!(tokens.refresh_token_expires_at().unwrap().seconds(), 1_700_604_799);
        assert_eq!(tokens.scope(), Some(&Scope::parse("email openid").unwrap()));
        assert_eq!(tokens.more().len(), 1);
        assert!(tokens.expires_within(Duration::from_secs(3599), NOW));
        assert!(!tokens.expires_within(Duration::from_secs(3598), NOW));
    }

    #[test]
    fn shows_no_value_of_a_member_that_it_does_not_know() {
        let body = r#"{"access_token":"canary-1","token_type":"bearer","refresh_token":"canary-2",
            "id_token":"canary-3","device_secret":"canary-4","authorization_details":["canary-5"]}"#;
        let shown = format!("{:?}", ok(body, &Tolerance::NONE).unwrap());
        assert!(shown.contains("device_secret") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn each_sloppiness_is_accepted_only_by_its_tolerance() {
        for body in [
            r#"{"access_token":"a"}"#,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":"3600"}"#,
            r#"{"access_token":"a","token_type":"Bearer","scope":["a","b"]}"#,
        ] {
            assert!(ok(body, &Tolerance::NONE).is_err(), "{body}");
            assert!(ok(body, &SLOPPY).is_ok(), "{body}");
        }
        let commas = r#"{"access_token":"a","token_type":"Bearer","scope":"a,b"}"#;
        assert!(ok(commas, &Tolerance::NONE).unwrap().scope().unwrap().contains("a,b"));
        assert!(ok(commas, &SLOPPY).unwrap().scope().unwrap().contains("b"));
    }

    #[test]
    fn refuses_an_unknown_token_type_and_impossible_lifetimes() {
        for body in [
            r#"{"access_token":"a","token_type":"DPoP"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":"soon"}"#,
            r#"{"access_token":1,"token_type":"Bearer"}"#,
            r#"{"token_type":"Bearer"}"#,
        ] {
            assert!(matches!(ok(body, &SLOPPY), Err(Error::Misbehaved(_))), "{body}");
        }
    }

    #[test]
    fn reads_a_refusal_by_its_body_and_not_by_its_status() {
        for status in [400, 401, 403, 428, 500] {
            let error = refused(status, r#"{"error":"authorization_pending"}"#);
            assert_eq!(error.code(), Some(&ErrorCode::AuthorizationPending));
            assert_eq!(error.status(), Some(status));
        }
        for number in ["901", "\"901\""] {
            let body = format!(r#"{{"error":"invalid_grant","error_code":{number}}}"#);
            let Error::Refused(error) = refused(400, &body) else { panic!("not refused") };
            assert_eq!(error.provider_code(), Some("901"));
        }
        let error = refused(403, r#"{"error_code":"rate_limit_exceeded"}"#);
        assert_eq!(error.code(), Some(&ErrorCode::RateLimitExceeded));
        let error = refused(400, r#"{"error":"invalid_grant","error_description":null}"#);
        assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
    }

    #[test]
    fn maps_a_providers_own_codes_through_its_aliases() {
        let error = refused(400, r#"{"error":"invalid_refresh_token"}"#);
        assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
    }

    #[test]
    fn an_html_page_is_a_status_and_nothing_more() {
        let page = answer(502, "text/html", "<h1>canary</h1>");
        let error = read(&page, &SLOPPY, NOW).unwrap_err();
        assert!(matches!(&error, Error::Misbehaved(m) if m.fault == Fault::Status));
        assert!(!format!("{error:?} {error}").contains("canary"));
        let busy = Tolerance { rate_limit_pages: &[403], ..Tolerance::NONE };
        let page = answer(403, "text/html", "<h1>User Rate Limit Exceeded</h1>");
        let error = read(&page, &busy, NOW).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::RateLimitExceeded));
        let error = read(&page, &Tolerance::NONE, NOW).unwrap_err();
        assert!(matches!(&error, Error::Misbehaved(m) if m.fault == Fault::Status));
        let page = answer(200, "text/html", "<h1>welcome</h1>");
        let error = read(&page, &SLOPPY, NOW).unwrap_err();
        assert!(matches!(&error, Error::Misbehaved(m) if m.fault == Fault::ContentType));
    }

    #[test]
    fn what_a_refresh_leaves_unsaid_stays() {
        let before = TokenSet::new(AccessToken::new("old"), NOW)
            .with_refresh_token(RefreshToken::new("r"))
            .with_scope(Scope::parse("a b").unwrap());
        let after = TokenSet::new(AccessToken::new("new"), NOW).or_keep(&before);
        assert_eq!(after.refresh_token().unwrap().expose(), "r");
        assert_eq!(after.scope(), before.scope());
        let rotated = TokenSet::new(AccessToken::new("new"), NOW)
            .with_refresh_token(RefreshToken::new("r2"))
            .or_keep(&before);
        assert_eq!(rotated.refresh_token().unwrap().expose(), "r2");
    }

    proptest! {
        #[test]
        fn never_panics_and_never_shows_the_body(status in 100_u16..600, body: Vec<u8>) {
            let response = ::http::Response::builder().status(status);
            let response = response.header("content-type", "application/json");
            let _ = read(&response.body(body).unwrap(), &SLOPPY, NOW);
        }
    }
}
