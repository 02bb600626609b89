//! A server is who its certificate says, and the certificate is good.

use rustls::ServerConfig;
use tegata_core::Error;
use tegata_core::error::{ApiMisuse, TransportFault};
use tegata_core::transport::TransportOptions;
use tegata_tests::certificates::Authority;
use tegata_tests::loopback::{Answer, Loopback};
use tegata_tests::requests::{fault, get, options};

use super::backend::Backend;

fn serve(config: ServerConfig) -> (Loopback, String) {
    let server = Loopback::start_tls(config, |_| Answer::ok(200, &[], "{}"));
    let url = format!("https://localhost:{}/", server.port());
    (server, url)
}

fn trusting(authority: &Authority) -> TransportOptions {
    options().trust_host("localhost").add_root_certificate(authority.pem())
}

#[test]
fn an_authority_that_was_added_is_trusted() {
    let authority = Authority::new();
    let (_server, url) = serve(authority.server("localhost"));
    let backend = Backend::new(trusting(&authority)).unwrap();
    assert_eq!(backend.send(get(&url)).unwrap().body(), b"{}");
}

#[test]
fn several_authorities_can_stand_in_one_file() {
    let (one, other) = (Authority::new(), Authority::new());
    let both = format!("# ours\n{}\n# theirs\n{}", one.pem(), other.pem());
    let backend = Backend::new(options().add_root_certificate(both)).unwrap();
    for authority in [one, other] {
        let (_server, url) = serve(authority.server("localhost"));
        assert!(backend.send(get(&url)).is_ok());
    }
}

#[test]
fn an_authority_that_was_not_added_is_not_trusted() {
    let (_server, url) = serve(Authority::new().server("localhost"));
    for options in [options().trust_host("localhost"), trusting(&Authority::new())] {
        let found = fault(Backend::new(options).unwrap().send(get(&url)));
        assert_eq!(found, TransportFault::Tls);
        assert!(!found.maybe_sent());
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let (server, url) = serve(authority.server("op.example.com"));
    let backend = Backend::new(trusting(&authority)).unwrap();
    assert_eq!(fault(backend.send(get(&url))), TransportFault::Tls);
    assert!(server.requests().is_empty());
}

#[test]
fn a_certificate_that_ran_out_is_refused() {
    let authority = Authority::new();
    let (_server, url) = serve(authority.expired_server("localhost"));
    let backend = Backend::new(trusting(&authority)).unwrap();
    assert_eq!(fault(backend.send(get(&url))), TransportFault::Tls);
}

#[test]
fn a_handshake_that_breaks_off_was_not_sent_anything() {
    let server = Loopback::start_closed();
    let backend = Backend::new(trusting(&Authority::new())).unwrap();
    let url = format!("https://localhost:{}/", server.port());
    let found = fault(backend.send(get(&url)));
    assert_eq!(found, TransportFault::Connect);
    assert!(!found.maybe_sent());
}

#[test]
fn a_server_without_tls_was_not_sent_anything() {
    let server = Loopback::start_speaking("SSH-2.0-OpenSSH_9.9\r\n");
    let backend = Backend::new(trusting(&Authority::new())).unwrap();
    let url = format!("https://localhost:{}/", server.port());
    assert_eq!(fault(backend.send(get(&url))), TransportFault::Tls);
}

#[test]
fn what_is_no_certificate_is_refused_when_the_transport_is_built() {
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "no PEM", key, broken, empty] {
        let error = Backend::new(options().add_root_certificate(pem)).map(drop).unwrap_err();
        assert!(
            matches!(error, Error::ApiMisuse(ApiMisuse::Configuration { .. })),
            "{pem}: {error}"
        );
    }
}
