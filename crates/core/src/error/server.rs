//! The server said no, in protocol: error codes of RFC 6749, OpenID Connect and their extensions.

use std::fmt;
use std::time::Duration;

use super::Remedy;
use crate::http::Endpoint;
use crate::scope::Scope;
use crate::tolerance::Tolerance;

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

macro_rules! error_codes {
    ($($(#[$docs:meta])+ $variant:ident = $text:literal => $remedy:expr,)+) => {
        /// An `error` code. The set is open: what we do not know is kept.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$docs])+ $variant,)+
            /// Any other code. Compare with [`ErrorCode::as_str`].
            Unknown(UnknownCode),
        }

        impl ErrorCode {
            /// The codes that are known here, in alphabetical order.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// Reads a code. Codes are case-sensitive (RFC 6749 §5.2).
            #[must_use]
            pub fn new(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown(UnknownCode(printable(other, 100))),
                }
            }

            /// Reads a code of a provider that has names of its own for registered ones.
            #[must_use]
            pub fn tolerant(text: &str, tolerance: &Tolerance) -> Self {
                let mut aliases = tolerance.error_aliases.iter();
                let alias = aliases.find(|(alias, _)| alias.eq_ignore_ascii_case(text));
                Self::new(alias.map_or(text, |(_, code)| code))
            }

            /// The code as the specification spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(code) => &code.0,
                }
            }

            /// What to do about it, wherever it appears.
            #[must_use]
            pub const fn remedy(&self) -> Remedy {
                match self {
                    $(Self::$variant => $remedy,)+
                    Self::Unknown(_) => Remedy::ShowUser,
                }
            }
        }
    };
}

error_codes! {
    /// The user or the server refused (RFC 6749 §4.1.2.1).
    AccessDenied = "access_denied" => Remedy::ShowUser,
    /// Several sessions and `prompt=none` (OpenID Connect Core §3.1.2.6).
    AccountSelectionRequired = "account_selection_required" => Remedy::SignInAgain,
    /// A Workspace administrator restricts the scope or the application (Google).
    AdminPolicyEnforced = "admin_policy_enforced" => Remedy::TellAdministrator,
    /// The user has not answered yet: go on polling (RFC 8628 §3.5).
    AuthorizationPending = "authorization_pending" => Remedy::Retry { after: None },
    /// Consent is missing and `prompt=none` (OpenID Connect Core §3.1.2.6).
    ConsentRequired = "consent_required" => Remedy::AskConsentAgain,
    /// The client was deleted, by hand or after six unused months (Google).
    DeletedClient = "deleted_client" => Remedy::FixConfiguration,
    /// The client is disabled (Google).
    DisabledClient = "disabled_client" => Remedy::FixConfiguration,
    /// An embedded web view was used (Google).
    DisallowedUseragent = "disallowed_useragent" => Remedy::FixProgram,
    /// The device code is too old (RFC 8628 §3.5).
    ExpiredToken = "expired_token" => Remedy::SignInAgain,
    /// The token's scope is not enough (RFC 6750 §3.1).
    InsufficientScope = "insufficient_scope" => Remedy::AskConsentAgain,
    /// The authentication was too weak or too long ago (RFC 9470).
    InsufficientUserAuthentication = "insufficient_user_authentication" => Remedy::SignInAgain,
    /// A page must be shown and `prompt=none` (OpenID Connect Core §3.1.2.6).
    InteractionRequired = "interaction_required" => Remedy::SignInAgain,
    /// The server failed (Google).
    InternalFailure = "internal_failure" => Remedy::Retry { after: None },
    /// Client authentication failed (RFC 6749 §5.2).
    InvalidClient = "invalid_client" => Remedy::FixConfiguration,
    /// The DPoP proof is wrong (RFC 9449 §5).
    InvalidDpopProof = "invalid_dpop_proof" => Remedy::FixProgram,
    /// The code or refresh token is wrong, expired, used or revoked (RFC 6749 §5.2).
    InvalidGrant = "invalid_grant" => Remedy::SignInAgain,
    /// The redirect URI is not the one used or registered (Yahoo! JAPAN, RFC 7591).
    InvalidRedirectUri = "invalid_redirect_uri" => Remedy::FixConfiguration,
    /// A parameter is missing, repeated or malformed (RFC 6749 §5.2).
    InvalidRequest = "invalid_request" => Remedy::FixProgram,
    /// The request object is invalid (OpenID Connect Core §3.1.2.6).
    InvalidRequestObject = "invalid_request_object" => Remedy::FixProgram,
    /// The `request_uri` is wrong or expired (OpenID Connect Core §3.1.2.6).
    InvalidRequestUri = "invalid_request_uri" => Remedy::FixProgram,
    /// The scope is unknown, malformed or beyond the grant (RFC 6749 §5.2).
    InvalidScope = "invalid_scope" => Remedy::FixProgram,
    /// The resource is unknown (RFC 8707).
    InvalidTarget = "invalid_target" => Remedy::FixConfiguration,
    /// The token is expired, revoked or malformed (RFC 6750 §3.1).
    InvalidToken = "invalid_token" => Remedy::SignInAgain,
    /// The user must authenticate and `prompt=none` (OpenID Connect Core §3.1.2.6).
    LoginRequired = "login_required" => Remedy::SignInAgain,
    /// The application is limited to one organisation (Google).
    OrgInternal = "org_internal" => Remedy::ShowUser,
    /// The JavaScript origin is not registered (Google).
    OriginMismatch = "origin_mismatch" => Remedy::FixConfiguration,
    /// A limit of the provider is reached (Google).
    RateLimitExceeded = "rate_limit_exceeded" => Remedy::Retry { after: None },
    /// The redirect URI is not byte-equal with a registered one (Google).
    RedirectUriMismatch = "redirect_uri_mismatch" => Remedy::FixConfiguration,
    /// The parameter `registration` is not supported (OpenID Connect Core §3.1.2.6).
    RegistrationNotSupported = "registration_not_supported" => Remedy::FixConfiguration,
    /// The parameter `request` is not supported (OpenID Connect Core §3.1.2.6).
    RequestNotSupported = "request_not_supported" => Remedy::FixConfiguration,
    /// The parameter `request_uri` is not supported (OpenID Connect Core §3.1.2.6).
    RequestUriNotSupported = "request_uri_not_supported" => Remedy::FixConfiguration,
    /// The server failed (RFC 6749 §4.1.2.1).
    ServerError = "server_error" => Remedy::Retry { after: None },
    /// Poll five seconds slower from now on (RFC 8628 §3.5).
    SlowDown = "slow_down" => Remedy::Retry { after: None },
    /// The server is overloaded (RFC 6749 §4.1.2.1).
    TemporarilyUnavailable = "temporarily_unavailable" => Remedy::Retry { after: None },
    /// The client may not use this grant or response type (RFC 6749 §5.2).
    UnauthorizedClient = "unauthorized_client" => Remedy::FixConfiguration,
    /// The requested authentication class cannot be met.
    UnmetAuthenticationRequirements = "unmet_authentication_requirements" => Remedy::ShowUser,
    /// The grant type is not supported (RFC 6749 §5.2).
    UnsupportedGrantType = "unsupported_grant_type" => Remedy::FixConfiguration,
    /// The response type is not supported (RFC 6749 §4.1.2.1).
    UnsupportedResponseType = "unsupported_response_type" => Remedy::FixConfiguration,
    /// The server cannot revoke this kind of token (RFC 7009 §2.2.1).
    UnsupportedTokenType = "unsupported_token_type" => Remedy::ShowUser,
    /// Send the proof again with this nonce, once (RFC 9449 §8).
    UseDpopNonce = "use_dpop_nonce" => Remedy::Retry { after: None },
}

/// A code that is not in [`ErrorCode::KNOWN`]: its text is private, so that a later version can
/// learn it without breaking a caller.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownCode(Box<str>);

impl fmt::Debug for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// The characters that RFC 6749 §5.2 allows in an error text, and at most `limit` of them.
fn printable(text: &str, limit: usize) -> Box<str> {
    text.chars()
        .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
        .take(limit)
        .collect::<String>()
        .into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_code_reads_back_and_the_list_is_in_order() {
        for code in ErrorCode::KNOWN {
            assert_eq!(ErrorCode::new(code.as_str()), *code);
        }
        assert!(ErrorCode::KNOWN.is_sorted_by_key(|code| code.as_str()));
    }

    #[test]
    fn keeps_an_unknown_code_and_cleans_it() {
        let code = ErrorCode::new("brand_new\r\n\"code\"");
        assert_eq!(code.as_str(), "brand_newcode");
        assert!(matches!(code, ErrorCode::Unknown(_)));
    }

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
    fn an_unknown_code_is_retried_when_the_status_says_the_server_failed() {
        let error = |status| {
            ServerError::new(Endpoint::Token, Some(ErrorCode::new("odd"))).with_status(status)
        };
        assert_eq!(error(503).remedy(), Remedy::Retry { after: None });
        assert_eq!(error(400).remedy(), Remedy::ShowUser);
    }
}
