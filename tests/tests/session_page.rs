//! The scripts of session management, run by Node: the page that the application shows, and the frame
//! of the fake provider, which asks the provider over HTTP. Skipped aloud where there is no Node.

#![expect(clippy::unwrap_used, reason = "a test without its stage cannot go on")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::json;
use tegata_core::url::EndpointUrl;
use tegata_oidc::session::check_session_page;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint, FakeProvider, Server};
use url::Url;

const ORIGIN: &str = "https://app.example.com";

/// The provider, and somebody who is signed in there.
struct Stage {
    provider: FakeProvider,
    _server: Server,
    session_state: String,
}

impl Stage {
    fn new() -> Self {
        let provider = FakeProvider::new(Profile::OPENID);
        let server = provider.serve().unwrap();
        let parameters = [
            ("response_type", "code"),
            ("client_id", Client::DEFAULT_ID),
            ("redirect_uri", Client::DEFAULT_REDIRECT_URI),
            ("scope", "openid"),
        ];
        let address = provider.address(Endpoint::Authorization).unwrap();
        let url = Url::parse_with_params(&address, parameters).unwrap();
        let landed = Url::parse(provider.browse(url.as_str()).url()).unwrap();
        let session_state = landed.query_pairs().find(|(name, _)| name == "session_state");
        let session_state = session_state.unwrap().1.into_owned();
        Self { provider, _server: server, session_state }
    }

    /// Both windows, with the application's page for this `session_state`; `None` without Node.
    fn windows(&self, session_state: &str) -> Option<Windows> {
        let address = self.provider.address(Endpoint::CheckSession).unwrap();
        let url = EndpointUrl::new(&address).unwrap();
        let page = check_session_page(&url, Client::DEFAULT_ID, session_state, 2, "n").unwrap();
        let frame = String::from_utf8(self.frame().into_body()).unwrap();
        Windows::open(&json!({
            "page": page, "pageOrigin": ORIGIN, "frame": frame, "frameAddress": address,
        }))
    }

    fn frame(&self) -> http::Response<Vec<u8>> {
        let address = self.provider.address(Endpoint::CheckSession).unwrap();
        self.provider.handle(&http::Request::get(address).body(Vec::new()).unwrap())
    }
}

/// Node, with both windows in it.
struct Windows {
    node: Child,
    commands: ChildStdin,
    events: BufReader<ChildStdout>,
}

impl Windows {
    fn open(given: &serde_json::Value) -> Option<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/session_page/windows.mjs");
        let mut node = Command::new("node");
        node.args([script, &given.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut node) = node.spawn() else {
            // Written past the test harness, which hides what a passing test prints.
            let _ = writeln!(std::io::stderr(), "SKIPPED: there is no Node to run the scripts");
            return None;
        };
        let (commands, events) = (node.stdin.take().unwrap(), node.stdout.take().unwrap());
        Some(Self { node, commands, events: BufReader::new(events) })
    }

    /// Gives a command, and says what happened.
    fn after(&mut self, command: &str) -> Vec<String> {
        writeln!(self.commands, "{command}").unwrap();
        let lines = self.events.by_ref().lines().map(Result::unwrap);
        let mut finished = false;
        let events = lines.take_while(|line| {
            finished = line == "done";
            !finished
        });
        let events = events.collect();
        assert!(finished, "Node stopped after {command:?}: {events:?}");
        events
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

#[test]
fn the_page_asks_until_the_session_changes_and_then_tells_the_application() {
    let stage = Stage::new();
    let Some(mut windows) = stage.windows(&stage.session_state) else { return };
    let asks = format!("asks {} {}", Client::DEFAULT_ID, stage.session_state);
    assert_eq!(windows.after("load"), [&*asks, "asks again in 2000", "hears unchanged"]);
    assert_eq!(windows.after("tick"), [&*asks, "hears unchanged"]);
    stage.provider.sign_out();
    let told = format!("tells {ORIGIN} changed");
    assert_eq!(windows.after("tick"), [&*asks, "hears changed", &*told]);
    assert!(windows.after("tick").is_empty(), "the timer is gone");
}

#[test]
fn the_page_listens_to_the_frame_and_to_nobody_else() {
    let stage = Stage::new();
    let Some(mut windows) = stage.windows(&stage.session_state) else { return };
    windows.after("load");
    assert!(windows.after("hear from another origin").is_empty());
    assert!(windows.after("hear from another window").is_empty());
    assert_eq!(windows.after("tick").last().unwrap(), "hears unchanged");
}

#[test]
fn the_page_stops_at_an_error() {
    let stage = Stage::new();
    let Some(mut windows) = stage.windows("no-salt") else { return };
    assert_eq!(windows.after("load").last().unwrap(), "hears error");
    assert!(windows.after("tick").is_empty());
}

#[test]
fn a_frame_that_is_loaded_again_is_not_asked_twice_as_often() {
    let stage = Stage::new();
    let Some(mut windows) = stage.windows(&stage.session_state) else { return };
    windows.after("load");
    windows.after("load");
    stage.provider.sign_out();
    windows.after("tick");
    assert!(windows.after("tick").is_empty());
}

#[test]
fn what_a_provider_calls_a_session_is_text_to_the_page() {
    let stage = Stage::new();
    let hostile = "</script><script>throw\"\\'`${0}\u{2028}.salt";
    let Some(mut windows) = stage.windows(hostile) else { return };
    let asks = format!("asks {} {hostile}", Client::DEFAULT_ID);
    assert_eq!(
        windows.after("load"),
        [&*asks, "asks again in 2000", "hears changed", &*format!("tells {ORIGIN} changed")]
    );
}

#[test]
fn the_frame_allows_the_script_that_it_brings() {
    let stage = Stage::new();
    let Some(mut windows) = stage.windows(&stage.session_state) else { return };
    let hash = windows.after("hash of the script of the frame").concat();
    let frame = stage.frame();
    let policy = frame.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains(&format!("script-src 'sha256-{hash}'")), "{policy}");
}
