//! Brings a client to its tokens with `tegata-core` alone: every request and every answer passes
//! through a function of this program. Put your HTTP client in its place.
//!
//! ```sh
//! cargo run -p tegata-core --example by_hand
//! ```

use std::error::Error as StdError;
use std::time::Duration;

use tegata_core::Error;
use tegata_core::authorize::{
    AuthorizationRequest, AuthorizationResponse, Callback, Expected, ResponseType,
};
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::metadata::{Fetch, WellKnown};
use tegata_core::pkce;
use tegata_core::random::{Random, RandomUnavailable, unguessable};
use tegata_core::scope::Scope;
use tegata_core::secret::{ClientSecret, State};
use tegata_core::time::UnixTime;
use tegata_core::token;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::{Issuer, RedirectUri};

fn main() -> Result<(), Box<dyn StdError>> {
    // Who we are, and whom we ask.
    let secret = ClientSecret::new("7Fjfp0ZBr1KtDRbnfVdmIw");
    let client = Client::new("s6BhdRkqt3", ClientAuthentication::Basic(secret));
    let issuer = Issuer::new("https://as.example.com")?;
    let redirect_uri = RedirectUri::new("https://app.example.com/cb")?;

    // A flow: fetch the server's metadata.
    let metadata = drive(Fetch::new(issuer.clone(), &[WellKnown::OAuth], Tolerance::NONE))?;
    let endpoint = metadata.required_endpoint("authorization_endpoint", Endpoint::Authorization)?;

    // Send the browser away; `state` and `verifier` stay in the user's session.
    let scope = Scope::parse("files.read")?;
    let state = State::new(unguessable(&NotRandom)?);
    let verifier = pkce::code_verifier(&NotRandom)?;
    let mut request =
        AuthorizationRequest::new(client.id(), &redirect_uri, ResponseType::Code, &scope, &state);
    request.code_verifier = Some(&verifier);
    println!("send the browser to\n  {}", request.url(endpoint));

    // The browser comes back.
    let url =
        format!("https://app.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state={}", state.expose());
    let expected = Expected::new(&issuer, ResponseType::Code, &state);
    let response = AuthorizationResponse::read(&Callback::from_url(&url)?, &expected, now())?;
    let code = response.code.ok_or("a response of type code has a code")?;

    // One exchange: a function that builds the request, a function that reads the answer.
    let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
    let sent_at = now();
    let answer = send(token::code(&client, url, &code, redirect_uri.as_str(), Some(&verifier)));
    let tokens = token::read(&answer, &Tolerance::NONE, sent_at)?;
    println!("tokens until {:?}: {tokens:?}", tokens.expires_at());
    Ok(())
}

/// Drives any flow: the whole of what a backend does.
fn drive<F: Flow>(mut flow: F) -> Result<F::Output, Error> {
    let mut input = Input::Start;
    loop {
        input = match flow.advance(input, now())? {
            Step::Done(output) => return Ok(output),
            Step::Send(request) => Input::Response(send(request)),
            Step::Wait(time) => {
                wait(time);
                Input::Woken
            }
        };
    }
}

/// Your HTTP client. Here, a server that knows two answers.
fn send(request: HttpRequest) -> HttpResponse {
    println!("{} {}", request.method(), request.uri());
    let body = match request.uri().path() {
        "/.well-known/oauth-authorization-server" => {
            r#"{"issuer": "https://as.example.com",
                "authorization_endpoint": "https://as.example.com/authorize",
                "token_endpoint": "https://as.example.com/token"}"#
        }
        _ => {
            r#"{"access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "Bearer",
                "expires_in": 3600, "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA"}"#
        }
    };
    let mut response = HttpResponse::new(body.as_bytes().to_vec());
    response
        .headers_mut()
        .insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}

/// Your way to let time pass: sleep, or await a timer. No flow of this program waits.
fn wait(_time: Duration) {}

/// Your clock.
fn now() -> UnixTime {
    UnixTime::from_seconds(1_800_000_000)
}

/// Your random source. This one is none: it shows where randomness comes in.
struct NotRandom;

impl Random for NotRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(42);
        Ok(())
    }
}
