//! The credential of the Sign-in-with-Google button and One Tap: an ID token that Google's script
//! posts to `login_uri`.
//!
//! The post comes from a page of the application with a value that also stands in its cookie
//! (double submit): another site can post, but neither read nor write that cookie.

use http::header::COOKIE;
use http::{HeaderMap, Method, StatusCode};
use tegata_core::form::Form;
use tegata_core::http::{HttpRequest, is_media_type};
use tegata_core::secret::{CompactToken, constant_time_eq};

/// The name of the cookie and of the field.
const CSRF: &str = "g_csrf_token";

/// A credential whose double submit is right. Its token is not verified yet.
///
/// ```
/// use http::Request;
/// use tegata_providers::google::Credential;
///
/// let request = Request::post("/login")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .header("cookie", "theme=dark; g_csrf_token=2f1c")
///     .body(b"credential=eyJh.eyJp.c2ln&g_csrf_token=2f1c&select_by=btn".to_vec())?;
/// let credential = Credential::read(&request)?;
/// assert_eq!(credential.select_by(), Some("btn"));
/// // client.run(client.relying_party().verify_handed_over(credential.into_token(), None))?
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Credential {
    token: CompactToken,
    select_by: Option<String>,
    state: Option<String>,
}

impl Credential {
    /// Reads what Google's script posted, and compares `g_csrf_token` of form and cookie.
    ///
    /// # Errors
    ///
    /// [`CredentialRejection`]: answer with its [`status`](CredentialRejection::status).
    pub fn read(request: &HttpRequest) -> Result<Self, CredentialRejection> {
        let form_type = "application/x-www-form-urlencoded";
        if request.method() != Method::POST || !is_media_type(request.headers(), form_type) {
            return Err(CredentialRejection::Form);
        }
        let body = std::str::from_utf8(request.body()).map_err(|_| CredentialRejection::Form)?;
        let form = Form::parse(body).map_err(|_| CredentialRejection::Form)?;
        let in_cookie = cookie(request.headers()).ok_or(CredentialRejection::CookieMissing)?;
        let in_form = form.get(CSRF).ok_or(CredentialRejection::FieldMissing)?;
        if !constant_time_eq(in_cookie.as_bytes(), in_form.as_bytes()) {
            return Err(CredentialRejection::Different);
        }
        let token = form.get("credential").ok_or(CredentialRejection::Form)?;
        let text = |name| form.get(name).map(str::to_owned);
        Ok(Self {
            token: CompactToken::new(token),
            select_by: text("select_by"),
            state: text("state"),
        })
    }

    /// The ID token, to be verified.
    #[must_use]
    pub fn into_token(self) -> CompactToken {
        self.token
    }

    /// How the user picked the account: `btn`, `auto`, … For statistics.
    #[must_use]
    pub fn select_by(&self) -> Option<&str> {
        self.select_by.as_deref()
    }

    /// `data-state` of the button.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("select_by", &self.select_by).finish_non_exhaustive()
    }
}

/// The one cookie of the name; two of them are somebody's attempt.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, value)| *name == CSRF && !value.is_empty());
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// Why a credential is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialRejection {
    /// The cookie is missing, or there are two.
    CookieMissing,
    /// Cookie and field differ.
    Different,
    /// The field is missing.
    FieldMissing,
    /// It is no form that was posted, or has no credential.
    Form,
}

impl CredentialRejection {
    /// What to answer: 400.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

impl std::fmt::Display for CredentialRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CookieMissing => "the cookie g_csrf_token is missing",
            Self::Different => "g_csrf_token is another in the cookie than in the form",
            Self::FieldMissing => "the field g_csrf_token is missing",
            Self::Form => "this is no form with a credential",
        })
    }
}

impl std::error::Error for CredentialRejection {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(cookie: &str, body: &[u8]) -> Result<Credential, CredentialRejection> {
        let request = http::Request::post("/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookie);
        Credential::read(&request.body(body.to_vec()).unwrap())
    }

    #[test]
    fn cookie_and_field_have_to_be_there_and_equal() {
        use CredentialRejection::*;
        const BODY: &[u8] = b"credential=h.p.s&g_csrf_token=abc";
        assert!(read("a=b; g_csrf_token=abc", BODY).is_ok());
        assert_eq!(read("a=b", BODY).unwrap_err(), CookieMissing);
        assert_eq!(read("g_csrf_token=", BODY).unwrap_err(), CookieMissing);
        assert_eq!(read("g_csrf_token=abc; g_csrf_token=abc", BODY).unwrap_err(), CookieMissing);
        assert_eq!(read("g_csrf_token=abd", BODY).unwrap_err(), Different);
        assert_eq!(read("g_csrf_token=abc", b"credential=h.p.s").unwrap_err(), FieldMissing);
        assert_eq!(read("g_csrf_token=abc", b"g_csrf_token=abc").unwrap_err(), Form);
        let twice = b"credential=h.p.s&g_csrf_token=abc&g_csrf_token=abc";
        assert_eq!(read("g_csrf_token=abc", twice).unwrap_err(), Form);
    }

    proptest! {
        #[test]
        fn never_panics(body: Vec<u8>) {
            let _ = read("g_csrf_token=abc", &body);
        }
    }
}
