//! A request is sent again only when that can do no harm.

use std::time::{Duration, Instant};

use tegata_core::error::TransportFault;
use tegata_core::transport::TransportOptions;
use tegata_core::transport::retry::Retry;
use tegata_tests::loopback::{Answer, Loopback};
use tegata_tests::requests::{fault, get, options, post};

use super::backend::Backend;

fn patient() -> TransportOptions {
    options().with_retry(Retry::new().with_pause(Duration::from_millis(1)))
}

#[test]
fn a_get_is_sent_again_when_the_connection_breaks() {
    let server = Loopback::start(|number| match number {
        0 | 1 => Answer::HangUp,
        _ => Answer::ok(200, &[], "{}"),
    });
    let response = Backend::new(patient()).unwrap().send(get(&server.url("/"))).unwrap();
    assert_eq!(response.body(), b"{}");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_get_is_sent_three_times_at_most() {
    let server = Loopback::start(|_| Answer::HangUp);
    let found = fault(Backend::new(patient()).unwrap().send(get(&server.url("/"))));
    assert_eq!(found, TransportFault::Interrupted);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_post_that_may_have_arrived_is_sent_once() {
    let server = Loopback::start(|_| Answer::HangUp);
    let found = fault(Backend::new(patient()).unwrap().send(post(&server.url("/"))));
    assert_eq!(found, TransportFault::Interrupted);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_post_is_sent_once_when_its_connection_was_used_before() {
    let server = Loopback::start(|number| match number {
        0 => Answer::ok(200, &[], "{}"),
        _ => Answer::HangUp,
    });
    let backend = Backend::new(patient()).unwrap();
    backend.send(get(&server.url("/"))).unwrap();
    let found = fault(backend.send(post(&server.url("/"))));
    assert_eq!(found, TransportFault::Interrupted);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_no_obstacle() {
    let closing = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    let server = Loopback::start(move |_| Answer::Last(closing.to_owned()));
    let backend = Backend::new(patient()).unwrap();
    for _ in 0..5 {
        backend.send(get(&server.url("/"))).unwrap();
    }
}

#[test]
fn retry_after_is_honoured_for_a_get() {
    for status in [429, 503] {
        let server = Loopback::start(move |number| match number {
            0 => Answer::ok(status, &["retry-after: 0"], ""),
            _ => Answer::ok(200, &[], ""),
        });
        let backend = Backend::new(patient()).unwrap();
        assert_eq!(backend.send(get(&server.url("/"))).unwrap().status(), 200);
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn retry_after_changes_nothing_for_a_post() {
    let server = Loopback::start(|_| Answer::ok(503, &["retry-after: 0"], ""));
    let backend = Backend::new(patient()).unwrap();
    assert_eq!(backend.send(post(&server.url("/"))).unwrap().status(), 503);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_retry_after_beyond_the_deadline_is_given_back_at_once() {
    let server = Loopback::start(|_| Answer::ok(503, &["retry-after: 3"], ""));
    let backend = Backend::new(patient().with_deadline(Duration::from_secs(2))).unwrap();
    let started = Instant::now();
    assert_eq!(backend.send(get(&server.url("/"))).unwrap().status(), 503);
    assert_eq!(server.requests().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn the_deadline_holds_for_all_attempts_together() {
    let server = Loopback::start(|number| match number {
        0 | 1 => Answer::HangUp,
        _ => Answer::Silence,
    });
    // The two pauses take 300 ms or more; an attempt with a deadline of its own would end after 1 s.
    let retry = Retry::new().with_pause(Duration::from_millis(200));
    let deadline = Duration::from_millis(700);
    let backend = Backend::new(options().with_retry(retry).with_deadline(deadline)).unwrap();
    let started = Instant::now();
    assert_eq!(fault(backend.send(get(&server.url("/")))), TransportFault::Timeout);
    assert!(started.elapsed() >= deadline && started.elapsed() < Duration::from_millis(990));
    assert_eq!(server.requests().len(), 3);
}
