//! A provider that keeps every rule of OpenID Connect Core, RFC 9207 and RFC 9700.

use std::time::Duration;

use super::{
    Decline, DeviceStyle, ErrorStyle, Profile, RefreshPolicy, RefreshRule, ScopeAnswer,
    UnknownRevocation,
};
use crate::Endpoint;
use crate::keys::SigningAlgorithm;

impl Profile {
    /// The specifications and nothing else: what the other profiles depart from.
    pub const OPENID: Self = Self {
        name: "openid",
        issuer: "https://op.example.com",
        addresses: &[
            (Endpoint::Api, "https://op.example.com/api/hello"),
            (Endpoint::Authorization, "https://op.example.com/authorize"),
            (Endpoint::CheckSession, "https://op.example.com/session"),
            (Endpoint::Claims, "https://op.example.com/claims"),
            (Endpoint::Consent, "https://op.example.com/consent"),
            (Endpoint::DeviceAuthorization, "https://op.example.com/device_authorization"),
            (Endpoint::DeviceVerification, "https://op.example.com/device"),
            (Endpoint::EndSession, "https://op.example.com/logout"),
            (Endpoint::Introspection, "https://op.example.com/introspect"),
            (Endpoint::Jwks, "https://op.example.com/jwks"),
            (Endpoint::Revocation, "https://op.example.com/revoke"),
            (Endpoint::Token, "https://op.example.com/token"),
            (Endpoint::UserInfo, "https://op.example.com/userinfo"),
        ],
        metadata: r#"{
            "response_types_supported": ["code", "id_token", "code id_token", "code token",
                "code id_token token", "id_token token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "grant_types_supported": ["authorization_code", "implicit", "refresh_token",
                "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile", "email", "address", "phone",
                "offline_access"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic",
                "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "claims_supported": ["sub", "iss", "auth_time", "name", "given_name", "family_name",
                "preferred_username", "email", "email_verified", "picture", "locale",
                "phone_number", "address"]
        }"#,
        has_rfc8414_form: true,
        revocation_member: "revocation_endpoint",

        signing: SigningAlgorithm::RS256,
        key_algorithms: true,
        other_keys: "[]",
        weak_decoy_keys: false,
        jwt_type: true,
        escaped_slashes: false,
        audience_array: false,
        claims_in_id_token: false,
        id_token_on_refresh: true,
        user_claims: "{}",
        signed_userinfo: false,
        state_hash: true,

        issuer_parameter: true,
        token_prefixes: ["", "", ""],
        expires_in: true,
        token_type: "Bearer",
        scope_answer: ScopeAnswer::TokenResponse,
        scope_spellings: &[],
        refuses_duplicate_scope: false,
        incremental_consent: false,

        refresh_rule: RefreshRule::OfflineAccess,
        refresh_policy: RefreshPolicy::Keep,
        code_lifetime: Duration::from_secs(60),
        access_token_lifetime: Duration::from_secs(3600),
        id_token_lifetime: Duration::from_secs(300),
        refresh_token_lifetime: None,

        device_style: DeviceStyle::Standard,
        device_interval: Duration::from_secs(5),
        device_lifetime: Duration::from_secs(900),
        device_scopes: &[],

        decline: Decline::AccessDenied,
        unknown_revocation: UnknownRevocation::Accepted,
        revocation_authenticates: true,
        token_in_query: false,
        errors: ErrorStyle::Standard,
        realm: "op.example.com",
        expired_description: "the access token expired",
    };
}
