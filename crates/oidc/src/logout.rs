//! Signing out: begun here (OpenID Connect RP-Initiated Logout 1.0 §2), or by the provider.
//!
//! ```text
//!   end the own session ─▶ LogoutUrl ─▶ browser to the provider ─▶ browser comes back ─▶ check_return
//!                                            │
//!                        other applications: front_channel, back_channel
//! ```
//!
//! The application's own session ends first: whether the provider does its part, and whether the
//! browser ever comes back, nobody can promise.

pub mod back_channel;
pub mod front_channel;

use tegata_core::error::{Error, Fault, Misbehaviour};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::form::Form;
use tegata_core::http::Endpoint;
use tegata_core::random::{Random, unguessable};
use tegata_core::secret::{CompactToken, State, constant_time_eq};
use tegata_core::time::UnixTime;
use tegata_core::url::RedirectUri;
use tegata_jose::id_token::IdToken;
use url::Url;

use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;

/// What the provider is told when the user signs out.
///
/// ```
/// use tegata_oidc::logout::LogoutRequest;
///
/// let request = LogoutRequest::new().return_to("https://app.example.com/bye")?.ui_locales("ja");
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LogoutRequest {
    id_token_hint: Option<CompactToken>,
    logout_hint: Option<String>,
    post_logout_redirect_uri: Option<RedirectUri>,
    state: Option<State>,
    ui_locales: Option<String>,
}

impl LogoutRequest {
    /// A request that says nothing: the provider asks the user.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whose session it is: the ID token that began it. Providers ask the user less with it.
    #[must_use]
    pub fn id_token_hint(self, id_token: &IdToken) -> Self {
        self.raw_id_token_hint(id_token.raw().clone())
    }

    /// The same where the session kept the ID token as text, [`IdToken::raw`]. It need not be valid
    /// any more.
    #[must_use]
    pub fn raw_id_token_hint(mut self, id_token: CompactToken) -> Self {
        self.id_token_hint = Some(id_token);
        self
    }

    /// Who the user probably is.
    #[must_use]
    pub fn logout_hint(mut self, hint: &str) -> Self {
        self.logout_hint = Some(hint.to_owned());
        self
    }

    /// Where the browser comes back to; registered as `post_logout_redirect_uris`.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Url`](tegata_core::error::ApiMisuse::Url) when no provider could accept it.
    pub fn return_to(mut self, uri: &str) -> Result<Self, Error> {
        self.post_logout_redirect_uri = Some(RedirectUri::new(uri)?);
        Ok(self)
    }

    /// Adds a `state` that comes back with the browser. Keep it in a cookie, and compare the two by
    /// [`check_return`].
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::RandomUnavailable`](tegata_core::error::ApiMisuse::RandomUnavailable).
    pub fn with_state(mut self, random: &dyn Random) -> Result<(Self, State), Error> {
        let state = State::new(unguessable(random)?);
        self.state = Some(state.clone());
        Ok((self, state))
    }

    /// The languages of the provider's pages, best first (BCP 47, separated by spaces).
    #[must_use]
    pub fn ui_locales(mut self, locales: &str) -> Self {
        self.ui_locales = Some(locales.to_owned());
        self
    }
}

/// Whether the browser comes back from the logout that `sent` was made for. `query` is that of the
/// address it came to, without its `?`.
///
/// When it does not, somebody else sent the browser: show it what a signed-out user sees, and do
/// nothing else for it. No session begins or ends here.
///
/// ```
/// use tegata_core::secret::State;
/// use tegata_oidc::logout::check_return;
///
/// let sent = State::new("af0ifjsldkj");
/// assert!(check_return("lang=ja&state=af0ifjsldkj", &sent).is_ok());
/// assert!(check_return("lang=ja", &sent).is_err());
/// ```
///
/// # Errors
///
/// [`Fault::State`] when `state` is missing or another one; [`Fault::Form`].
pub fn check_return(query: &str, sent: &State) -> Result<(), Error> {
    let refuse = |fault| Error::from(Misbehaviour::new(Endpoint::EndSession, fault));
    let form = Form::parse(query).map_err(|fault| refuse(fault.into()))?;
    match form.get("state") {
        Some(returned) if constant_time_eq(sent.expose().as_bytes(), returned.as_bytes()) => Ok(()),
        _ => Err(refuse(Fault::State)),
    }
}

/// The flow that makes the logout URL.
///
/// Fails with [`Fault::NoEndpoint`] where the provider has no `end_session_endpoint`: then
/// ending the application's own session is all that can be done.
#[derive(Debug)]
pub struct LogoutUrl {
    party: RelyingParty,
    request: LogoutRequest,
    metadata: ObtainMetadata,
}

impl LogoutUrl {
    pub(crate) fn new(party: &RelyingParty, request: LogoutRequest) -> Self {
        Self { party: party.clone(), request, metadata: party.metadata() }
    }
}

impl Flow for LogoutUrl {
    type Output = Url;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Url>, Error> {
        let metadata = match self.metadata.advance(input, now)?.split() {
            Ok(metadata) => metadata,
            Err(step) => return Ok(step),
        };
        let endpoint = metadata.required_endpoint("end_session_endpoint", Endpoint::EndSession)?;
        let mut url = endpoint.as_url().clone();
        let request = &self.request;
        let parameters = [
            ("id_token_hint", request.id_token_hint.as_ref().map(CompactToken::expose)),
            ("logout_hint", request.logout_hint.as_deref()),
            ("client_id", Some(self.party.config().client().id())),
            (
                "post_logout_redirect_uri",
                request.post_logout_redirect_uri.as_ref().map(RedirectUri::as_str),
            ),
            ("state", request.state.as_ref().map(State::expose)),
            ("ui_locales", request.ui_locales.as_deref()),
        ];
        let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        url.query_pairs_mut().extend_pairs(given);
        Ok(Step::Done(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_comes_back_with_the_state_that_was_sent_and_with_no_other() {
        let sent = State::new("s-1");
        let fault = |query| match check_return(query, &sent) {
            Ok(()) => None,
            Err(Error::Misbehaved(error)) => {
                assert_eq!(error.endpoint, Endpoint::EndSession);
                Some(error.fault)
            }
            Err(other) => panic!("{other}"),
        };
        assert_eq!(fault("own=1&state=s-1"), None);
        for query in ["", "state=", "state=s-1_INVALID", "state=s-", "State=s-1"] {
            assert_eq!(fault(query), Some(Fault::State), "{query}");
        }
        // The cookie is gone, and what was read in its place is nothing.
        assert!(check_return("", &State::new("")).is_err());
        assert!(matches!(fault("state=s-1&state=s-1"), Some(Fault::Form(_))));
    }
}
