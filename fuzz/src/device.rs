//! Signing in on a device without a browser, from the codes to the tokens, with time passing.

use std::time::Duration;

use tegata_core::error::{Error, TransportError, TransportFault};
use tegata_core::flow::{self, Flow, Step};
use tegata_core::http::{Endpoint, HttpResponse};
use tegata_core::time::UnixTime;
use tegata_oidc::RelyingParty;
use tegata_oidc::sign_in::DeviceRequest;
use tegata_testkit::signature::dangerous_fuzzing_backend;

use crate::flows::{ISSUER, NOW, answer, config, discovery, drive};
use crate::input::{Input, assert_hidden, hides_canaries, response, text};

/// Whatever the server says, the device asks no faster than once a second, and not for ever; claims
/// come out only when they are signed.
pub fn device_flow(data: &[u8]) {
    let mut input = Input::new(data);
    let party = RelyingParty::with_backend(config(), dangerous_fuzzing_backend());
    drive(&mut party.metadata(), |_| Some(metadata())).expect("an honest discovery");
    let wants_identity = input.line() != b"grant";
    let request = DeviceRequest::new().scope(if wants_identity { "openid email" } else { "email" });
    let start = party.start_device(request.expect("a scope"));
    let line = input.line();
    let codes = drive(&mut start.expect("a request"), |_| answer(line, "").0);
    let pending = match codes {
        Ok(Some(pending)) => pending,
        Ok(None) => return,
        Err(error) => return hides_canaries(&text(&error)),
    };
    let shown = format!("{pending:?}");
    for code in [pending.user_code(), "canary_device"] {
        assert_hidden(&shown, code, line.get(1..).unwrap_or_default());
    }
    assert!(pending.expires_at() <= UnixTime::from_seconds(NOW + 3600));
    let shown = if wants_identity {
        match wait(&mut party.finish_device(pending), &mut input) {
            (Ok(signed_in), believed) => {
                assert!(believed, "claims without a signature");
                assert_eq!(signed_in.claims().issuer(), ISSUER);
                format!("{signed_in:?}")
            }
            (Err(error), _) => text(&error),
        }
    } else {
        match wait(&mut party.finish_device_grant(pending), &mut input) {
            (Ok(grant), _) => format!("{grant:?}"),
            (Err(error), _) => text(&error),
        }
    };
    hides_canaries(&shown);
}

/// Drives the flow to its end. When the input ends, the server says "not yet" for ever.
fn wait<F: Flow>(flow: &mut F, input: &mut Input<'_>) -> (Result<F::Output, Error>, bool) {
    let mut now = UnixTime::from_seconds(NOW);
    let mut event = flow::Input::Start;
    let (mut believed, mut polls, mut polled_at) = (false, 0, None);
    loop {
        event = match flow.advance(event, now) {
            Err(error) => return (Err(error), believed),
            Ok(Step::Done(output)) => return (Ok(output), believed),
            Ok(Step::Wait(time)) => {
                assert!(time >= Duration::from_secs(1), "no pause");
                now = now.plus(time);
                flow::Input::Woken
            }
            Ok(Step::Send(request)) => {
                hides_canaries(&request.uri().to_string());
                if request.extensions().get::<Endpoint>() == Some(&Endpoint::Token) {
                    assert!(polled_at < Some(now), "two polls in a second");
                    (polls, polled_at) = (polls + 1, Some(now));
                }
                assert!(polls <= MOST_POLLS && now <= UnixTime::from_seconds(NOW + 3600));
                let (answer, signed) = match input.is_empty() {
                    true => (Some(response(400, "application/json", PENDING)), false),
                    false => answer(input.line(), ""),
                };
                believed |= signed;
                answered(answer.expect("a line is an answer"))
            }
        };
    }
}

/// 999 stands for no answer at all.
fn answered(response: HttpResponse) -> flow::Input {
    if response.status() == 999 {
        let error = TransportError::new(Endpoint::Token, TransportFault::Timeout);
        return flow::Input::Unreachable(error.into());
    }
    flow::Input::Response(response)
}

fn metadata() -> HttpResponse {
    let mut response = discovery();
    let mut said: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
    said["device_authorization_endpoint"] = "https://op.example.com/device".into();
    *response.body_mut() = said.to_string().into_bytes();
    response
}

const MOST_POLLS: u32 = 1000;
const PENDING: &[u8] = br#"{"error":"authorization_pending"}"#;
