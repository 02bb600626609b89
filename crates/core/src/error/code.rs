//! The error codes of RFC 6749, OpenID Connect, their extensions and Google, as an open set.
//!
//! What each means at which endpoint, and whose answer it is, stands in [`catalogue`](super::catalogue).

use std::fmt;

use super::Remedy;
use crate::tolerance::Tolerance;

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
    /// The sender of a security event was not authenticated (RFC 8935 §2.4).
    AuthenticationFailed = "authentication_failed" => Remedy::FixConfiguration,
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
    /// The login hint token is too old (CIBA Core §13).
    ExpiredLoginHintToken = "expired_login_hint_token" => Remedy::FixProgram,
    /// The device code is too old (RFC 8628 §3.5).
    ExpiredToken = "expired_token" => Remedy::SignInAgain,
    /// Google's retired JavaScript library could not start.
    IdpiframeInitializationFailed = "idpiframe_initialization_failed" => Remedy::FixProgram,
    /// A silent sign-in was not possible (Google's retired library).
    ImmediateFailed = "immediate_failed" => Remedy::SignInAgain,
    /// The token's scope is not enough (RFC 6750 §3.1).
    InsufficientScope = "insufficient_scope" => Remedy::AskConsentAgain,
    /// The authentication was too weak or too long ago (RFC 9470).
    InsufficientUserAuthentication = "insufficient_user_authentication" => Remedy::SignInAgain,
    /// A page must be shown and `prompt=none` (OpenID Connect Core §3.1.2.6).
    InteractionRequired = "interaction_required" => Remedy::SignInAgain,
    /// The server failed (Google).
    InternalFailure = "internal_failure" => Remedy::Retry { after: None },
    /// A security event is meant for another receiver (RFC 8935 §2.4).
    InvalidAudience = "invalid_audience" => Remedy::SecurityIncident,
    /// The authorization details are unknown or malformed (RFC 9396 §5).
    InvalidAuthorizationDetails = "invalid_authorization_details" => Remedy::FixProgram,
    /// The binding message cannot be shown (CIBA Core §13).
    InvalidBindingMessage = "invalid_binding_message" => Remedy::FixProgram,
    /// Client authentication failed (RFC 6749 §5.2).
    InvalidClient = "invalid_client" => Remedy::FixConfiguration,
    /// A value of the registration is refused (RFC 7591 §3.2.2).
    InvalidClientMetadata = "invalid_client_metadata" => Remedy::FixConfiguration,
    /// The DPoP proof is wrong (RFC 9449 §5).
    InvalidDpopProof = "invalid_dpop_proof" => Remedy::FixProgram,
    /// The code or refresh token is wrong, expired, used or revoked (RFC 6749 §5.2).
    InvalidGrant = "invalid_grant" => Remedy::SignInAgain,
    /// The issuer of a security event is not the transmitter (RFC 8935 §2.4).
    InvalidIssuer = "invalid_issuer" => Remedy::SecurityIncident,
    /// A key of a security event is unusable (RFC 8935 §2.4).
    InvalidKey = "invalid_key" => Remedy::SecurityIncident,
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
    /// The software statement is invalid (RFC 7591 §3.2.2).
    InvalidSoftwareStatement = "invalid_software_statement" => Remedy::FixConfiguration,
    /// The resource is unknown (RFC 8707).
    InvalidTarget = "invalid_target" => Remedy::FixConfiguration,
    /// The access token is expired, revoked or malformed (RFC 6750 §3.1).
    InvalidToken = "invalid_token" => Remedy::Refresh,
    /// The user code is wrong (CIBA Core §13).
    InvalidUserCode = "invalid_user_code" => Remedy::ShowUser,
    /// The user must authenticate and `prompt=none` (OpenID Connect Core §3.1.2.6).
    LoginRequired = "login_required" => Remedy::SignInAgain,
    /// A user code is demanded and was not sent (CIBA Core §13).
    MissingUserCode = "missing_user_code" => Remedy::ShowUser,
    /// The application is limited to one organisation (Google).
    OrgInternal = "org_internal" => Remedy::ShowUser,
    /// The JavaScript origin is not registered (Google).
    OriginMismatch = "origin_mismatch" => Remedy::FixConfiguration,
    /// The user closed the popup (Google Identity Services).
    PopupClosed = "popup_closed" => Remedy::ShowUser,
    /// The user closed the popup (Google's retired library).
    PopupClosedByUser = "popup_closed_by_user" => Remedy::ShowUser,
    /// The browser blocked the popup (Google Identity Services).
    PopupFailedToOpen = "popup_failed_to_open" => Remedy::ShowUser,
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
    /// The provider could not finish (CIBA Core §12).
    TransactionFailed = "transaction_failed" => Remedy::ShowUser,
    /// The software statement is not approved here (RFC 7591 §3.2.2).
    UnapprovedSoftwareStatement = "unapproved_software_statement" => Remedy::TellAdministrator,
    /// The client may not use this grant or response type (RFC 6749 §5.2).
    UnauthorizedClient = "unauthorized_client" => Remedy::FixConfiguration,
    /// The popup failed in some other way (Google Identity Services).
    PopupUnknown = "unknown" => Remedy::ShowUser,
    /// The hint names no user of this provider (CIBA Core §13).
    UnknownUserId = "unknown_user_id" => Remedy::ShowUser,
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
pub(super) fn printable(text: &str, limit: usize) -> Box<str> {
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
}
