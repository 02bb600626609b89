//! The server said no, in protocol.

use std::fmt;
use std::time::Duration;

use super::code::printable;
use super::{ErrorCode, Remedy};
use crate::http::Endpoint;
use crate::scope::Scope;

/// What the server said when it said no.
///
/// `error_description` is untrusted text that some servers fill with what they were sent: it is
/// kept for [`description`](Self::description), and neither `Debug` nor `Display` shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerError {
    endpoint: Endpoint,
    status: Option<u16>,
    code: Option<ErrorCode>,
    subtype: Option<Box<str>>,
    provider_code: Option<Box<str>>,
    description: Option<Box<str>>,
    scope: Option<Scope>,
    retry_after: Option<Duration>,
}

impl ServerError {
    /// A refusal by `endpoint`; `code` is absent where a status alone refuses (RFC 6750 §3.1).
    #[must_use]
    pub const fn new(endpoint: Endpoint, code: Option<ErrorCode>) -> Self {
        Self {
            endpoint,
            status: None,
            code,
            subtype: None,
            provider_code: None,
            description: None,
            scope: None,
            retry_after: None,
        }
    }

    /// Adds the HTTP status.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds `error_description`, cleaned to the characters of RFC 6749 §5.2 and 200 of them.
    #[must_use]
    pub fn with_description(mut self, text: Option<&str>) -> Self {
        self.description = text.map(|text| printable(text, 200));
        self
    }

    /// Adds `error_subtype` (Google), cleaned in the same way.
    #[must_use]
    pub fn with_subtype(mut self, text: Option<&str>) -> Self {
        self.subtype = text.map(|text| printable(text, 64));
        self
    }

    /// Adds `error_code` (Yahoo! JAPAN), cleaned in the same way.
    #[must_use]
    pub fn with_provider_code(mut self, text: Option<&str>) -> Self {
        self.provider_code = text.map(|text| printable(text, 32));
        self
    }

    /// Adds the scope that the server asks for.
    #[must_use]
    pub fn with_scope(mut self, scope: Option<Scope>) -> Self {
        self.scope = scope;
        self
    }

    /// Adds what `Retry-After` said.
    #[must_use]
    pub const fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }

    /// The endpoint that refused.
    #[must_use]
    pub const fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The HTTP status; a redirect has none.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// The OAuth error code.
    #[must_use]
    pub const fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// Google's `error_subtype`, such as `invalid_rapt`.
    #[must_use]
    pub fn subtype(&self) -> Option<&str> {
        self.subtype.as_deref()
    }

    /// Yahoo! JAPAN's `error_code`: a number, as text. What to tell its support; no table of these
    /// numbers is published.
    #[must_use]
    pub fn provider_code(&self) -> Option<&str> {
        self.provider_code.as_deref()
    }

    /// The server's own words for a developer. Untrusted: never branch on it, never show it as HTML.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The scope that would have been enough (RFC 6750 §3). Ask for it together with what is held
    /// already, lest the new grant have less than the old one.
    #[must_use]
    pub const fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match (&self.code, self.status) {
            (Some(ErrorCode::InvalidGrant), _) if self.subtype.is_some() => Remedy::SignInAgain,
            // What was sent there was no access token, and nothing is left to refresh with.
            (Some(ErrorCode::InvalidToken), _)
                if matches!(self.endpoint, Endpoint::Revocation | Endpoint::Token) =>
            {
                Remedy::SignInAgain
            }
            (Some(ErrorCode::Unknown(_)) | None, Some(429 | 500..=599)) => {
                Remedy::Retry { after: self.retry_after }
            }
            (Some(code), _) => match code.remedy() {
                Remedy::Retry { .. } => Remedy::Retry { after: self.retry_after },
                remedy => remedy,
            },
            (None, Some(401)) => Remedy::FixProgram,
            (None, _) => Remedy::ShowUser,
        }
    }
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerError")
            .field("endpoint", &self.endpoint)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} refused", self.endpoint)?;
        if let Some(code) = &self.code {
            write!(f, ": {}", code.as_str())?;
        }
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ServerError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_neither_description_nor_subtype() {
        let error = ServerError::new(Endpoint::Token, Some(ErrorCode::InvalidGrant))
            .with_status(400)
            .with_subtype(Some("canary"))
            .with_description(Some("canary"));
        assert!(!format!("{error:?} {error}").contains("canary"));
        assert_eq!(error.to_string(), "the token endpoint refused: invalid_grant (HTTP 400)");
    }

    #[test]
    fn an_access_token_that_is_refused_is_refreshed_and_nothing_else_is() {
        for (endpoint, remedy) in [
            (Endpoint::ProtectedResource, Remedy::Refresh),
            (Endpoint::UserInfo, Remedy::Refresh),
            (Endpoint::Token, Remedy::SignInAgain),
            (Endpoint::Revocation, Remedy::SignInAgain),
        ] {
            let error = ServerError::new(endpoint, Some(ErrorCode::InvalidToken)).with_status(401);
            assert_eq!(error.remedy(), remedy, "{endpoint}");
        }
    }

    #[test]
    fn an_unknown_code_is_retried_when_the_status_says_the_server_failed() {
        let error = |status| {
            ServerError::new(Endpoint::Token, Some(ErrorCode::new("odd"))).with_status(status)
        };
        assert_eq!(error(503).remedy(), Remedy::Retry { after: None });
        assert_eq!(error(400).remedy(), Remedy::ShowUser);
    }
}
