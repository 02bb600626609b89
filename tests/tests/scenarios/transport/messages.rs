//! What is sent is what stands in the request, and what is answered is what comes back.

use tegata_core::error::TransportFault;
use tegata_tests::loopback::{Answer, Loopback, header};
use tegata_tests::requests::{fault, get, options, post};

use super::backend::Backend;

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let server = Loopback::start(move |_| Answer::ok(status, &["location: /other"], "moved"));
        let backend = Backend::new(options()).unwrap();
        for request in [get(&server.url("/")), post(&server.url("/"))] {
            let response = backend.send(request).unwrap();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()["location"], "/other");
        }
        assert_eq!(server.requests().len(), 2, "{status}");
    }
}

#[test]
fn a_status_is_data() {
    for status in [200, 204, 304, 400, 401, 403, 404, 418, 429, 500, 503, 599] {
        let body = if status == 204 || status == 304 { "" } else { "why" };
        let server = Loopback::start(move |_| Answer::ok(status, &["x-own: 1", "x-own: 2"], body));
        let response = Backend::new(options()).unwrap().send(get(&server.url("/"))).unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.body(), body.as_bytes());
        assert_eq!(response.headers().get_all("x-own").iter().count(), 2);
    }
}

#[test]
fn a_get_is_sent_with_these_headers_and_no_others() {
    let server = Loopback::start(|_| Answer::ok(200, &[], ""));
    Backend::new(options()).unwrap().send(get(&server.url("/keys"))).unwrap();
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /keys?q="), "{}", requests[0]);
    assert_eq!(names(&requests[0]), ["accept", "host", "user-agent"]);
    assert_eq!(header(&requests[0], "accept"), Some("application/json"));
    assert_eq!(header(&requests[0], "user-agent"), Some("tegata/0.1.0"));
}

#[test]
fn a_post_is_sent_with_these_headers_and_no_others() {
    let server = Loopback::start(|_| Answer::ok(200, &[], ""));
    Backend::new(options()).unwrap().send(post(&server.url("/token"))).unwrap();
    let requests = server.requests();
    assert_eq!(
        names(&requests[0]),
        ["accept", "content-length", "content-type", "host", "user-agent"]
    );
    assert_eq!(header(&requests[0], "content-type"), Some("application/x-www-form-urlencoded"));
    assert!(requests[0].ends_with("\r\n\r\ncode=canary-f00d"));
}

#[test]
fn an_empty_post_says_that_it_is_empty() {
    let server = Loopback::start(|_| Answer::ok(200, &[], ""));
    let mut request = post(&server.url("/"));
    request.body_mut().clear();
    Backend::new(options()).unwrap().send(request).unwrap();
    assert_eq!(header(&server.requests()[0], "content-length"), Some("0"));
}

#[test]
fn a_user_agent_in_the_request_stands_alone() {
    let server = Loopback::start(|_| Answer::ok(200, &[], ""));
    let mut request = get(&server.url("/"));
    request.headers_mut().insert("user-agent", "mine/1".parse().unwrap());
    Backend::new(options()).unwrap().send(request).unwrap();
    assert_eq!(names(&server.requests()[0]), ["accept", "host", "user-agent"]);
    assert_eq!(header(&server.requests()[0], "user-agent"), Some("mine/1"));
}

#[test]
fn cookies_are_not_kept() {
    let server = Loopback::start(|_| Answer::ok(200, &["set-cookie: id=1; Path=/"], ""));
    let backend = Backend::new(options()).unwrap();
    for _ in 0..2 {
        backend.send(get(&server.url("/"))).unwrap();
    }
    assert_eq!(header(&server.requests()[1], "cookie"), None);
}

#[test]
fn a_content_coding_that_nobody_asked_for_is_left_alone() {
    let server = Loopback::start(|_| Answer::ok(200, &["content-encoding: gzip"], "not gzip"));
    let response = Backend::new(options()).unwrap().send(get(&server.url("/"))).unwrap();
    assert_eq!(response.body(), b"not gzip");
    assert_eq!(response.headers()["content-encoding"], "gzip");
}

#[test]
fn a_connection_serves_many_requests() {
    let server = Loopback::start(|_| Answer::ok(200, &[], "{}"));
    let backend = Backend::new(options()).unwrap();
    for _ in 0..10 {
        backend.send(get(&server.url("/"))).unwrap();
        backend.send(post(&server.url("/"))).unwrap();
    }
    assert_eq!(server.requests().len(), 20);
    // An async client may put a connection back a moment after the answer, and too late for the
    // next request.
    assert!(server.accepted() <= 10, "{}", server.accepted());
}

#[test]
fn an_error_names_the_endpoint_of_the_request() {
    let backend = Backend::new(options()).unwrap();
    let mut request = post("http://op.example.com/token");
    let endpoint = *request.extensions().get().unwrap();
    assert_eq!(backend.send(request.clone()).unwrap_err().endpoint, endpoint);
    request.extensions_mut().clear();
    let unnamed = backend.send(request).unwrap_err().endpoint;
    assert_eq!(unnamed, tegata_core::http::Endpoint::ProtectedResource);
}

#[test]
fn what_is_not_http_is_an_interruption() {
    let answers = ["SSH-2.0-OpenSSH_9.9\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "\r\n\r\n"];
    for answer in answers {
        let server = Loopback::start(move |_| Answer::Last(answer.to_owned()));
        let backend = Backend::new(options()).unwrap();
        let found = fault(backend.send(get(&server.url("/"))));
        assert_eq!(found, TransportFault::Interrupted, "{answer}");
    }
}

#[test]
fn the_rules_hold_on_a_client_with_other_defaults() {
    let server = Loopback::start(|number| match number {
        0 => Answer::ok(404, &[], "not here"),
        _ => Answer::ok(200, &[], "{}"),
    });
    let backend = Backend::with_foreign_client(options());
    assert_eq!(backend.send(get(&server.url("/"))).unwrap().status(), 404);
    assert_eq!(backend.send(get(&server.url("/"))).unwrap().status(), 200);
    assert_eq!(fault(backend.send(get("http://op.example.com/"))), TransportFault::InsecureScheme);
}

#[test]
fn a_redirect_never_yields_the_answer_of_another_address() {
    let server = Loopback::start(|number| match number {
        0 => Answer::ok(302, &["location: /other"], ""),
        _ => Answer::ok(200, &[], "from elsewhere"),
    });
    let backend = Backend::with_foreign_client(options());
    let followed = backend.send(get(&server.url("/"))).is_ok_and(|answer| answer.status() == 200);
    assert!(!followed);
}

fn names(request: &str) -> Vec<String> {
    let head = request.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut names: Vec<_> = lines.map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names
}
