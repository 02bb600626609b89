//! Google: `access_type=offline`, scopes that come back longer, keys as certificates too.

use std::time::Duration;

use super::{
    Decline, DeviceStyle, ErrorStyle, Profile, RefreshPolicy, RefreshRule, ScopeAnswer,
    UnknownRevocation,
};
use crate::Endpoint;
use crate::keys::SigningAlgorithm;

impl Profile {
    /// As Google does it, where a client can see the difference.
    pub const GOOGLE: Self = Self {
        name: "google",
        issuer: "https://accounts.google.com",
        addresses: &[
            (Endpoint::Api, "https://www.googleapis.com/api/hello"),
            (Endpoint::Authorization, "https://accounts.google.com/o/oauth2/v2/auth"),
            (Endpoint::Certificates, "https://www.googleapis.com/oauth2/v1/certs"),
            (Endpoint::Consent, "https://accounts.google.com/consent"),
            (Endpoint::DeviceAuthorization, "https://oauth2.googleapis.com/device/code"),
            (Endpoint::DeviceVerification, "https://www.google.com/device"),
            (
                Endpoint::EventConfiguration,
                "https://accounts.google.com/.well-known/risc-configuration",
            ),
            (Endpoint::EventStream, "https://risc.googleapis.com/v1beta/stream"),
            (Endpoint::EventStream, "https://risc.googleapis.com/v1beta/stream:update"),
            (Endpoint::EventStream, "https://risc.googleapis.com/v1beta/stream:verify"),
            (Endpoint::EventStream, "https://risc.googleapis.com/v1beta/stream/status"),
            (Endpoint::EventStream, "https://risc.googleapis.com/v1beta/stream/status:update"),
            (Endpoint::Jwks, "https://www.googleapis.com/oauth2/v3/certs"),
            (Endpoint::Revocation, "https://oauth2.googleapis.com/revoke"),
            (Endpoint::Token, "https://oauth2.googleapis.com/token"),
            (Endpoint::UserInfo, "https://openidconnect.googleapis.com/v1/userinfo"),
        ],
        metadata: r#"{
            "response_types_supported": ["code", "token", "id_token", "code token",
                "code id_token", "token id_token", "code token id_token", "none"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post",
                "client_secret_basic"],
            "claims_supported": ["aud", "email", "email_verified", "exp", "family_name",
                "given_name", "iat", "iss", "name", "picture", "sub"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "grant_types_supported": ["authorization_code", "refresh_token",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:jwt-bearer"]
        }"#,
        has_rfc8414_form: true,
        claims_in_id_token: true,

        token_prefixes: ["4/0", "ya29.", "1//0"],
        scope_answer: ScopeAnswer::Everywhere,
        scope_spellings: &[
            ("email", "https://www.googleapis.com/auth/userinfo.email"),
            ("profile", "https://www.googleapis.com/auth/userinfo.profile"),
        ],
        issuer_parameter: false,
        state_hash: false,
        incremental_consent: true,

        refresh_rule: RefreshRule::AccessTypeOffline,
        refresh_policy: RefreshPolicy::Keep,
        code_lifetime: Duration::from_secs(600),
        access_token_lifetime: Duration::from_secs(3599),
        id_token_lifetime: Duration::from_secs(3600),

        device_style: DeviceStyle::Google,
        device_lifetime: Duration::from_secs(1800),
        device_scopes: &[
            "openid",
            "email",
            "profile",
            "https://www.googleapis.com/auth/drive.appdata",
            "https://www.googleapis.com/auth/drive.file",
            "https://www.googleapis.com/auth/youtube",
            "https://www.googleapis.com/auth/youtube.readonly",
        ],

        decline: Decline::AccessDenied,
        unknown_revocation: UnknownRevocation::InvalidToken,
        revocation_authenticates: false,
        errors: ErrorStyle::Standard,
        signing: SigningAlgorithm::RS256,
        realm: "https://accounts.google.com/",
        expired_description: "Invalid Credentials",
        ..Self::OPENID
    };
}
