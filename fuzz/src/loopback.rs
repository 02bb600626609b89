//! The request that a browser sends to a program on the same machine, from whoever else connects too.

use tegata_core::authorize::{Callback, ResponseMode};

use self::request::{Answer, answer, read_head};
use crate::input::Input;

#[path = "../../crates/cli/src/loopback/request.rs"]
mod request;

/// A byte for the mode, then what comes over the connection. A callback comes out of
/// `GET /callback?… HTTP/1.x` alone, and says what stands in its query.
pub fn loopback_request(data: &[u8]) {
    let mut input = Input::new(data);
    let mode = *input.choose(&[ResponseMode::Query, ResponseMode::Fragment]);
    let mut stream = input.rest();
    let sent = stream;
    let Ok(head) = read_head(&mut stream) else { return };
    assert!(sent.starts_with(&head) && head.windows(4).any(|end| end == b"\r\n\r\n"));
    let target = target(&head);
    let query = target.as_deref().and_then(|target| match target.strip_prefix("/callback")? {
        "" => Some(""),
        rest => rest.strip_prefix('?'),
    });
    match (answer(&head, mode), query) {
        (Answer::Callback(found), Some(query)) => {
            assert!(mode == ResponseMode::Query || !query.is_empty());
            let expected = match mode {
                ResponseMode::Fragment => Callback::from_fragment(query),
                _ => Callback::from_query(query),
            };
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            assert_eq!(state(&found), state(&expected));
        }
        (Answer::HandOn, Some(query)) => {
            assert!(query.is_empty() && mode == ResponseMode::Fragment);
        }
        (Answer::Refuse(status), query) => assert!(query.is_none() || status.starts_with("400")),
        (answer, query) => panic!("{answer:?} to {query:?}"),
    }
}

/// The target of a `GET`, read by its spaces.
fn target(head: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(head);
    let line = line.trim_start_matches(['\r', '\n']).lines().next()?.to_owned();
    let parts: Vec<_> = line.split(' ').collect();
    match parts[..] {
        ["GET", target, "HTTP/1.0" | "HTTP/1.1"] => Some(target.to_owned()),
        _ => None,
    }
}

fn state<E>(callback: &Result<Callback, E>) -> Option<&str> {
    callback.as_ref().ok().and_then(Callback::state)
}
