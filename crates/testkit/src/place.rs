//! Where a fault shows: which part of the provider's answers it changes, and at which endpoints.

use crate::Endpoint;

/// Which part of the provider's answers a fault changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Any answer, whatever it says: status, length, content type, connection.
    Answer,
    /// What the browser brings back.
    Callback,
    /// The metadata.
    Discovery,
    /// What is encrypted for a client that registered it: ID tokens, logout tokens, UserInfo.
    Encryption,
    /// ID tokens, from the authorization and from the token endpoint.
    IdToken,
    /// The key set.
    KeySet,
    /// The token that says that a session is over.
    LogoutToken,
    /// What the browser brings back from signing out.
    PostLogout,
    /// What the token endpoint demands of a request.
    TokenRequest,
    /// The JSON of the token endpoint.
    TokenResponse,
    /// The claims of the UserInfo endpoint.
    UserInfo,
    /// What the UserInfo endpoint demands of a request.
    UserInfoRequest,
}

impl Place {
    /// Whether answers of `endpoint` have this part.
    #[must_use]
    pub const fn is_at(self, endpoint: Endpoint) -> bool {
        match self {
            Self::Answer => true,
            Self::Callback => matches!(endpoint, Endpoint::Authorization | Endpoint::Consent),
            Self::Discovery => matches!(endpoint, Endpoint::Discovery),
            Self::Encryption => matches!(
                endpoint,
                Endpoint::Authorization
                    | Endpoint::Consent
                    | Endpoint::EndSession
                    | Endpoint::Token
                    | Endpoint::UserInfo
            ),
            Self::IdToken => {
                matches!(endpoint, Endpoint::Authorization | Endpoint::Consent | Endpoint::Token)
            }
            Self::KeySet => matches!(endpoint, Endpoint::Jwks),
            Self::LogoutToken | Self::PostLogout => matches!(endpoint, Endpoint::EndSession),
            Self::TokenRequest | Self::TokenResponse => matches!(endpoint, Endpoint::Token),
            Self::UserInfo | Self::UserInfoRequest => matches!(endpoint, Endpoint::UserInfo),
        }
    }
}
