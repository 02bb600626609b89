//! The example that the Foundation's suite can drive: it runs against the fake provider, over sockets,
//! with a browser of the test's own.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test without its stage cannot go on")]

#[path = "../../crates/reqwest/examples/conformance_rp/modules.rs"]
mod modules;
#[path = "../../crates/reqwest/examples/conformance_rp/rp.rs"]
mod rp;
#[path = "../../crates/reqwest/examples/conformance_rp/server.rs"]
mod server;

use std::sync::Arc;

use rp::{RelyingParty, Settings};
use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::secret::ClientSecret;
use tegata_jose::algorithm::Algorithm;
use tegata_reqwest::TransportOptions;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Browser, Client, Endpoint, FakeProvider, Fault, Landing, Server};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use url::Url;

const ID: &str = "client-without-a-space";

struct Stage {
    provider: FakeProvider,
    _server: Server,
    browser: Browser,
    origin: String,
    rp: Arc<RelyingParty>,
    runtime: Runtime,
}

impl Stage {
    fn new(response_type: ResponseType, response_mode: Option<ResponseMode>) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::confidential(ID, Client::ODD_SECRET)
            .redirect_uri(&format!("{origin}/callback"))
            .post_logout_redirect_uri(&format!("{origin}/signed-out"))
            .backchannel_logout_uri(&format!("{origin}/back-channel-logout"))
            .frontchannel_logout_uri(&format!("{origin}/front-channel-logout"))
            .frontchannel_logout_session_required();
        let provider = FakeProvider::builder(Profile::CERTIFICATION).client(client).build();
        let server = provider.serve().unwrap();
        let rp = Arc::new(
            RelyingParty::new(Settings {
                origin: origin.clone(),
                issuer: provider.issuer(),
                client_id: ID.to_owned(),
                client_secret: ClientSecret::new(Client::ODD_SECRET),
                algorithm: Algorithm::RS256,
                response_type,
                response_mode,
                options: TransportOptions::new().allow_loopback_http(),
            })
            .unwrap(),
        );
        runtime.spawn(server::serve(listener, Arc::clone(&rp)));
        let browser = Browser::new();
        Self { provider, _server: server, browser, origin, rp, runtime }
    }

    fn code() -> Self {
        Self::new(ResponseType::Code, None)
    }

    fn open(&self, path: &str) -> Landing {
        self.browser.open(&format!("{}/{path}", self.origin)).unwrap()
    }

    /// The last page of a test that is a sign-in: status and text.
    fn walk(&self, module: &str) -> (u16, String) {
        let provider = self.browser.open(self.open(module).url()).unwrap();
        shown(self.browser.open(provider.url()).unwrap())
    }

    /// What the application answers to a posted form.
    fn post(&self, path: &str, form: &str) -> (u16, String) {
        let request = http::Request::post(path).header("content-type", FORM);
        let request = request.body(form.as_bytes().to_vec()).unwrap();
        let response = self.runtime.block_on(self.rp.answer(request));
        (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn shown(landing: Landing) -> (u16, String) {
    let Landing::Page { status, html } = landing else { panic!("it goes on: {landing:?}") };
    (status.as_u16(), html)
}

#[test]
fn goes_on_where_the_provider_is_right_and_stops_where_it_is_not() {
    let stage = Stage::code();
    let (status, page) = stage.walk("oidcc-client-test");
    assert_eq!((status, page.contains("Signed in: alice")), (200, true), "{page}");
    assert_eq!(stage.provider.count(Endpoint::UserInfo), 1);
    let _ = stage.provider.on(Endpoint::Token).once(Fault::NonceInvalid);
    let (status, page) = stage.walk("oidcc-client-test-nonce-invalid");
    assert_eq!((status, page.contains("Refused: ")), (400, true), "{page}");
    assert_eq!(stage.provider.count(Endpoint::UserInfo), 1);
    assert_eq!(stage.provider.count(Endpoint::Jwks), 2, "each test has a client of its own");
    assert_eq!(shown(stage.open("no-such-test")).0, 404);
}

#[test]
fn reads_the_fragment_by_its_page_and_a_form_that_is_posted() {
    let stage = Stage::new(ResponseType::CodeIdToken, None);
    let answered = stage.browser.open(stage.open("oidcc-client-test").url()).unwrap();
    let (callback, fragment) = answered.url().split_once('#').unwrap();
    let page = shown(stage.browser.open(callback).unwrap()).1;
    assert!(page.contains("location.hash"), "{page}");
    assert!(stage.post("/callback", fragment).1.contains("Signed in: alice"));

    let stage = Stage::new(ResponseType::Code, Some(ResponseMode::FormPost));
    let answered = stage.browser.open(stage.open("oidcc-client-test").url()).unwrap();
    let Landing::FormPost { body, .. } = answered else { panic!("{answered:?}") };
    assert!(stage.post("/callback", &body).1.contains("Signed in: alice"));
    assert_eq!(stage.post("/callback", &body).0, 400, "a sign-in is finished once");
}

#[test]
fn refreshes_and_looks_at_the_new_id_token() {
    let stage = Stage::code();
    let (status, page) = stage.walk("oidcc-client-test-refresh-token");
    assert_eq!(status, 200, "{page}");
    assert_eq!(
        (stage.provider.count(Endpoint::Token), stage.provider.count(Endpoint::UserInfo)),
        (2, 1)
    );
    let wrong = |provider: &FakeProvider| {
        let _ = provider.on(Endpoint::Token).once([]).once(Fault::SubMismatch);
    };
    wrong(&stage.provider);
    let (status, page) = stage.walk("oidcc-client-test-refresh-token-invalid-sub");
    assert_eq!((status, page.contains("Refused: ")), (400, true), "{page}");
    assert_eq!(stage.provider.count(Endpoint::UserInfo), 1);
}

#[test]
fn signs_in_when_another_site_says_so_and_at_no_other_issuer() {
    let stage = Stage::code();
    let wish = |issuer: &str| {
        let wish = format!("{}/initiate", stage.origin);
        stage
            .browser
            .open(Url::parse_with_params(&wish, [("iss", issuer)]).unwrap().as_str())
            .unwrap()
    };
    let address = stage.provider.address(Endpoint::Authorization).unwrap();
    assert!(wish(&stage.provider.issuer()).url().starts_with(&address));
    assert_eq!(shown(wish("https://evil.example/")).0, 400);
}

#[test]
fn ends_the_session_by_every_road() {
    let stage = Stage::code();
    let sign_out = || {
        let answered =
            stage.browser.open(stage.open("oidcc-client-test-rp-init-logout").url()).unwrap();
        let logout = stage.browser.open(answered.url()).unwrap();
        assert!(logout.url().ends_with("/logout"));
        stage.browser.open(stage.browser.open(logout.url()).unwrap().url()).unwrap()
    };
    let landing = sign_out();
    let Landing::Frames { frames, url } = &landing else { panic!("no frames: {landing:?}") };
    let told = stage.provider.logout_answers();
    assert_eq!((told.len(), told[0].status().as_u16()), (1, 200));
    assert_eq!(told[0].headers()["cache-control"], "no-store");
    assert_eq!(shown(stage.browser.open(&frames[0]).unwrap()).0, 200);
    let (status, page) = shown(stage.browser.open(url.as_ref().unwrap()).unwrap());
    assert_eq!((status, page.contains("Signed out.")), (200, true), "{page}");
    assert_eq!(shown(stage.open("logout")).0, 400, "nobody is signed in");

    let faults = [Fault::LogoutTokenEventWrong, Fault::PostLogoutStateMissing];
    let _ = stage.provider.on(Endpoint::EndSession).once(faults);
    let landing = sign_out();
    assert_eq!(stage.provider.logout_answers()[1].status(), 400);
    assert_eq!(shown(stage.browser.open(landing.url()).unwrap()).0, 400, "another state");
}

#[test]
fn a_session_that_ends_at_the_provider_ends_here() {
    for fault in [Fault::LogoutTokenSubMissing, Fault::LogoutTokenSidMissing] {
        let stage = Stage::code();
        stage.walk("oidcc-client-test-rp-frontchannel-opinitlogout");
        let _ = stage.provider.on(Endpoint::EndSession).once(fault);
        stage.provider.sign_out();
        assert_eq!(stage.provider.logout_answers()[0].status(), 200);
        assert_eq!(shown(stage.open("logout")).0, 400, "{fault}: nobody is signed in");
    }
}

#[test]
fn watches_the_session_by_the_frame_of_the_provider() {
    let stage = Stage::code();
    let answered = stage.open("oidcc-client-test-session-management");
    let page = stage.browser.open(stage.browser.open(answered.url()).unwrap().url()).unwrap();
    let Landing::Frames { frames, .. } = page else { panic!("no frame: {page:?}") };
    assert_eq!(frames, ["/session"]);
    let frame = stage.provider.address(Endpoint::CheckSession).unwrap();
    let watching = stage
        .runtime
        .block_on(stage.rp.answer(http::Request::get("/session").body(vec![]).unwrap()));
    let policy = watching.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("script-src 'nonce-") && policy.contains("frame-src http://127.0.0.1:")
    );
    assert!(String::from_utf8_lossy(watching.body()).contains(&frame));
    stage.provider.sign_out();
    let silently = stage.browser.open(stage.open("session-changed").url()).unwrap();
    assert!(silently.url().contains("error=login_required"));
}
