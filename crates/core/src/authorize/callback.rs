//! The authorization response: what the browser brings back, and the checks before it is believed.
//!
//! The order is that of RFC 9700 §4: `state`, then the issuer, then what is in it. Nothing of a
//! callback that fails an earlier check is reported, not even its `error`.

use std::fmt;

use super::{ResponseMode, ResponseType};
use crate::error::{Error, ErrorCode, Fault, Misbehaviour, ServerError};
use crate::form::{Form, FormFault};
use crate::http::Endpoint;
use crate::scope::Scope;
use crate::secret::{AuthorizationCode, CompactToken, State};
use crate::time::UnixTime;
use crate::token::TokenSet;
use crate::tolerance::Tolerance;
use crate::url::Issuer;

/// The parameters that the browser brought back, unchecked.
///
/// ```
/// use tegata_core::authorize::Callback;
///
/// let callback = Callback::from_url("https://app.example.com/cb?code=SplxlOBe&state=af0ifjs")?;
/// assert_eq!(callback.state(), Some("af0ifjs"));
/// assert!(Callback::from_url("/cb?state=a&state=b").is_err());
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Callback {
    mode: ResponseMode,
    parameters: Vec<(String, String)>,
}

impl Callback {
    /// Reads the URL that was requested, whole or from its path on: the fragment when there is
    /// one, else the query.
    ///
    /// # Errors
    ///
    /// [`Fault::Form`]: a parameter twice, too many, too long, or not readable.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
        if fragment.is_empty() {
            Self::from_query(before.split_once('?').map_or("", |(_, query)| query))
        } else {
            Self::from_fragment(fragment)
        }
    }

    /// Reads a query, without its `?`.
    ///
    /// # Errors
    ///
    /// As [`Callback::from_url`].
    pub fn from_query(query: &str) -> Result<Self, Error> {
        Self::read(ResponseMode::Query, query)
    }

    /// Reads a fragment, without its `#`, that a page handed on.
    ///
    /// # Errors
    ///
    /// As [`Callback::from_url`].
    pub fn from_fragment(fragment: &str) -> Result<Self, Error> {
        Self::read(ResponseMode::Fragment, fragment)
    }

    /// Reads the body of a form post.
    ///
    /// # Errors
    ///
    /// As [`Callback::from_url`].
    pub fn from_form_post(body: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).map_err(|_| refuse(FormFault::Encoding.into()))?;
        Self::read(ResponseMode::FormPost, text)
    }

    fn read(mode: ResponseMode, text: &str) -> Result<Self, Error> {
        let form = Form::parse(text).map_err(|fault| refuse(fault.into()))?;
        Ok(Self { mode, parameters: form.into_owned() })
    }

    /// `state`, by which an application finds the pending sign-in that this callback ends.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.get("state")
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found =
            self.parameters.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.parameters.iter().map(|(name, _)| name).collect();
        f.debug_struct("Callback").field("mode", &self.mode).field("names", &names).finish()
    }
}

/// What a callback must fit: taken from the request that it answers.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Expected<'a> {
    /// The issuer that was asked.
    pub issuer: &'a Issuer,
    /// Whether the issuer announced `authorization_response_iss_parameter_supported`.
    pub issuer_announced: bool,
    /// The mode that was asked for.
    pub response_mode: ResponseMode,
    /// The type that was asked for.
    pub response_type: ResponseType,
    /// The state that was sent.
    pub state: &'a State,
    /// What is accepted from this provider.
    pub tolerance: &'a Tolerance,
}

impl<'a> Expected<'a> {
    /// An answer from `issuer` to a request with this type and state, in the type's own mode.
    #[must_use]
    pub const fn new(issuer: &'a Issuer, response_type: ResponseType, state: &'a State) -> Self {
        Self {
            issuer,
            issuer_announced: false,
            response_mode: response_type.default_mode(),
            response_type,
            state,
            tolerance: &Tolerance::NONE,
        }
    }
}

/// An authorization response that fits its request. Its ID token is not verified yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthorizationResponse {
    /// To be exchanged at the token endpoint.
    pub code: Option<AuthorizationCode>,
    /// The front-channel ID token.
    pub id_token: Option<CompactToken>,
    /// The front-channel access token.
    pub tokens: Option<TokenSet>,
    /// The granted scope, where the provider names it here (Google).
    pub scope: Option<Scope>,
    /// The session state of OpenID Connect Session Management §2.
    pub session_state: Option<String>,
}

impl AuthorizationResponse {
    /// Checks `callback` against `expected`; `now` is when it arrived.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the server or the user said no; [`Error::Misbehaved`] with the
    /// check that failed.
    pub fn read(
        callback: &Callback,
        expected: &Expected<'_>,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let get = |name| callback.get(name);
        if !get("state").is_some_and(|found| expected.state.is(found)) {
            return Err(refuse(Fault::State));
        }
        check_issuer(get("iss"), expected)?;
        let has_result = ["code", "id_token", "access_token"].into_iter().any(|n| get(n).is_some());
        match (get("error"), has_result) {
            (Some(_), true) => return Err(refuse(Fault::BothResultAndError)),
            (Some(code), false) => return Err(refusal(callback, code, expected.tolerance)),
            (None, false) => return Err(refuse(Fault::Declined)),
            (None, true) if callback.mode != expected.response_mode => {
                return Err(refuse(Fault::ResponseMode));
            }
            (None, true) => {}
        }
        let wanted = expected.response_type;
        let take = |name, promised| match (get(name), promised) {
            (Some(_), false) => Err(refuse(Fault::UnexpectedParameter { name })),
            (None, true) => Err(refuse(Fault::MissingParameter { name })),
            (value, _) => Ok(value),
        };
        let code = take("code", wanted.has_code())?.map(AuthorizationCode::new);
        let id_token = take("id_token", wanted.has_id_token())?.map(CompactToken::new);
        let tokens = match take("access_token", wanted.has_token())? {
            Some(token) => Some(TokenSet::from_front(token, get, expected.tolerance, now)?),
            None => None,
        };
        let scope = get("scope").and_then(|text| Scope::parse(text).ok());
        let session_state = get("session_state").map(str::to_owned);
        Ok(Self { code, id_token, tokens, scope, session_state })
    }
}

/// RFC 9207 §2.4. With an ID token in front, that token's `iss` does the work, and servers that
/// announce the parameter leave it out.
fn check_issuer(found: Option<&str>, expected: &Expected<'_>) -> Result<(), Error> {
    let issuer = expected.issuer.as_str();
    match found {
        Some(found) if found != issuer => Err(refuse(Fault::issuer_mismatch(issuer, found))),
        None if expected.issuer_announced && !expected.response_type.has_id_token() => {
            Err(refuse(Fault::MissingIssuer))
        }
        _ => Ok(()),
    }
}

fn refusal(callback: &Callback, code: &str, tolerance: &Tolerance) -> Error {
    ServerError::new(Endpoint::Authorization, Some(ErrorCode::tolerant(code, tolerance)))
        .with_provider_code(callback.get("error_code"))
        .with_subtype(callback.get("error_subtype"))
        .with_description(callback.get("error_description"))
        .into()
}

fn refuse(fault: Fault) -> Error {
    Misbehaviour::new(Endpoint::Authorization, fault).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn read_as(
        response_type: ResponseType,
        announced: bool,
        url: &str,
    ) -> Result<AuthorizationResponse, Error> {
        let issuer = Issuer::new("https://op.example.com").unwrap();
        let state = State::new("s");
        let mut expected = Expected::new(&issuer, response_type, &state);
        expected.issuer_announced = announced;
        AuthorizationResponse::read(&Callback::from_url(url)?, &expected, NOW)
    }

    fn fault(response_type: ResponseType, announced: bool, url: &str) -> Fault {
        match read_as(response_type, announced, url) {
            Err(Error::Misbehaved(misbehaviour)) => misbehaviour.fault,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn checks_the_state_before_anything_else() {
        for url in ["/cb?code=c", "/cb?code=c&state=t", "/cb?error=access_denied", "/cb"] {
            assert_eq!(fault(ResponseType::Code, true, url), Fault::State, "{url}");
        }
    }

    #[test]
    fn demands_an_announced_issuer_even_of_an_error() {
        for url in ["/cb?code=c&state=s", "/cb?error=access_denied&state=s"] {
            assert_eq!(fault(ResponseType::Code, true, url), Fault::MissingIssuer, "{url}");
        }
        let front = "/cb#code=c&id_token=t&state=s";
        assert!(read_as(ResponseType::CodeIdToken, true, front).is_ok());
    }

    #[test]
    fn refuses_another_issuer_even_unannounced() {
        for iss in ["https://evil.example", "https://op.example.com/"] {
            let url = format!("/cb?code=c&state=s&iss={iss}");
            let fault = fault(ResponseType::Code, false, &url);
            assert!(matches!(fault, Fault::IssuerMismatch { .. }), "{iss}");
        }
        let own = "/cb?code=c&state=s&iss=https://op.example.com";
        assert!(read_as(ResponseType::Code, true, own).is_ok());
    }

    #[test]
    fn refuses_a_result_with_an_error() {
        let url = "/cb?code=c&error=access_denied&state=s";
        assert_eq!(fault(ResponseType::Code, false, url), Fault::BothResultAndError);
    }

    #[test]
    fn reports_the_servers_refusal_with_its_code() {
        let url = "/cb?error=access_denied&error_description=no&state=s";
        let error = read_as(ResponseType::Code, false, url).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::AccessDenied));
        assert_eq!(error.endpoint(), Some(Endpoint::Authorization));
    }

    #[test]
    fn an_empty_callback_means_that_the_user_declined() {
        assert_eq!(fault(ResponseType::Code, false, "/cb?state=s"), Fault::Declined);
        assert_eq!(fault(ResponseType::Code, false, "/cb?state=s&code="), Fault::Declined);
    }

    #[test]
    fn accepts_only_what_the_response_type_promises() {
        let cases = [
            (ResponseType::Code, "/cb?code=c&id_token=t&state=s", "id_token"),
            (ResponseType::Code, "/cb?code=c&access_token=t&state=s", "access_token"),
            (ResponseType::IdToken, "/cb#id_token=t&code=c&state=s", "code"),
        ];
        for (response_type, url, name) in cases {
            assert_eq!(fault(response_type, false, url), Fault::UnexpectedParameter { name });
        }
        let url = "/cb#code=c&state=s";
        assert_eq!(
            fault(ResponseType::CodeIdToken, false, url),
            Fault::MissingParameter { name: "id_token" }
        );
    }

    #[test]
    fn a_callback_names_the_sign_in_that_it_ends() {
        let state = |url| Callback::from_url(url).unwrap().state().map(str::to_owned);
        assert_eq!(state("/cb?code=c&state=s"), Some("s".to_owned()));
        assert_eq!((state("/cb?code=c"), state("/cb?code=c&state=")), (None, None));
    }

    #[test]
    fn refuses_tokens_in_a_query() {
        let url = "/cb?code=c&id_token=t&state=s";
        assert_eq!(fault(ResponseType::CodeIdToken, false, url), Fault::ResponseMode);
    }

    #[test]
    fn refuses_a_repeated_parameter() {
        let url = "/cb?code=c&code=d&state=s";
        assert!(matches!(fault(ResponseType::Code, false, url), Fault::Form(_)));
    }

    #[test]
    fn a_front_access_token_needs_its_type() {
        let url = "/cb#code=c&access_token=t&state=s";
        assert_eq!(
            fault(ResponseType::CodeToken, false, url),
            Fault::MissingParameter { name: "token_type" }
        );
        let url = "/cb#code=c&access_token=t&token_type=bearer&expires_in=60&state=s";
        let response = read_as(ResponseType::CodeToken, false, url).unwrap();
        assert_eq!(response.tokens.unwrap().expires_at().unwrap().seconds(), 1_700_000_060);
    }

    #[test]
    fn debug_shows_names_only() {
        let callback = Callback::from_url("/cb?code=canary&state=canary").unwrap();
        assert!(!format!("{callback:?}").contains("canary"));
    }

    proptest! {
        #[test]
        fn never_panics(url: String) {
            let _ = read_as(ResponseType::CodeIdTokenToken, true, &url);
        }
    }
}
