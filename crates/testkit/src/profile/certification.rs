//! The provider of the OpenID Foundation's certification suite, as a client under test meets it.

use super::{Profile, ScopeAnswer};
use crate::Endpoint;

impl Profile {
    /// A correct provider that is odd in every way that the specifications allow: what the suite's
    /// tests of relying parties share, and start their faults from.
    ///
    /// The issuer ends in a slash. The metadata lists response types in unusual order, and
    /// algorithms that few know. The key set holds two keys of each type, of which one signs, keys of
    /// a curve that few know and keys for encryption; none says its algorithm. JWTs have no `typ`,
    /// tokens no `expires_in`, and refresh tokens are full of punctuation. To be used with
    /// [`Client::odd`](crate::Client::odd).
    pub const CERTIFICATION: Self = Self {
        name: "certification",
        issuer: "https://op.example.com/test/a/tegata/",
        addresses: &[
            (Endpoint::Api, "https://op.example.com/test/a/tegata/api/hello"),
            (Endpoint::Authorization, "https://op.example.com/test/a/tegata/authorize"),
            (Endpoint::CheckSession, "https://op.example.com/test/a/tegata/check_session_iframe"),
            (Endpoint::Claims, "https://op.example.com/test/a/tegata/claims_endpoint"),
            (Endpoint::Consent, "https://op.example.com/test/a/tegata/consent"),
            (Endpoint::EndSession, "https://op.example.com/test/a/tegata/end_session_endpoint"),
            (Endpoint::Jwks, "https://op.example.com/test/a/tegata/jwksQvZkWmXhTr"),
            (Endpoint::Token, "https://op.example.com/test/a/tegata/token"),
            (Endpoint::UserInfo, "https://op.example.com/test/a/tegata/userinfo"),
        ],
        metadata: r#"{
            "response_types_supported": ["code", "id_token code", "token code id_token",
                "id_token", "token id_token", "token code", "token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "id_token_signing_alg_values_supported": ["none", "RS256", "RS384", "RS512", "PS256",
                "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"],
            "id_token_encryption_alg_values_supported": ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256",
                "ECDH-ES", "ECDH-ES+A128KW", "A128KW", "dir"],
            "id_token_encryption_enc_values_supported": ["A128CBC-HS256", "A128GCM", "XC20P"],
            "userinfo_signing_alg_values_supported": ["none", "RS256", "ES256", "ES256K"],
            "request_object_signing_alg_values_supported": ["none", "RS256", "ES256"],
            "acr_values_supported": ["PASSWORD"],
            "subject_types_supported": ["public", "pairwise"],
            "scopes_supported": ["openid", "phone", "profile", "email", "address",
                "offline_access"],
            "claim_types_supported": ["normal", "aggregated", "distributed"],
            "claims_parameter_supported": true
        }"#,
        has_rfc8414_form: false,

        key_algorithms: false,
        other_keys: include_str!("../keys/certification.json"),
        jwt_type: false,
        state_hash: false,

        issuer_parameter: false,
        expires_in: false,
        token_prefixes: ["", "", "refresh_ :%&+/=~"],
        scope_answer: ScopeAnswer::TokenResponse,
        ..Self::OPENID
    };
}
