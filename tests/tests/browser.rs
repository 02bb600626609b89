//! The pages that Tegata serves, in a real browser: `cargo xtask browser`.
//!
//! ```text
//!   walk.mjs ─▶ browser ─▶ this application ─▶ the fake provider, with its pages for people
//! ```

#![expect(clippy::unwrap_used, reason = "a test without its stage cannot go on")]

use std::env;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, Response, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use tegata_core::authorize::ResponseType;
use tegata_oidc::fragment_page::{self, FragmentPage};
use tegata_oidc::session::check_session_page;
use tegata_reqwest::{Client, CookieKey, PendingSignIn, SignedIn};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client as Registered, Endpoint, FakeProvider};
use tegata_tests::fake;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::runtime::Builder;

struct App {
    client: Client,
    cookie_key: CookieKey,
    provider: FakeProvider,
    signed_in: Mutex<Option<SignedIn>>,
    asked_for: Mutex<Vec<String>>,
}

type Shared = State<Arc<App>>;

async fn login(State(app): Shared) -> impl IntoResponse {
    let sign_in = app.client.sign_in().scope("openid email").unwrap();
    let (url, pending) = sign_in.response_type(ResponseType::CodeIdToken).start().await.unwrap();
    let sealed = pending.seal(&app.cookie_key).unwrap();
    let cookie = format!("sign-in={sealed}; Path=/callback; HttpOnly; SameSite=Lax");
    ([(header::SET_COOKIE, cookie)], Redirect::to(url.as_str()))
}

async fn hand_on() -> Response<axum::body::Body> {
    FragmentPage::new().response().map(Into::into)
}

async fn callback(State(app): Shared, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let cookies = headers.get(header::COOKIE).unwrap().to_str().unwrap();
    // The provider's cookie comes too: it is the same host, and cookies know no port.
    let sealed = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("sign-in=")).unwrap();
    let pending = PendingSignIn::open(&app.cookie_key, sealed, app.client.now()).unwrap();
    let callback = fragment_page::callback(&body).unwrap();
    let signed_in = app.client.finish(pending, callback).await.unwrap();
    let page = Html(format!("<!doctype html><p>hello, {}", signed_in.claims().subject()));
    *app.signed_in.lock().unwrap() = Some(signed_in);
    ([(header::REFERRER_POLICY, "no-referrer")], page)
}

async fn device(State(app): Shared) -> String {
    let pending = app.client.device().scope("openid").unwrap().start().await.unwrap();
    let (code, address) = (pending.user_code(), pending.verification_uri());
    serde_json::json!({ "code": code, "address": address }).to_string()
}

/// The page of the application, which holds the page that asks in a frame.
async fn watch() -> Html<&'static str> {
    Html(
        "<!doctype html><title>watching</title><iframe src=/session hidden></iframe>\
         <script>addEventListener('message', (event) => { document.title = event.data; })</script>",
    )
}

async fn session(State(app): Shared) -> impl IntoResponse {
    let metadata = app.client.metadata().await.unwrap();
    let frame = metadata.endpoint("check_session_iframe").unwrap();
    let state = app.signed_in.lock().unwrap().as_ref().unwrap().session_state().unwrap().to_owned();
    let page = check_session_page(frame, Registered::DEFAULT_ID, &state, 1, "r4nd0m").unwrap();
    let origin = frame.as_url().origin().ascii_serialization();
    let policy = format!("default-src 'none'; script-src 'nonce-r4nd0m'; frame-src {origin}");
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page))
}

async fn sign_out(State(app): Shared) {
    app.provider.sign_out();
}

/// What a log of this server would show.
async fn log(
    State(app): Shared,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> impl IntoResponse {
    app.asked_for.lock().unwrap().push(uri.to_string());
    next.run(request).await
}

async fn walk(browser: String) {
    let provider = FakeProvider::interactive(Profile::OPENID);
    let server = provider.serve().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let config = fake::config(&provider).unwrap();
    let config = config.with_redirect_uri(&format!("{address}/callback")).unwrap();
    let client = Client::builder(config).allow_loopback_http().build().unwrap();
    let app = Arc::new(App {
        client,
        cookie_key: CookieKey::new([7; 32]),
        provider,
        signed_in: Mutex::default(),
        asked_for: Mutex::default(),
    });
    let router = Router::new()
        .route("/login", get(login))
        .route("/callback", get(hand_on).post(callback))
        .route("/device", get(device))
        .route("/watch", get(watch))
        .route("/session", get(session))
        .route("/sign-out-at-the-provider", post(sign_out))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), log))
        .with_state(Arc::clone(&app));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let walk = Command::new("node")
        .arg("walk.mjs")
        .args([&browser, &address, &server.origin()])
        .current_dir(folder)
        .status();
    assert!(walk.await.unwrap().success(), "the walk failed: its complaint stands above");

    let asked_for = app.asked_for.lock().unwrap().clone();
    assert!(asked_for.iter().any(|uri| uri == "/callback"));
    assert!(asked_for.iter().all(|uri| !uri.contains('?')), "{asked_for:?}");
    assert_eq!(app.provider.count(Endpoint::Token), 1);
}

#[test]
fn every_page_does_its_work_in_a_real_browser() {
    let Ok(browser) = env::var("TEGATA_BROWSER") else {
        println!("skipped: TEGATA_BROWSER names no browser; cargo xtask browser finds one");
        return;
    };
    Builder::new_multi_thread().enable_all().build().unwrap().block_on(walk(browser));
}
