//! Whole flows, fed with answers of every kind.
//!
//! A line of the input is one answer: a letter for its kind, then what is in it. So a seed can be
//! written by hand, and the fuzzer can splice answers.

use http::header::CONTENT_TYPE;
use tegata_core::authorize::Callback;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::error::{Error, TransportError, TransportFault};
use tegata_core::flow::{self, Flow, Step};
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::secret::ClientSecret;
use tegata_core::time::UnixTime;
use tegata_core::url::Issuer;
use tegata_jose::base64url;
use tegata_oidc::profile::Profile;
use tegata_oidc::sign_in::SignInRequest;
use tegata_oidc::{Config, RelyingParty};
use tegata_testkit::signature::{dangerous_fuzzing_backend, fake_token};

use crate::input::{Input, Ones};
use crate::tokens::JWKS;

pub(crate) const ISSUER: &str = "https://op.example.com";
const SECRET: &str = "canary-client-secret";
pub(crate) const NOW: i64 = 1_700_000_000;

/// More than any flow needs: metadata, keys, tokens, keys again.
const MOST_REQUESTS: usize = 6;

/// Claims come out only when the ID token was signed by a key of the issuer and is for this sign-in.
pub fn sign_in_flow(data: &[u8]) {
    let mut input = Input::new(data);
    let party = RelyingParty::with_backend(config(), dangerous_fuzzing_backend());
    let mut start = party.start(request(), &Ones).expect("a request");
    let begun = drive(&mut start, |_| Some(discovery())).expect("an honest discovery");
    let (url, pending) = begun.expect("no answer was left out");
    let sent = |name: &str| {
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned()).expect("a parameter")
    };
    let (state, nonce) = (sent("state"), sent("nonce"));

    let callback = match input.line() {
        b"" => format!("code=canary-code&state={state}"),
        line => String::from_utf8_lossy(line).replace("STATE", &state),
    };
    let Ok(callback) = Callback::from_query(&callback) else { return };
    let mut believed = false;
    let mut finish = party.finish(pending, callback);
    let outcome = drive(&mut finish, |request| {
        let exposes = |text: &str| text.contains("canary-");
        assert!(!exposes(&request.uri().to_string()), "a secret in a URL");
        if input.is_empty() {
            return None;
        }
        let (answer, signed) = answer(input.line(), &nonce);
        believed |= signed;
        answer
    });
    match outcome {
        Ok(Some(signed_in)) => {
            assert!(believed, "claims without a signature");
            let token = signed_in.claims();
            assert_eq!(token.issuer(), ISSUER);
            assert!(token.audience().any(|audience| audience == "client"));
            assert!(!format!("{signed_in:?}").contains("canary-"));
        }
        Ok(None) => {}
        Err(error) => {
            let shown = format!("{error:?} {error} {:?}", error.remedy());
            assert!(!shown.contains("canary-"), "a secret in: {shown}");
        }
    }
}

/// Metadata comes out only when it speaks for the issuer.
pub fn discovery_flow(data: &[u8]) {
    let mut input = Input::new(data);
    let party = RelyingParty::with_backend(config(), dangerous_fuzzing_backend());
    let outcome = drive(&mut party.metadata(), |_| {
        if input.is_empty() { None } else { answer(input.line(), "").0 }
    });
    if let Ok(Some(metadata)) = outcome {
        assert_eq!(metadata.issuer().as_str(), ISSUER);
    }
}

/// Steps the flow to its end, or to where the input ends (`None`).
pub(crate) fn drive<F: Flow>(
    flow: &mut F,
    mut answer: impl FnMut(&HttpRequest) -> Option<HttpResponse>,
) -> Result<Option<F::Output>, Error> {
    let now = UnixTime::from_seconds(NOW);
    let mut input = flow::Input::Start;
    for _ in 0..=MOST_REQUESTS {
        input = match flow.advance(input, now)? {
            Step::Done(output) => return Ok(Some(output)),
            Step::Wait(_) => flow::Input::Woken,
            Step::Send(request) => match answer(&request) {
                None => return Ok(None),
                // 999 stands for no answer at all.
                Some(response) if response.status() == 999 => {
                    let endpoint = request.extensions().get::<Endpoint>().copied();
                    let endpoint = endpoint.expect("every request names its endpoint");
                    let error = TransportError::new(endpoint, TransportFault::Timeout);
                    flow::Input::Unreachable(error.into())
                }
                Some(response) => flow::Input::Response(response),
            },
        };
    }
    panic!("more than {MOST_REQUESTS} requests");
}

/// One answer, and whether it holds a token with the issuer's signature.
pub(crate) fn answer(line: &[u8], nonce: &str) -> (Option<HttpResponse>, bool) {
    let (kind, rest) = line.split_first().map_or((0, line), |(kind, rest)| (*kind, rest));
    let json = |body: &[u8]| Some(response(200, "application/json", body));
    match kind {
        b'd' => (Some(discovery()), false),
        b'k' => (json(JWKS.as_bytes()), false),
        b'u' => (Some(response(999, "text/plain", b"")), false),
        // Tokens with an ID token of these claims.
        b't' => {
            let claims = String::from_utf8_lossy(rest).replace("NONCE", nonce);
            let token = fake_token(r#"{"alg":"RS256"}"#, claims);
            let body = serde_json::json!({
                "access_token": "canary-access-token",
                "token_type": "Bearer",
                "refresh_token": "canary-refresh-token",
                "id_token": token,
            });
            (json(body.to_string().as_bytes()), true)
        }
        // The same with a signature that nobody made.
        b'f' => {
            let claims = String::from_utf8_lossy(rest).replace("NONCE", nonce);
            let token = forged(claims.as_bytes());
            let body = serde_json::json!({
                "access_token": "canary-access-token", "token_type": "Bearer", "id_token": token,
            });
            (json(body.to_string().as_bytes()), false)
        }
        // The claims themselves as a JWT, signed and not.
        b'j' => (jwt(&fake_token(r#"{"alg":"RS256"}"#, rest)), true),
        b'x' => (jwt(&forged(rest)), false),
        b'e' => (Some(response(400, "application/json", rest)), false),
        b's' => {
            let status = 200 + u16::from(rest.first().copied().unwrap_or_default()) * 2;
            (Some(response(status, "text/html", rest)), false)
        }
        // An arbitrary body can hold the fake signature too.
        _ => (json(rest), true),
    }
}

fn forged(claims: &[u8]) -> String {
    [br#"{"alg":"RS256"}"#.as_slice(), claims, b"forged"].map(base64url::encode).join(".")
}

fn jwt(token: &str) -> Option<HttpResponse> {
    Some(response(200, "application/jwt", token.as_bytes()))
}

fn response(status: u16, content_type: &'static str, body: &[u8]) -> HttpResponse {
    let mut response = HttpResponse::new(body.to_vec());
    *response.status_mut() = status.try_into().expect("a status");
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}

pub(crate) fn discovery() -> HttpResponse {
    response(200, "application/json", include_bytes!("../seeds/metadata/op.example.com.json"))
}

fn request() -> SignInRequest {
    SignInRequest::new().scope("openid email").expect("a scope")
}

pub(crate) fn config() -> Config {
    let secret = ClientSecret::new(SECRET);
    let client = Client::new("client", ClientAuthentication::Post(secret));
    let issuer = Issuer::new(ISSUER).expect("an issuer");
    let config = Config::new(issuer, Profile::OPENID, client);
    config.with_redirect_uri("https://app.example.com/cb").expect("a redirect URI")
}
