//! Yahoo! JAPAN: `bail`, an audience in an array, escaped slashes, no scope and no second refresh
//! token in any answer, keys as a map of PEM texts too.

use std::time::Duration;

use super::{Decline, ErrorStyle, Profile, RefreshPolicy, RefreshRule, ScopeAnswer};
use crate::Endpoint;
use crate::keys::SigningAlgorithm;

impl Profile {
    /// As Yahoo! JAPAN does it, where a client can see the difference.
    pub const YAHOO_JAPAN: Self = Self {
        name: "yahoo-japan",
        issuer: "https://auth.login.yahoo.co.jp/yconnect/v2",
        addresses: &[
            (Endpoint::Api, "https://api.yahooapis.jp/api/hello"),
            (Endpoint::Authorization, "https://auth.login.yahoo.co.jp/yconnect/v2/authorization"),
            (Endpoint::Consent, "https://auth.login.yahoo.co.jp/consent"),
            (Endpoint::Jwks, "https://auth.login.yahoo.co.jp/yconnect/v2/jwks"),
            (Endpoint::PublicKeys, "https://auth.login.yahoo.co.jp/yconnect/v2/public-keys"),
            (Endpoint::Token, "https://auth.login.yahoo.co.jp/yconnect/v2/token"),
            (Endpoint::UserInfo, "https://userinfo.yahooapis.jp/yconnect/v2/attribute"),
        ],
        metadata: r#"{
            "response_types_supported": ["code", "token", "id_token", "code token",
                "code id_token", "token id_token", "code token id_token"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "email", "profile", "address"],
            "token_endpoint_auth_methods_supported": ["client_secret_post",
                "client_secret_basic"],
            "claims_supported": ["sub", "name", "given_name", "family_name", "email",
                "email_verified", "gender", "birthdate", "zoneinfo", "locale", "address", "iss",
                "aud", "exp", "iat", "nickname", "picture"],
            "display_values_supported": ["page", "popup", "touch"]
        }"#,
        has_rfc8414_form: false,
        issuer_parameter: false,
        state_hash: false,

        signing: SigningAlgorithm::RS256,
        escaped_slashes: true,
        audience_array: true,
        id_token_on_refresh: false,
        user_claims: r#"{
            "given_name#ja-Kana-JP": "ハナコ",
            "given_name#ja-Hani-JP": "花子",
            "family_name#ja-Kana-JP": "ヤマダ",
            "family_name#ja-Hani-JP": "山田",
            "zoneinfo": "Asia/Tokyo",
            "birthdate": "1985"
        }"#,

        scope_answer: ScopeAnswer::Nowhere,
        refuses_duplicate_scope: true,

        refresh_rule: RefreshRule::Always,
        refresh_policy: RefreshPolicy::Keep,
        code_lifetime: Duration::from_secs(600),
        id_token_lifetime: Duration::from_secs(28 * 24 * 3600),
        refresh_token_lifetime: Some(Duration::from_secs(28 * 24 * 3600)),

        decline: Decline::Bail,
        token_in_query: true,
        errors: ErrorStyle::YahooJapan,
        realm: "yahooapis.jp",
        expired_description: "expired token",
        ..Self::OPENID
    };
}
