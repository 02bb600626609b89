//! The authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

mod callback;
mod prompt;
mod response_type;

use url::Url;

pub use callback::{AuthorizationResponse, Callback, Expected};
pub use prompt::{Prompt, prompt_value};
pub use response_type::{ResponseMode, ResponseType};

use crate::pkce::s256_challenge;
use crate::scope::Scope;
use crate::secret::{CodeVerifier, Nonce, State};
use crate::url::{EndpointUrl, RedirectUri};

/// An authorization request: the parameters of which the URL is made.
///
/// ```
/// use tegata_core::authorize::{AuthorizationRequest, ResponseType};
/// use tegata_core::scope::Scope;
/// use tegata_core::secret::State;
/// use tegata_core::url::{EndpointUrl, RedirectUri};
///
/// let scope = Scope::parse("openid email")?;
/// let redirect_uri = RedirectUri::new("https://app.example.com/cb")?;
/// let state = State::new("af0ifjsldkj");
/// let request =
///     AuthorizationRequest::new("s6BhdRkqt3", &redirect_uri, ResponseType::Code, &scope, &state);
/// let endpoint = EndpointUrl::new("https://op.example.com/authorize?tenant=1")?;
/// assert_eq!(
///     request.url(&endpoint).as_str(),
///     "https://op.example.com/authorize?tenant=1&response_type=code&client_id=s6BhdRkqt3\
///      &redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope=openid+email&state=af0ifjsldkj"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthorizationRequest<'a> {
    /// The client identifier.
    pub client_id: &'a str,
    /// Where the browser comes back to.
    pub redirect_uri: &'a RedirectUri,
    /// What comes back.
    pub response_type: ResponseType,
    /// How it comes back; `None`: as the response type implies.
    pub response_mode: Option<ResponseMode>,
    /// What is asked for. An empty set is not sent.
    pub scope: &'a Scope,
    /// Binds the callback to this browser session.
    pub state: &'a State,
    /// Binds the ID token to this browser session.
    pub nonce: Option<&'a Nonce>,
    /// Binds the code to this client; its `S256` challenge is sent.
    pub code_verifier: Option<&'a CodeVerifier>,
    /// More parameters, behind the others.
    pub more: &'a [(String, String)],
}

impl<'a> AuthorizationRequest<'a> {
    /// A request with what no request can do without.
    #[must_use]
    pub const fn new(
        client_id: &'a str,
        redirect_uri: &'a RedirectUri,
        response_type: ResponseType,
        scope: &'a Scope,
        state: &'a State,
    ) -> Self {
        let (response_mode, nonce, code_verifier) = (None, None, None);
        let more = &[];
        Self {
            client_id,
            redirect_uri,
            response_type,
            response_mode,
            scope,
            state,
            nonce,
            code_verifier,
            more,
        }
    }

    /// The URL to send the browser to. A query that the endpoint has is kept (RFC 6749 §3.1).
    #[must_use]
    pub fn url(&self, endpoint: &EndpointUrl) -> Url {
        let mut url = endpoint.as_url().clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", self.response_type.as_str())
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri.as_str());
        if !self.scope.is_empty() {
            query.append_pair("scope", &self.scope.to_string());
        }
        query.append_pair("state", self.state.expose());
        if let Some(mode) = self.response_mode {
            query.append_pair("response_mode", mode.as_str());
        }
        if let Some(nonce) = self.nonce {
            query.append_pair("nonce", nonce.expose());
        }
        if let Some(verifier) = self.code_verifier {
            query.append_pair("code_challenge", &s256_challenge(verifier));
            query.append_pair("code_challenge_method", "S256");
        }
        query.extend_pairs(self.more);
        drop(query);
        url
    }
}

/// The parameters that a request writes itself: they cannot be added as further ones.
pub const OWN_PARAMETERS: [&str; 9] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "redirect_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];
