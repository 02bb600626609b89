//! Claims that another party makes about the user (OpenID Connect Core §5.6.2).
//!
//! They come along in a JWT of that party (aggregated), or are to be fetched from it (distributed).
//! Either way the provider does not answer for them: whose word they are, their signature says. That
//! they are about this user is the provider's word, and so is which of them the other party is asked
//! for: what else it says, of `iss` and `sub` above all, is left out.
//!
//! ```text
//!   UserInfo ─▶ ClaimSource ─┬─ Aggregated ──────────────────────────▶ ForeignClaims ─▶ verify
//!                            └─ Distributed ─▶ FetchClaims: Sent ─────────▲
//! ```

use serde_json::{Map, Value};
use tegata_core::bearer;
use tegata_core::error::{
    ApiMisuse, Error, Fault, InvalidToken, Misbehaviour, TokenFault, TokenKind,
};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{Endpoint, HttpResponse, get, is_media_type};
use tegata_core::json::Object;
use tegata_core::secret::{AccessToken, CompactToken};
use tegata_core::time::UnixTime;
use tegata_core::url::EndpointUrl;
use tegata_jose::algorithm::AllowedAlgorithms;
use tegata_jose::backend::Backend;
use tegata_jose::base64url;
use tegata_jose::jwks::KeySet;
use tegata_jose::jws::UnverifiedJws;

/// Where a claim is that the provider does not make itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClaimSource {
    /// Here, in a JWT of the party that makes it.
    Aggregated(ForeignClaims),
    /// There: [`ClaimSource::fetch`].
    #[non_exhaustive]
    Distributed {
        /// The address of the other party.
        endpoint: EndpointUrl,
        /// What it takes to read there, when the provider gave it. Nothing else is sent there.
        access_token: Option<AccessToken>,
        /// The claims that the provider says are there. No other is taken from there.
        claims: Vec<String>,
    },
}

impl ClaimSource {
    /// Where `claims`, of UserInfo or of an ID token, say that `claim` is; `None`: nowhere else.
    ///
    /// ```
    /// use serde_json::json;
    /// use tegata_oidc::claim_sources::ClaimSource;
    ///
    /// let claims = json!({
    ///     "sub": "alice",
    ///     "_claim_names": { "credit_score": "agency" },
    ///     "_claim_sources": { "agency": { "endpoint": "https://agency.example.com/claims" } },
    /// });
    /// let claims = claims.as_object().unwrap();
    /// let source = ClaimSource::of(claims, "credit_score")?.unwrap();
    /// assert!(matches!(source, ClaimSource::Distributed { access_token: None, .. }));
    /// assert!(ClaimSource::of(claims, "address")?.is_none());
    /// # Ok::<(), tegata_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Fault::ParameterValue`] when the source of the claim is not described, and
    /// [`Fault::Url`] when its address is unusable.
    pub fn of(claims: &Map<String, Value>, claim: &str) -> Result<Option<Self>, Error> {
        let refuse = |fault| Error::from(Misbehaviour::new(Endpoint::UserInfo, fault));
        let Some(name) = claims.get("_claim_names").and_then(|names| names.get(claim)) else {
            return Ok(None);
        };
        let sources = claims.get("_claim_sources");
        let source = name.as_str().and_then(|name| sources?.get(name)).and_then(Value::as_object);
        let claims = of_source(claims, name);
        let undescribed = || refuse(Fault::ParameterValue { name: "_claim_sources" });
        let source = source.ok_or_else(undescribed)?;
        let text = |name| source.get(name).and_then(Value::as_str);
        if let Some(token) = text("JWT") {
            return Ok(Some(Self::Aggregated(ForeignClaims::new(token, claims))));
        }
        let endpoint = EndpointUrl::new(text("endpoint").ok_or_else(undescribed)?);
        let endpoint = endpoint
            .map_err(|fault| refuse(Fault::Url { member: "_claim_sources".to_owned(), fault }))?;
        let access_token = text("access_token").map(AccessToken::new);
        Ok(Some(Self::Distributed { endpoint, access_token, claims }))
    }

    /// The claims: at once when they came along, else with one request.
    #[must_use]
    pub fn fetch(self) -> FetchClaims {
        FetchClaims { source: self, sent: false }
    }
}

/// Which claims the provider says that a source has. About the token and the user as such no other
/// party is asked.
fn of_source(claims: &Map<String, Value>, source: &Value) -> Vec<String> {
    let names = claims.get("_claim_names").and_then(Value::as_object).into_iter().flatten();
    names
        .filter(|(claim, at)| *at == source && !OWN.contains(&claim.as_str()))
        .map(|(claim, _)| claim.clone())
        .collect()
}

/// What only the provider says: who speaks, to whom, when, and about whom.
const OWN: [&str; 9] =
    ["_claim_names", "_claim_sources", "aud", "exp", "iat", "iss", "jti", "nbf", "sub"];

/// Claims in a JWT of another party than the provider. There is nothing to read in it before it is
/// verified.
#[derive(Clone, Debug)]
pub struct ForeignClaims {
    token: CompactToken,
    claims: Vec<String>,
}

impl ForeignClaims {
    fn new(token: &str, claims: Vec<String>) -> Self {
        Self { token: CompactToken::new(token), claims }
    }

    /// Checks that `issuer`, whose keys these are, made the claims, and that they are not over.
    /// Returns those that the provider says are there, and no others.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] names the rule.
    pub fn verify(
        &self,
        issuer: &str,
        keys: &KeySet,
        algorithms: AllowedAlgorithms,
        backend: &'static dyn Backend,
        now: UnixTime,
    ) -> Result<Map<String, Value>, Error> {
        let verified = UnverifiedJws::new(self.token.clone()).verify(keys, algorithms, backend)?;
        let claims = read(verified.payload())?;
        if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
            return Err(refuse(TokenFault::Issuer));
        }
        match claims.get("exp").map(Value::as_i64) {
            Some(None) => Err(refuse(TokenFault::Claims)),
            Some(Some(expiry)) if UnixTime::from_seconds(expiry) <= now => {
                Err(refuse(TokenFault::Expired))
            }
            _ => Ok(self.asked_for(claims)),
        }
    }

    /// The claims without a look at the signature, for parties that do not sign.
    ///
    /// Dangerous: they are as good as the provider's word that it had them from somebody.
    ///
    /// # Errors
    ///
    /// [`TokenFault::Structure`] or [`TokenFault::Claims`] when there is nothing to read.
    pub fn dangerous_unverified(&self) -> Result<Map<String, Value>, Error> {
        let payload = self.token.expose().split('.').nth(1).unwrap_or_default();
        let claims = base64url::decode(payload).map_err(|_| refuse(TokenFault::Structure))?;
        Ok(self.asked_for(read(&claims)?))
    }

    /// The JWT as it came.
    #[must_use]
    pub const fn raw(&self) -> &CompactToken {
        &self.token
    }

    fn asked_for(&self, mut claims: Map<String, Value>) -> Map<String, Value> {
        claims.retain(|name, _| self.claims.contains(name));
        claims
    }
}

/// The flow that fetches distributed claims. Aggregated ones cost no request.
#[derive(Debug)]
pub struct FetchClaims {
    source: ClaimSource,
    sent: bool,
}

impl Flow for FetchClaims {
    type Output = ForeignClaims;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<ForeignClaims>, Error> {
        match (&self.source, input) {
            (ClaimSource::Aggregated(claims), Input::Start) => Ok(Step::Done(claims.clone())),
            (ClaimSource::Distributed { endpoint, access_token, .. }, Input::Start)
                if !self.sent =>
            {
                let mut request = get(Endpoint::ProtectedResource, endpoint);
                if let Some(token) = access_token {
                    bearer::authorize(&mut request, token)?;
                }
                self.sent = true;
                Ok(Step::Send(request))
            }
            (ClaimSource::Distributed { claims, .. }, Input::Response(response)) if self.sent => {
                read_response(response, claims, now).map(Step::Done)
            }
            (_, Input::Unreachable(error)) if self.sent => Err(error),
            _ => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

fn read_response(
    response: HttpResponse,
    claims: &[String],
    now: UnixTime,
) -> Result<ForeignClaims, Error> {
    let endpoint = Endpoint::ProtectedResource;
    if response.status() != 200 {
        return Err(bearer::refusal(endpoint, &response, now).into());
    }
    if !is_media_type(response.headers(), "application/jwt") {
        return Err(Misbehaviour::new(endpoint, Fault::ContentType).with_status(200).into());
    }
    let token = String::from_utf8(response.into_body());
    let token = token.map_err(|_| refuse(TokenFault::Structure))?;
    Ok(ForeignClaims::new(token.trim(), claims.to_vec()))
}

fn read(payload: &[u8]) -> Result<Map<String, Value>, Error> {
    let claims = Object::parse(payload).map_err(|_| refuse(TokenFault::Claims))?;
    Ok(claims.to_json())
}

fn refuse(fault: TokenFault) -> Error {
    InvalidToken::new(TokenKind::Jws, fault).into()
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use serde_json::json;
    use tegata_core::secret::ClientSecret;
    use tegata_jose::algorithm::Algorithm;
    use tegata_jose::backend;

    use super::*;

    const SECRET: &str = "a-secret-of-at-least-32-characters";

    fn source(source: &Value) -> Result<Option<ClaimSource>, Error> {
        let claims = json!({ "_claim_names": { "age": "a" }, "_claim_sources": { "a": source } });
        ClaimSource::of(claims.as_object().unwrap(), "age")
    }

    /// Signed with the secret, as an HMAC needs no key to be made.
    fn foreign(claims: &Value) -> ForeignClaims {
        let encode = |text: &str| base64url::encode(text.as_bytes());
        let message = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(&claims.to_string()));
        let hash = Algorithm::HS256.hash();
        let mac = backend::ring().hmac(hash, SECRET.as_bytes(), message.as_bytes());
        let token = format!("{message}.{}", base64url::encode(mac.as_bytes()));
        ForeignClaims::new(&token, vec!["age".to_owned()])
    }

    fn verify(claims: &ForeignClaims) -> Result<Map<String, Value>, TokenFault> {
        let keys = KeySet::from_client_secret(&ClientSecret::new(SECRET));
        let algorithms = AllowedAlgorithms::of(&[Algorithm::HS256]);
        let now = UnixTime::from_seconds(1000);
        match claims.verify("https://agency.example", &keys, algorithms, backend::ring(), now) {
            Ok(claims) => Ok(claims),
            Err(Error::InvalidToken(error)) => Err(error.fault),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_source_that_says_nothing_is_refused_and_no_source_is_none() {
        assert!(ClaimSource::of(&Map::new(), "age").unwrap().is_none());
        for broken in [json!({}), json!("text"), json!({ "JWT": 1 }), json!(null)] {
            assert!(source(&broken).is_err(), "{broken}");
        }
        let Err(Error::Misbehaved(error)) = source(&json!({ "endpoint": "http://agency.example" }))
        else {
            panic!("plain http is no endpoint");
        };
        assert!(matches!(error.fault, Fault::Url { .. }));
    }

    #[test]
    fn what_came_along_costs_no_request() {
        let token = foreign(&json!({ "iss": "https://agency.example", "age": 30 }));
        let source = source(&json!({ "JWT": token.raw().expose() })).unwrap().unwrap();
        let step = source.fetch().advance(Input::Start, UnixTime::from_seconds(0)).unwrap();
        let Step::Done(claims) = step else { panic!("it came along") };
        assert_eq!(verify(&claims).unwrap()["age"], 30);
    }

    #[test]
    fn the_other_party_answers_for_its_claims() {
        let good = json!({ "iss": "https://agency.example", "age": 30, "exp": 1001 });
        assert_eq!(verify(&foreign(&good)).unwrap()["age"], 30);
        let table = [
            (json!({ "age": 30 }), TokenFault::Issuer),
            (json!({ "iss": "https://op.example.com", "age": 30 }), TokenFault::Issuer),
            (json!({ "iss": "https://agency.example", "exp": 1000 }), TokenFault::Expired),
            (json!({ "iss": "https://agency.example", "exp": "later" }), TokenFault::Claims),
        ];
        for (claims, rule) in table {
            assert_eq!(verify(&foreign(&claims)), Err(rule), "{claims}");
        }
        let changed =
            foreign(&good).raw().expose().replace("eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJub25lIn0");
        let unsigned = ForeignClaims::new(&changed, vec!["age".to_owned()]);
        assert_eq!(verify(&unsigned), Err(TokenFault::AlgorithmNotAllowed));
        assert_eq!(unsigned.dangerous_unverified().unwrap()["age"], 30);
    }

    #[test]
    fn another_party_is_heard_for_what_the_provider_says_it_knows_and_for_nothing_else() {
        let said = json!({
            "iss": "https://agency.example", "sub": "mallory", "aud": "x", "age": 30,
            "email": "admin@app.example", "email_verified": true,
        });
        let token = foreign(&said).raw().expose().to_owned();
        let claims = json!({
            "sub": "alice",
            "_claim_names": { "age": "a", "sub": "a", "email": "b" },
            "_claim_sources": { "a": { "JWT": token }, "b": { "JWT": "h.p.s" } },
        });
        let source = ClaimSource::of(claims.as_object().unwrap(), "age").unwrap().unwrap();
        let ClaimSource::Aggregated(foreign) = source else { panic!("it came along") };
        let age = json!({ "age": 30 });
        assert_eq!(Value::Object(verify(&foreign).unwrap()), age);
        assert_eq!(Value::Object(foreign.dangerous_unverified().unwrap()), age);
    }

    #[test]
    fn the_token_for_the_other_party_goes_there_and_the_answer_is_a_jwt() {
        let endpoint = json!({ "endpoint": "https://agency.example/c", "access_token": "t0k3n" });
        let now = UnixTime::from_seconds(0);
        let answer = |content_type: &str, status: u16| {
            let mut flow = source(&endpoint).unwrap().unwrap().fetch();
            let Step::Send(request) = flow.advance(Input::Start, now).unwrap() else {
                panic!("it has to be fetched");
            };
            assert_eq!(request.uri(), "https://agency.example/c");
            assert_eq!(request.headers()["authorization"], "Bearer t0k3n");
            let token = foreign(&json!({ "age": 30 })).raw().expose().as_bytes().to_vec();
            let response = http::Response::builder().status(status);
            let response = response.header("content-type", content_type).body(token).unwrap();
            flow.advance(Input::Response(response), now)
        };
        let Ok(Step::Done(claims)) = answer("application/jwt", 200) else { panic!("it is good") };
        assert_eq!(claims.dangerous_unverified().unwrap()["age"], 30);
        assert!(matches!(answer("text/html", 200), Err(Error::Misbehaved(_))));
        assert!(matches!(answer("application/jwt", 401), Err(Error::Refused(_))));
    }

    #[test]
    fn an_answer_is_taken_once_and_only_when_it_was_asked_for() {
        let endpoint = json!({ "endpoint": "https://agency.example/c" });
        let mut flow = source(&endpoint).unwrap().unwrap().fetch();
        let now = UnixTime::from_seconds(0);
        let misused = |step: Result<Step<ForeignClaims>, Error>| {
            matches!(step, Err(Error::ApiMisuse(ApiMisuse::WrongInput)))
        };
        assert!(misused(flow.advance(Input::Response(HttpResponse::new(Vec::new())), now)));
        assert!(misused(flow.advance(Input::Unreachable(refuse(TokenFault::Claims)), now)));
        assert!(matches!(flow.advance(Input::Start, now), Ok(Step::Send(_))));
        assert!(misused(flow.advance(Input::Start, now)));
        let silence = flow.advance(Input::Unreachable(refuse(TokenFault::Claims)), now);
        assert!(matches!(silence, Err(Error::InvalidToken(_))), "what went wrong is passed on");
    }
}
