//! The one error type of the workspace: the first level says whose fault it is.
//!
//! No variant holds a body, a token, a secret, a header value or a URL with a query: an error can be
//! logged as it is. [`Error::remedy`] says what to do about it.

pub mod catalogue;
mod code;
mod remedy;
mod server;
mod token;

use std::fmt;

pub use code::{ErrorCode, UnknownCode};
pub use remedy::Remedy;
pub use server::ServerError;
pub use token::{InvalidToken, TokenFault, TokenKind, Unsupported};

use crate::form::FormFault;
use crate::http::Endpoint;
use crate::json::JsonFault;
use crate::random::RandomUnavailable;
use crate::redirect::InvalidRedirectUri;
use crate::scope::InvalidScope;
use crate::url::InvalidUrl;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller erred; it can be proved by reading the calling code or its configuration.
    #[error("misused: {0}")]
    ApiMisuse(#[from] ApiMisuse),
    /// A token is not good.
    #[error("{0}")]
    InvalidToken(#[from] InvalidToken),
    /// The server, or whoever answered in its place, broke the protocol.
    #[error("{0}")]
    Misbehaved(#[from] Misbehaviour),
    /// The server said no, in protocol.
    #[error("{0}")]
    Refused(#[from] ServerError),
    /// Bytes did not get through.
    #[error("{0}")]
    Transport(#[from] TransportError),
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::ApiMisuse(error) => error.remedy(),
            Self::InvalidToken(error) => error.remedy(),
            Self::Misbehaved(error) => error.remedy(),
            Self::Refused(error) => error.remedy(),
            Self::Transport(error) => error.remedy(),
        }
    }

    /// The endpoint that the failed exchange was with.
    #[must_use]
    pub fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::ApiMisuse(_) | Self::InvalidToken(_) => None,
            Self::Misbehaved(error) => Some(error.endpoint),
            Self::Refused(error) => Some(error.endpoint()),
            Self::Transport(error) => Some(error.endpoint),
        }
    }

    /// The HTTP status of the failed exchange.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Misbehaved(error) => error.status,
            Self::Refused(error) => error.status(),
            _ => None,
        }
    }

    /// A copy for somebody else who waited for the same exchange. Of a failure to get bytes through
    /// it leaves the HTTP client's own error out, which cannot be copied.
    #[must_use]
    pub fn without_source(&self) -> Self {
        match self {
            Self::ApiMisuse(error) => Self::ApiMisuse(error.clone()),
            Self::InvalidToken(error) => Self::InvalidToken(error.clone()),
            Self::Misbehaved(error) => Self::Misbehaved(error.clone()),
            Self::Refused(error) => Self::Refused(error.clone()),
            Self::Transport(error) => TransportError::new(error.endpoint, error.fault).into(),
        }
    }

    /// The OAuth error code, when the server sent one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        if let Self::Refused(error) = self { error.code() } else { None }
    }
}

impl From<RandomUnavailable> for Error {
    fn from(_: RandomUnavailable) -> Self {
        Self::ApiMisuse(ApiMisuse::RandomUnavailable)
    }
}

impl From<InvalidUrl> for Error {
    fn from(error: InvalidUrl) -> Self {
        Self::ApiMisuse(ApiMisuse::Url(error))
    }
}

impl From<InvalidRedirectUri> for Error {
    fn from(error: InvalidRedirectUri) -> Self {
        Self::ApiMisuse(ApiMisuse::RedirectUri(error))
    }
}

impl From<InvalidScope> for Error {
    fn from(error: InvalidScope) -> Self {
        Self::ApiMisuse(ApiMisuse::Scope(error))
    }
}

/// The server broke the protocol: where, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misbehaviour {
    /// The endpoint that answered.
    pub endpoint: Endpoint,
    /// The HTTP status of the answer, when there was one.
    pub status: Option<u16>,
    /// What is wrong with the answer.
    pub fault: Fault,
}

impl Misbehaviour {
    /// A fault in an answer that came with no HTTP status of its own, such as a redirect.
    #[must_use]
    pub const fn new(endpoint: Endpoint, fault: Fault) -> Self {
        Self { endpoint, status: None, fault }
    }

    /// The same, with the HTTP status of the answer.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    fn remedy(&self) -> Remedy {
        match (&self.fault, self.status) {
            (Fault::Declined, _) => Remedy::ShowUser,
            (Fault::Status | Fault::ContentType | Fault::Json(_), Some(429 | 500..=599)) => {
                Remedy::Retry { after: None }
            }
            (Fault::IssuerMismatch { .. }, _) if self.endpoint == Endpoint::Discovery => {
                Remedy::FixConfiguration
            }
            (Fault::NoEndpoint, _) => Remedy::FixConfiguration,
            _ => Remedy::SecurityIncident,
        }
    }
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} answered wrongly", self.endpoint)?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for Misbehaviour {}

/// How a server, or whoever answered in its place, broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The callback has both `code` and `error`.
    #[error("both a result and an error")]
    BothResultAndError,
    /// The content type is another than the specification says.
    #[error("not the content type that the specification says")]
    ContentType,
    /// The callback carries neither a result nor an error: the user declined (Yahoo! JAPAN with
    /// `bail=1`), or the answer is broken.
    #[error("neither a result nor an error: the user declined, or the answer is broken")]
    Declined,
    /// The answer is no strict form.
    #[error("the parameters are not readable: {0}")]
    Form(#[from] FormFault),
    /// `iss` is not the issuer that was asked (RFC 9207 §2.4, RFC 8414 §3.3, Discovery §4.3).
    #[error("the issuer should be {expected:?} and is {found:?}")]
    IssuerMismatch {
        /// The issuer that was asked.
        expected: String,
        /// The issuer that the answer names, shortened to 255 characters.
        found: String,
    },
    /// The answer is no strict JSON, or a member is missing or mistyped.
    #[error("{0}")]
    Json(#[from] JsonFault),
    /// The request is no `POST`.
    #[error("not by the method that the specification says")]
    Method,
    /// `iss` is missing although the server announced it (RFC 9207 §2.4).
    #[error("the parameter \"iss\" is missing")]
    MissingIssuer,
    /// A parameter that the response type promises is missing.
    #[error("the parameter {name:?} is missing")]
    MissingParameter {
        /// Its name.
        name: &'static str,
    },
    /// The provider's metadata names no such endpoint.
    #[error("the provider has no such endpoint")]
    NoEndpoint,
    /// A parameter has a value that its specification does not know.
    #[error("the parameter {name:?} has a value out of the specification")]
    ParameterValue {
        /// Its name.
        name: &'static str,
    },
    /// A document or a list longer than its limit.
    #[error("longer than anything honest")]
    TooLarge,
    /// A parameter that the response type does not allow: tokens where only a code was asked for.
    #[error("the parameter {name:?} was not asked for")]
    UnexpectedParameter {
        /// Its name.
        name: &'static str,
    },
    /// The answer came in another place of the URL than was asked for.
    #[error("the response came by another response mode than was asked for")]
    ResponseMode,
    /// `state` is missing or another than the one sent (RFC 6749 §10.12).
    #[error("the state is not the one that was sent: a forged callback, or one of a different tab")]
    State,
    /// An HTTP status out of the specification and no readable error with it.
    #[error("an HTTP status out of the specification")]
    Status,
    /// The subject of this answer is another than the ID token's (OpenID Connect Core §5.3.2).
    #[error("the subject is not the ID token's subject")]
    SubjectMismatch,
    /// A URL in the answer is unusable.
    #[error("the member {member:?} is no usable URL: {fault}")]
    Url {
        /// The member that holds it.
        member: String,
        /// What is wrong with it.
        fault: InvalidUrl,
    },
}

impl Fault {
    pub(crate) fn issuer_mismatch(expected: &str, found: &str) -> Self {
        let found = found.chars().take(255).collect();
        Self::IssuerMismatch { expected: expected.to_owned(), found }
    }
}

/// The calling code or its configuration erred, or what it kept of a sign-in is no longer good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// The access token is empty or holds a character that cannot stand in a header.
    #[error("the access token cannot stand in a header")]
    AccessToken,
    /// A file or a value from configuration is not what its format says.
    #[error("{what}: {fault}")]
    Configuration {
        /// Which file or value.
        what: &'static str,
        /// What is wrong with it.
        fault: String,
    },
    /// The cookie or session value is no sealed sign-in of this key: missing, damaged, forged, or
    /// sealed by another key. A bookmarked callback has none.
    #[error("the sealed sign-in is missing, damaged, or of a key that is not ours")]
    Unsealable,
    /// The sign-in was begun too long ago.
    #[error("the sign-in was begun too long ago")]
    PendingExpired,
    /// `prompt=none` stands with other values (OpenID Connect Core §3.1.2.1).
    #[error("prompt \"none\" stands alone")]
    PromptNoneWithOthers,
    /// Nothing unguessable can be made: the operating system gives no randomness.
    #[error("the random source is unavailable")]
    RandomUnavailable,
    /// The redirect URI breaks the provider's rules.
    #[error("{0}")]
    RedirectUri(#[from] InvalidRedirectUri),
    /// A required setting was not given.
    #[error("{0} was not set")]
    Required(&'static str),
    /// The scope is not what RFC 6749 §3.3 allows.
    #[error("scope: {0}")]
    Scope(InvalidScope),
    /// A sign-in needs the scope `openid`; without it, ask for a grant.
    #[error("a sign-in needs the scope \"openid\"")]
    ScopeOpenidMissing,
    /// What was asked for is not supported by this provider or this client.
    #[error("unsupported: {0}")]
    Unsupported(&'static str),
    /// A URL is unusable.
    #[error("{0}")]
    Url(#[from] InvalidUrl),
    /// A flow was advanced with an input that its last step does not allow.
    #[error("the flow was advanced out of order")]
    WrongInput,
}

impl ApiMisuse {
    fn remedy(&self) -> Remedy {
        match self {
            Self::Configuration { .. } | Self::RedirectUri(_) | Self::Url(_) => {
                Remedy::FixConfiguration
            }
            // A user who was slow, lost the cookie or bookmarked the callback: nobody's mistake.
            Self::PendingExpired | Self::Unsealable => Remedy::SignInAgain,
            Self::RandomUnavailable => Remedy::Retry { after: None },
            _ => Remedy::FixProgram,
        }
    }
}

/// Bytes did not get through.
#[derive(Debug, thiserror::Error)]
#[error("the {endpoint} could not be reached: {fault}")]
#[non_exhaustive]
pub struct TransportError {
    /// The endpoint that the request was for.
    pub endpoint: Endpoint,
    /// How it failed.
    pub fault: TransportFault,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// A failure with no more to say.
    #[must_use]
    pub const fn new(endpoint: Endpoint, fault: TransportFault) -> Self {
        Self { endpoint, fault, source: None }
    }

    /// Adds the HTTP client's own error. It must not show a query string.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    fn remedy(&self) -> Remedy {
        match self.fault {
            TransportFault::BodyTooLarge | TransportFault::RefusedAddress => {
                Remedy::SecurityIncident
            }
            TransportFault::InsecureScheme => Remedy::FixConfiguration,
            TransportFault::Redirected => Remedy::FixProgram,
            _ => Remedy::Retry { after: None },
        }
    }
}

/// How bytes did not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportFault {
    /// The answer is longer than [`MAX_RESPONSE_BYTES`](crate::http::MAX_RESPONSE_BYTES).
    #[error("the answer is too long")]
    BodyTooLarge,
    /// No connection: refused, reset before the request, no route.
    #[error("no connection")]
    Connect,
    /// The host name does not resolve.
    #[error("the host name does not resolve")]
    Dns,
    /// The address is not `https` and plain `http` to loopback was not allowed.
    #[error("the address is not https")]
    InsecureScheme,
    /// The connection broke after the request was sent, or the answer is no HTTP.
    #[error("the connection broke")]
    Interrupted,
    /// The HTTP client, one that the application brought, followed a redirect.
    #[error("the HTTP client followed a redirect")]
    Redirected,
    /// The address is in a private range (SSRF) and was not configured by the application.
    #[error("the address is in a private range")]
    RefusedAddress,
    /// The deadline passed.
    #[error("no answer in time")]
    Timeout,
    /// The TLS handshake failed: certificate, name or version.
    #[error("the TLS handshake failed")]
    Tls,
}

impl TransportFault {
    /// Whether the server may have seen the request: if not, it can be sent again without thought.
    #[must_use]
    pub const fn maybe_sent(self) -> bool {
        matches!(self, Self::BodyTooLarge | Self::Interrupted | Self::Redirected | Self::Timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_who_was_slow_or_lost_the_cookie_signs_in_again_and_wakes_nobody() {
        for misuse in [ApiMisuse::PendingExpired, ApiMisuse::Unsealable] {
            assert_eq!(Error::from(misuse).remedy(), Remedy::SignInAgain);
        }
        let unreadable =
            ApiMisuse::Configuration { what: "client_secret.json", fault: String::new() };
        assert_eq!(Error::from(unreadable).remedy(), Remedy::FixConfiguration);
        assert_eq!(Error::from(ApiMisuse::ScopeOpenidMissing).remedy(), Remedy::FixProgram);
    }
}
