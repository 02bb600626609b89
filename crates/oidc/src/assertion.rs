//! Assertions: short JWTs that one of our keys signs (RFC 7523 §3), as a grant or as a bearer token.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::secret::{AccessToken, CompactToken};
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_core::tolerance::Tolerance;
use tegata_core::url::EndpointUrl;
use tegata_jose::sign::{SigningKey, typ};

/// How long an assertion lives: as long as Google allows, an hour.
pub const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A JWT that is signed when it is needed, never before: it is good for an hour.
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use tegata_core::secret::ClientSecret;
/// use tegata_core::time::UnixTime;
/// use tegata_jose::{algorithm::Algorithm, backend, sign::SigningKey};
/// use tegata_oidc::assertion::Assertion;
///
/// let secret = ClientSecret::new("a secret of at least thirty-two bytes");
/// let key = SigningKey::from_client_secret(Algorithm::HS256, &secret, backend::ring())?;
/// let assertion = Assertion::new(key, "me@example.com", "https://op.example.com/token")
///     .with_subject("somebody@example.com")
///     .with_claim("scope", "files.read");
/// let token = assertion.sign(UnixTime::from_seconds(1_700_000_000))?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Assertion {
    key: SigningKey,
    claims: Map<String, Value>,
}

impl Assertion {
    /// `issuer` says it, `audience` is to hear it (RFC 7523 §3 (1), (3)).
    #[must_use]
    pub fn new(key: SigningKey, issuer: &str, audience: &str) -> Self {
        let claims = [("iss", issuer), ("aud", audience)];
        let claims = claims.into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
        Self { key, claims: claims.collect() }
    }

    /// Whom it is about (RFC 7523 §3 (2)).
    #[must_use]
    pub fn with_subject(self, subject: &str) -> Self {
        self.with_claim("sub", subject)
    }

    /// Any other claim.
    #[must_use]
    pub fn with_claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// The signed JWT, good for [`LIFETIME`] from `now`.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`] when the crypto library cannot sign with the key.
    pub fn sign(&self, now: UnixTime) -> Result<CompactToken, Error> {
        let mut claims = self.claims.clone();
        claims.insert("iat".to_owned(), json!(now.seconds()));
        claims.insert("exp".to_owned(), json!(now.plus(LIFETIME).seconds()));
        let payload = Value::Object(claims).to_string();
        self.key.sign(&typ("JWT"), payload.as_bytes()).map_err(|fault| {
            ApiMisuse::Configuration { what: "the signing key", fault: fault.to_string() }.into()
        })
    }

    /// The signed JWT itself as an access token, for APIs that take one so.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign).
    pub fn as_access_token(&self, now: UnixTime) -> Result<AccessToken, Error> {
        Ok(AccessToken::new(self.sign(now)?.expose()))
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The flow that exchanges an assertion for an access token (RFC 7523 §2.1). No refresh token comes:
/// the next access token takes the next assertion.
#[derive(Debug)]
pub struct JwtBearer {
    url: EndpointUrl,
    assertion: Assertion,
    tolerance: Tolerance,
    sent_at: Option<UnixTime>,
}

impl JwtBearer {
    /// Asks the token endpoint at `url`, with no client authentication beside the assertion.
    #[must_use]
    pub const fn new(url: EndpointUrl, assertion: Assertion, tolerance: Tolerance) -> Self {
        Self { url, assertion, tolerance, sent_at: None }
    }
}

impl Flow for JwtBearer {
    type Output = TokenSet;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        match (self.sent_at, input) {
            (None, Input::Start) => {
                self.sent_at = Some(now);
                let assertion = self.assertion.sign(now)?;
                Ok(Step::Send(token::jwt_bearer(None, &self.url, &assertion, None)))
            }
            (Some(sent_at), Input::Response(response)) => {
                token::read(&response, &self.tolerance, sent_at).map(Step::Done)
            }
            (Some(_), Input::Unreachable(error)) => Err(error),
            _ => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use tegata_core::secret::ClientSecret;
    use tegata_jose::algorithm::Algorithm;
    use tegata_jose::{backend, base64url};

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn assertion() -> Assertion {
        let secret = ClientSecret::new("a secret of at least thirty-two bytes");
        let key = SigningKey::from_client_secret(Algorithm::HS256, &secret, backend::ring());
        let key = key.unwrap().with_key_id("k1");
        Assertion::new(key, "me", "https://op.example.com/token").with_claim("scope", "a b")
    }

    #[test]
    fn is_signed_anew_and_good_for_an_hour() {
        let token = assertion().sign(NOW).unwrap();
        let mut parts = token.expose().split('.').map(|part| base64url::decode(part).unwrap());
        let header: Value = serde_json::from_slice(&parts.next().unwrap()).unwrap();
        assert_eq!(header, json!({ "alg": "HS256", "kid": "k1", "typ": "JWT" }));
        let claims: Value = serde_json::from_slice(&parts.next().unwrap()).unwrap();
        assert_eq!(
            claims,
            json!({
                "iss": "me", "aud": "https://op.example.com/token", "scope": "a b",
                "iat": 1_700_000_000, "exp": 1_700_003_600,
            })
        );
    }

    #[test]
    fn one_request_brings_an_access_token() {
        let url = EndpointUrl::new("https://op.example.com/token").unwrap();
        let mut flow = JwtBearer::new(url, assertion(), Tolerance::NONE);
        let Step::Send(request) = flow.advance(Input::Start, NOW).unwrap() else { panic!("sent") };
        let body = String::from_utf8(request.into_body()).unwrap();
        assert!(
            body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
        );
        let response = http::Response::builder().header("content-type", "application/json");
        let answer = br#"{"access_token":"a","token_type":"Bearer","expires_in":3599}"#;
        let response = response.body(answer.to_vec()).unwrap();
        let step = flow.advance(Input::Response(response), NOW).unwrap();
        assert!(matches!(step, Step::Done(tokens) if tokens.access_token().expose() == "a"));
    }
}
