//! `oidcc-client-test-session-management`: the page that the application shows asks the provider's
//! frame, by the name of the client and `session_state`, whether the session is still the same: it is
//! before the logout, and is not afterwards. Then a sign-in without a word finds nobody (OpenID
//! Connect Session Management §3).
//!
//! The scripts of both pages run in `session_page.rs`; here the message is carried by hand.

use tegata_core::authorize::Prompt;
use tegata_oidc::session::check_session_page;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client as Registered, Endpoint as At};
use url::Url;

use super::stage::{Stage, Variant};

/// The message is taken apart at its space: no other may be in it.
const ID: &str = "client-without-a-space";

pub(crate) fn run(variant: Variant) {
    let client = Registered::confidential(ID, Registered::ODD_SECRET)
        .redirect_uri(Registered::DEFAULT_REDIRECT_URI);
    let stage = variant.registered(Profile::CERTIFICATION, client, ID, |config| config);
    let signed_in = stage.accepts();
    let session_state = signed_in.session_state().unwrap();
    let metadata = stage.client.metadata().unwrap();
    let frame = metadata.endpoint("check_session_iframe").unwrap();
    let page = check_session_page(frame, ID, session_state, 2, "nonce").unwrap();
    assert!(page.contains(&format!("src=\"{frame}\"", frame = frame.as_str())));
    assert!(page.contains(&format!("postMessage(\"{ID} {session_state}\"")));

    assert_eq!(answer(&stage, session_state), "unchanged");
    stage.provider.sign_out();
    assert_eq!(answer(&stage, session_state), "changed");
    let silently = stage.request().prompt(&[Prompt::None]).unwrap();
    let error = stage.sign_in(silently).unwrap_err();
    assert_eq!(error.code().map(|code| code.as_str()), Some("login_required"));

    assert_eq!(answer(&stage, "no-salt"), "error");
    assert!(check_session_page(frame, Registered::ODD_ID, session_state, 2, "nonce").is_err());
}

/// What the frame's script asks the provider, for a page of the application's origin.
fn answer(stage: &Stage, session_state: &str) -> String {
    let frame = stage.provider.address(At::CheckSession).unwrap();
    let origin = Url::parse(Registered::DEFAULT_REDIRECT_URI).unwrap().origin();
    let origin = origin.ascii_serialization();
    let question = [("client_id", ID), ("session_state", session_state), ("origin", &origin)];
    let url = Url::parse_with_params(&frame, question).unwrap();
    let answer = stage.provider.handle(&http::Request::get(url.as_str()).body(vec![]).unwrap());
    String::from_utf8(answer.into_body()).unwrap()
}
