//! Signed authorization responses (JARM §2.1, §2.4): the parameters of the callback in a JWT.

use serde_json::Value;
use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;

use crate::algorithm::AllowedAlgorithms;
use crate::backend::Backend;
use crate::claims::Claims;
use crate::header::is_media_type;
use crate::id_token::IdTokenRules;
use crate::jwks::KeySet;
use crate::jws::JwsRules;

/// The parameter `response` of a callback, as it came.
#[derive(Clone, Debug)]
pub struct UnverifiedAuthorizationResponse(CompactToken);

impl UnverifiedAuthorizationResponse {
    /// Takes the parameter `response`.
    #[must_use]
    pub const fn new(token: CompactToken) -> Self {
        Self(token)
    }

    /// Checks the signature, `iss`, `aud` and `exp`, and returns the parameters of the response.
    ///
    /// `algorithms` is the client's `authorization_signed_response_alg`. The state is among the
    /// parameters and still to be compared, as in any callback.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] names the rule.
    pub fn verify(
        &self,
        keys: &KeySet,
        rules: &IdTokenRules,
        algorithms: AllowedAlgorithms,
        backend: &'static dyn Backend,
        now: UnixTime,
    ) -> Result<AuthorizationResponse, InvalidToken> {
        let kind = TokenKind::AuthorizationResponse;
        let jws = JwsRules { kind, algorithms, typ: is_response };
        let (_, parameters) = jws
            .verify_claims(self.0.expose(), keys, backend, |claims, _| check(claims, rules, now))?;
        Ok(AuthorizationResponse { parameters })
    }
}

/// The parameters of a verified response. `Debug` shows their names.
#[derive(Clone)]
pub struct AuthorizationResponse {
    parameters: Vec<(String, String)>,
}

impl AuthorizationResponse {
    /// Names and values, as a callback without a signature would have carried them. `iss` is among
    /// them (RFC 9207 §2.4).
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl std::fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.parameters().map(|(name, _)| name)).finish()
    }
}

fn is_response(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| is_media_type(typ, "JWT") || is_media_type(typ, "oauth-authz-resp+jwt"))
}

fn check(
    claims: &Claims<'_>,
    rules: &IdTokenRules,
    now: UnixTime,
) -> Result<Vec<(String, String)>, TokenFault> {
    rules.issuer(claims)?;
    let audience = claims.audience()?;
    if !audience.iter().any(|one| one == rules.client_id()) {
        return Err(TokenFault::Audience);
    }
    if !audience.iter().all(|one| rules.trusts(one)) {
        return Err(TokenFault::AudienceUntrusted);
    }
    rules.expiry(claims, now)?.ok_or(TokenFault::ExpiryMissing)?;
    rules.beginning(claims, now)?;
    if claims.has("events") {
        return Err(TokenFault::Events);
    }
    let parameters = claims.object().to_json().into_iter();
    parameters
        .filter(|(name, _)| !matches!(name.as_str(), "aud" | "exp" | "iat" | "nbf"))
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(number) => Ok((name, number.to_string())),
            _ => Err(TokenFault::Claims),
        })
        .collect()
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;
    use crate::sign::typ;
    use crate::{backend, test_keys};
    use serde_json::json;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn verify(name: &str, value: Value) -> Result<AuthorizationResponse, TokenFault> {
        verify_typed("JWT", name, value)
    }

    fn verify_typed(
        media_type: &str,
        name: &str,
        value: Value,
    ) -> Result<AuthorizationResponse, TokenFault> {
        let mut claims = json!({
            "iss": "https://op.example.com", "aud": "client-1", "exp": NOW.seconds() + 600,
            "code": "canary-code", "state": "s-1", "expires_in": 3600,
        });
        claims[name] = value;
        let key = test_keys::signing(Algorithm::PS256);
        let token = key.sign(&typ(media_type), claims.to_string().as_bytes()).unwrap();
        let rules = IdTokenRules::new("https://op.example.com", "client-1");
        let algorithms = AllowedAlgorithms::of(&[Algorithm::PS256]);
        UnverifiedAuthorizationResponse::new(token)
            .verify(&test_keys::published(&[&key]), &rules, algorithms, backend::ring(), NOW)
            .map_err(|error| error.fault)
    }

    #[test]
    fn carries_the_parameters_of_a_callback() {
        let response = verify("x", json!("y")).unwrap();
        let mut parameters: Vec<_> = response.parameters().collect();
        parameters.sort_unstable();
        assert_eq!(
            parameters,
            [
                ("code", "canary-code"),
                ("expires_in", "3600"),
                ("iss", "https://op.example.com"),
                ("state", "s-1"),
                ("x", "y"),
            ]
        );
        assert!(!format!("{response:?}").contains("canary"));
    }

    #[test]
    fn refuses_what_is_for_others_too_late_or_no_parameter() {
        let fault = |name, value| verify(name, value).unwrap_err();
        assert_eq!(fault("iss", json!("https://x.example")), TokenFault::Issuer);
        assert_eq!(fault("aud", json!("client-2")), TokenFault::Audience);
        assert_eq!(fault("aud", json!(["client-1", "x"])), TokenFault::AudienceUntrusted);
        assert_eq!(fault("exp", json!(NOW.seconds() - 60)), TokenFault::Expired);
        assert_eq!(fault("exp", json!(null)), TokenFault::Claims);
        assert_eq!(fault("iat", json!(NOW.seconds() + 61)), TokenFault::IssuedAt);
        assert_eq!(fault("nbf", json!(NOW.seconds() + 61)), TokenFault::NotYetValid);
        assert_eq!(fault("events", json!({})), TokenFault::Events);
        for value in [json!(true), json!(["a"]), json!({}), json!(null)] {
            assert_eq!(fault("code", value), TokenFault::Claims);
        }
    }

    #[test]
    fn refuses_other_kinds_of_tokens() {
        for media_type in ["JWT", "oauth-authz-resp+jwt"] {
            assert!(verify_typed(media_type, "x", json!("y")).is_ok(), "{media_type}");
        }
        for media_type in ["at+jwt", "logout+jwt", "secevent+jwt"] {
            let refused = verify_typed(media_type, "x", json!("y")).unwrap_err();
            assert_eq!(refused, TokenFault::Type, "{media_type}");
        }
    }
}
