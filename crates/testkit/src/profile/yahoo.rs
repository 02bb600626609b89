//! Yahoo (`api.login.yahoo.com`): ES256 among weak RSA keys, a revocation endpoint under a name of
//! its own, error names in capitals. No relation of Yahoo! JAPAN.

use std::time::Duration;

use super::{ErrorStyle, Profile, RefreshPolicy, RefreshRule, ScopeAnswer};
use crate::Endpoint;
use crate::keys::SigningAlgorithm;

impl Profile {
    /// As Yahoo does it, where a client can see the difference.
    pub const YAHOO: Self = Self {
        name: "yahoo",
        issuer: "https://api.login.yahoo.com",
        addresses: &[
            (Endpoint::Api, "https://api.login.yahoo.com/api/hello"),
            (Endpoint::Authorization, "https://api.login.yahoo.com/oauth2/request_auth"),
            (Endpoint::Consent, "https://api.login.yahoo.com/consent"),
            (Endpoint::Introspection, "https://api.login.yahoo.com/oauth2/introspect"),
            (Endpoint::Jwks, "https://api.login.yahoo.com/openid/v1/certs"),
            (Endpoint::Revocation, "https://api.login.yahoo.com/oauth2/revoke"),
            (Endpoint::Token, "https://api.login.yahoo.com/oauth2/get_token"),
            (Endpoint::UserInfo, "https://api.login.yahoo.com/openid/v1/userinfo"),
        ],
        metadata: r#"{
            "response_types_supported": ["code", "token", "id_token", "code token",
                "code id_token", "token id_token", "code token id_token"],
            "subject_types_supported": ["public"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "scopes_supported": ["openid", "openid2", "profile", "email"],
            "acr_values_supported": ["AAL1", "AAL2"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic",
                "client_secret_post"],
            "claims_supported": ["aud", "email", "email_verified", "birthdate", "exp",
                "family_name", "given_name", "iat", "iss", "locale", "name", "sub",
                "auth_time"],
            "response_modes_supported": ["query"],
            "display_values_supported": ["page"],
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false
        }"#,
        has_rfc8414_form: false,
        revocation_member: "token_revocation_endpoint",
        issuer_parameter: false,
        state_hash: false,

        signing: SigningAlgorithm::ES256,
        weak_decoy_keys: true,
        token_type: "bearer",
        scope_answer: ScopeAnswer::Nowhere,

        refresh_rule: RefreshRule::Always,
        refresh_policy: RefreshPolicy::Reissue,
        code_lifetime: Duration::from_secs(600),
        id_token_lifetime: Duration::from_secs(3600),

        errors: ErrorStyle::Yahoo,
        realm: "yahooapis.com",
        expired_description: "token_expired",
        ..Self::OPENID
    };
}
