//! A server cannot hold a client for longer, or feed it more, than the client allows.

use std::time::{Duration, Instant};

use tegata_core::error::TransportFault;
use tegata_core::http::MAX_RESPONSE_BYTES;
use tegata_tests::loopback::{Answer, Loopback, nobody};
use tegata_tests::requests::{fault, get, options, post};

use super::backend::Backend;

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_body_of_the_limit_is_read_and_one_byte_more_is_refused() {
    for excess in [0, 1] {
        let body = " ".repeat(MAX_RESPONSE_BYTES + excess);
        let length = Answer::ok(200, &[], &body);
        let bare = Answer::Last(format!("HTTP/1.1 200 OK\r\n\r\n{body}"));
        for answer in [length, bare] {
            let server = Loopback::start(move |_| answer.clone());
            let result = Backend::new(options()).unwrap().send(get(&server.url("/")));
            if excess == 0 {
                assert_eq!(result.unwrap().body().len(), MAX_RESPONSE_BYTES);
            } else {
                assert_eq!(fault(result), TransportFault::BodyTooLarge);
            }
        }
    }
}

#[test]
fn a_body_that_announces_too_much_is_refused_before_it_is_read() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n";
    let server = Loopback::start(move |_| Answer::Keep(answer.to_owned()));
    let backend = Backend::new(options().with_deadline(LONG)).unwrap();
    assert_eq!(fault(backend.send(get(&server.url("/")))), TransportFault::BodyTooLarge);
}

#[test]
fn a_body_without_end_is_cut_off() {
    let server = Loopback::start(|_| Answer::Endless);
    let backend = Backend::new(options().with_deadline(LONG)).unwrap();
    assert_eq!(fault(backend.send(get(&server.url("/")))), TransportFault::BodyTooLarge);
    // What was sent and not read is what the sockets between us hold.
    assert!(server.sent() < 16 * MAX_RESPONSE_BYTES, "{}", server.sent());
}

#[test]
fn a_head_without_end_is_cut_off() {
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(2 * MAX_RESPONSE_BYTES));
    let server = Loopback::start(move |_| Answer::Last(head.clone()));
    let backend = Backend::new(options().with_deadline(LONG)).unwrap();
    let found = fault(backend.send(get(&server.url("/"))));
    assert!(matches!(found, TransportFault::BodyTooLarge | TransportFault::Interrupted), "{found}");
}

#[test]
fn a_server_that_says_nothing_is_left_at_the_deadline() {
    let server = Loopback::start(|_| Answer::Silence);
    let backend = Backend::new(options().with_deadline(SHORT)).unwrap();
    let started = Instant::now();
    assert_eq!(fault(backend.send(post(&server.url("/")))), TransportFault::Timeout);
    assert!(started.elapsed() >= SHORT && started.elapsed() < LONG / 2);
}

#[test]
fn a_server_that_drips_is_left_at_the_deadline() {
    let server = Loopback::start(|_| Answer::Drip);
    let backend = Backend::new(options().with_deadline(SHORT)).unwrap();
    let started = Instant::now();
    assert_eq!(fault(backend.send(get(&server.url("/")))), TransportFault::Timeout);
    assert!(started.elapsed() < LONG / 2);
}

#[test]
fn a_connection_that_does_not_come_about_is_left_at_its_own_timeout() {
    // A server of plain HTTP waits for a request, while the client waits for its TLS.
    let server = Loopback::start(|_| Answer::Silence);
    let options = options().with_connect_timeout(SHORT).with_deadline(LONG);
    let backend = Backend::new(options.trust_host("127.0.0.1")).unwrap();
    let started = Instant::now();
    let url = format!("https://127.0.0.1:{}/", server.port());
    assert_eq!(fault(backend.send(get(&url))), TransportFault::Connect);
    assert!(started.elapsed() < LONG / 2);
}

#[test]
fn a_connection_that_is_refused_was_not_sent_anything() {
    let backend = Backend::new(options()).unwrap();
    let found = fault(backend.send(post(&nobody("/token"))));
    assert_eq!(found, TransportFault::Connect);
    assert!(!found.maybe_sent());
}

#[test]
fn a_connection_that_breaks_is_an_interruption() {
    let truncated = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n";
    let answers = [
        Answer::HangUp,
        Answer::Last("HTTP/1.1 200 O".to_owned()),
        Answer::Last(truncated.to_owned()),
        Answer::Last(chunked.to_owned()),
    ];
    for answer in answers {
        let name = format!("{answer:?}");
        let server = Loopback::start(move |_| answer.clone());
        let found = fault(Backend::new(options()).unwrap().send(post(&server.url("/"))));
        assert_eq!(found, TransportFault::Interrupted, "{name}");
    }
}

#[test]
fn a_name_that_does_not_resolve_was_not_sent_anything() {
    // No name ends in .invalid (RFC 6761 §6.4).
    let backend = Backend::new(options()).unwrap();
    let found = fault(backend.send(post("https://op.example.invalid/token")));
    assert_eq!(found, TransportFault::Dns);
    assert!(!found.maybe_sent());
}
