//! The same provider on a socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use tegata_core::authorize::ResponseType;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, Fault, Server, browser};

use super::hand::{Hand, SCOPE};

fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.origin().trim_start_matches("http://")).unwrap()
}

fn ask(stream: &mut TcpStream, path: &str) {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
}

/// Everything until the server closes.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_profile_signs_in_over_a_socket() {
    for profile in Profile::ALL {
        let provider = FakeProvider::new(profile);
        let server = provider.serve().unwrap();
        let hand = Hand::new(&provider);
        assert!(hand.metadata.issuer().as_str().starts_with(&server.origin()));
        let url = hand.authorization_url(ResponseType::Code, None, SCOPE, &[]);
        let landing = browser::open(&url).unwrap();
        let front = hand.read(&landing, ResponseType::Code, None).unwrap();
        let tokens = hand.exchange(&front.code.unwrap()).unwrap();
        assert!(hand.verify_back(&tokens).is_ok());
        assert_eq!(provider.count(Endpoint::Authorization), 1);
    }
}

#[test]
fn a_connection_is_used_again() {
    let provider = FakeProvider::new(Profile::OPENID);
    let server = provider.serve().unwrap();
    let mut stream = connect(&server);
    ask(&mut stream, "/jwks");
    ask(&mut stream, "/jwks");
    write!(stream, "GET /nowhere HTTP/1.1\r\nconnection: close\r\n\r\n").unwrap();
    let text = rest(&mut stream);
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2);
    assert_eq!(text.matches("HTTP/1.1 404 Not Found").count(), 1);
}

#[test]
fn a_truncated_answer_promises_more_than_comes() {
    let provider = FakeProvider::new(Profile::OPENID);
    let server = provider.serve().unwrap();
    provider.on(Endpoint::Jwks).once(Fault::BodyTruncated);
    let mut stream = connect(&server);
    ask(&mut stream, "/jwks");
    let text = rest(&mut stream);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let promised: usize = head.rsplit("content-length: ").next().unwrap().parse().unwrap();
    assert_eq!(body.len(), promised / 2);
}

#[test]
fn a_reset_connection_brings_nothing() {
    let provider = FakeProvider::new(Profile::OPENID);
    let server = provider.serve().unwrap();
    provider.on(Endpoint::Jwks).once(Fault::ConnectionReset);
    let mut stream = connect(&server);
    ask(&mut stream, "/jwks");
    assert_eq!(rest(&mut stream), "");
}

#[test]
fn stopping_does_not_wait_for_idle_connections_or_for_scripted_delays() {
    let provider = FakeProvider::new(Profile::OPENID);
    let server = provider.serve().unwrap();
    let mut idle = connect(&server);
    let mut waiting = connect(&server);
    provider.on(Endpoint::Jwks).delay_once(std::time::Duration::from_secs(3600));
    ask(&mut waiting, "/jwks");
    while provider.count(Endpoint::Jwks) == 0 {
        std::thread::yield_now();
    }
    drop(server);
    assert_eq!(rest(&mut idle), "");
    assert_eq!(provider.issuer(), "https://op.example.com");
}

#[test]
fn what_is_no_http_is_refused() {
    let provider = FakeProvider::new(Profile::OPENID);
    let server = provider.serve().unwrap();
    let mut stream = connect(&server);
    stream.write_all(b"rubbish\r\n\r\n").unwrap();
    assert!(rest(&mut stream).starts_with("HTTP/1.1 400"));
    assert!(provider.requests().is_empty());
}
