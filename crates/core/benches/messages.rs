//! What each message costs: time, and how often memory is asked for. Two of them beside the crate
//! `oauth2`, in the same run.
//!
//! First a table: all in turns, and the fastest of many turns counts, since what else goes on can only
//! make a turn slower. Then criterion's figures, which mean something on a quiet machine.
//!
//! ```text
//! cargo bench -p tegata-core --features public-suffix
//! ```

#![expect(clippy::unwrap_used, reason = "the input of a benchmark is known to be good")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};
use tegata_core::authorize::{
    AuthorizationRequest, AuthorizationResponse, Callback, Expected, ResponseType,
};
use tegata_core::bearer::Challenge;
use tegata_core::http::HttpResponse;
use tegata_core::redirect::{GOOGLE_WEB, RedirectRules};
use tegata_core::scope::{GOOGLE, Scope};
use tegata_core::secret::{CodeVerifier, State};
use tegata_core::time::UnixTime;
use tegata_core::token;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::{EndpointUrl, Issuer, RedirectUri};

#[cfg(feature = "public-suffix")]
const RULES: RedirectRules = GOOGLE_WEB.with_suffixes(&tegata_core::redirect::PublicSuffixList);
#[cfg(not(feature = "public-suffix"))]
const RULES: RedirectRules = GOOGLE_WEB;

const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);
const CLIENT_ID: &str = "123456-abcdef.apps.googleusercontent.com";
const ENDPOINT: &str = "https://accounts.google.com/o/oauth2/v2/auth";
const REDIRECT_URI: &str = "https://app.example.com/oauth2callback";
const STATE: &str = "af0ifjsldkjaf0ifjsldkjaf0ifjsldkjaf0ifjsldkj";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SCOPE: &str = "openid email https://www.googleapis.com/auth/drive.metadata.readonly";
const CALLBACK: &str = "https://app.example.com/oauth2callback?code=4%2FP7q7W91a-oMsCeLvIaQm6bTrgtp7\
    &state=af0ifjsldkjaf0ifjsldkjaf0ifjsldkjaf0ifjsldkj&scope=openid+email";
const TOKENS: &str = r#"{"access_token":"ya29.a0AfB_byC8Qd3Yk5mZQwq0oW7mM7yqJYhJq0iV1n8bXo4cG2tR6uE",
    "expires_in":3599,"refresh_token":"1//0gK3vQ8wq7FhJCgYIARAAGBASNwF-L9Ir5PZk0m7ZyW2q",
    "scope":"https://www.googleapis.com/auth/userinfo.email openid","token_type":"Bearer"}"#;
const CHALLENGE: &str =
    r#"Bearer realm="yahooapis.jp",error="invalid_token",error_description="expired token""#;

const TURNS: usize = 2000;
const RUNS_PER_TURN: u32 = 32;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let cases = cases();
    println!("{:<36}{:>13}{:>9}{:>12}", "", "allocations", "bytes", "fastest");
    for ((name, run), fastest) in cases.iter().zip(fastest(&cases)) {
        let counted = allocation_counter::measure(run);
        println!("{name:<36}{:>13}{:>9}{fastest:>12.0?}", counted.count_total, counted.bytes_total);
    }
    for (name, run) in &cases {
        criterion.bench_function(name, |bencher| bencher.iter(run));
    }
    criterion.final_summary();
}

/// The time of one run of each, in the fastest turn. One turn, when only asked whether they run.
fn fastest(cases: &[Case]) -> Vec<Duration> {
    let turns = if std::env::args().any(|argument| argument == "--bench") { TURNS } else { 1 };
    let mut fastest = vec![Duration::MAX; cases.len()];
    for _ in 0..turns {
        for ((_, run), fastest) in cases.iter().zip(&mut fastest) {
            *fastest = time(run).min(*fastest);
        }
    }
    fastest
}

#[expect(clippy::disallowed_methods, reason = "the crate knows no clock; its benches do")]
fn time(run: impl Fn()) -> Duration {
    let start = Instant::now();
    (0..RUNS_PER_TURN).for_each(|_| run());
    start.elapsed() / RUNS_PER_TURN
}

type Case = (&'static str, Box<dyn Fn()>);

fn cases() -> Vec<Case> {
    let case = |name, run: Box<dyn Fn()>| -> Case { (name, run) };
    vec![
        case("authorization URL", Box::new(authorization_url())),
        case("authorization URL (oauth2)", Box::new(authorization_url_of_oauth2())),
        case("callback", Box::new(callback())),
        case("token response", Box::new(token_response())),
        case("token response (oauth2)", Box::new(token_response_of_oauth2)),
        case(
            "redirect URI",
            Box::new(|| assert!(RULES.violations(black_box(REDIRECT_URI)).is_empty())),
        ),
        case("scope comparison", Box::new(scope_comparison())),
        case(
            "WWW-Authenticate",
            Box::new(|| drop(Challenge::parse(black_box(CHALLENGE)).unwrap())),
        ),
    ]
}

fn authorization_url() -> impl Fn() {
    let endpoint = EndpointUrl::new(ENDPOINT).unwrap();
    let redirect_uri = RedirectUri::new(REDIRECT_URI).unwrap();
    let scope = Scope::parse(SCOPE).unwrap();
    let (state, verifier) = (State::new(STATE), CodeVerifier::new(VERIFIER));
    move || {
        let mut request =
            AuthorizationRequest::new(CLIENT_ID, &redirect_uri, ResponseType::Code, &scope, &state);
        request.code_verifier = Some(&verifier);
        drop(black_box(request.url(&endpoint)));
    }
}

fn authorization_url_of_oauth2() -> impl Fn() {
    let client = BasicClient::new(ClientId::new(CLIENT_ID.to_owned()))
        .set_auth_uri(AuthUrl::new(ENDPOINT.to_owned()).unwrap())
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap());
    let verifier = PkceCodeVerifier::new(VERIFIER.to_owned());
    move || {
        let scopes = SCOPE.split(' ').map(|scope| oauth2::Scope::new(scope.to_owned()));
        let request = client
            .authorize_url(|| CsrfToken::new(STATE.to_owned()))
            .add_scopes(scopes)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        drop(black_box(request.url()));
    }
}

fn callback() -> impl Fn() {
    let issuer = Issuer::new("https://accounts.google.com").unwrap();
    let state = State::new(STATE);
    move || {
        let callback = Callback::from_url(black_box(CALLBACK)).unwrap();
        let expected = Expected::new(&issuer, ResponseType::Code, &state);
        drop(black_box(AuthorizationResponse::read(&callback, &expected, NOW).unwrap()));
    }
}

/// Status and content type too, which the body came with.
fn token_response() -> impl Fn() {
    let mut response = HttpResponse::new(TOKENS.as_bytes().to_vec());
    response.headers_mut().insert("content-type", "application/json".parse().unwrap());
    move || drop(black_box(token::read(black_box(&response), &Tolerance::NONE, NOW).unwrap()))
}

/// The body alone.
fn token_response_of_oauth2() {
    let body = black_box(TOKENS.as_bytes());
    drop(black_box(serde_json::from_slice::<BasicTokenResponse>(body).unwrap()));
}

fn scope_comparison() -> impl Fn() {
    let requested = Scope::parse(SCOPE).unwrap();
    let answer = Scope::parse("https://www.googleapis.com/auth/userinfo.email openid").unwrap();
    move || {
        let granted = GOOGLE.compare(black_box(&requested), Some(black_box(&answer)));
        assert_eq!(granted.missing().iter().count(), 1);
    }
}
