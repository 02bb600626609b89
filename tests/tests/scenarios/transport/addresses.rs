//! Where requests may go: `https` alone, and no private address that the application did not name.

use tegata_core::error::TransportFault;
use tegata_core::transport::TransportOptions;
use tegata_core::transport::retry::Retry;
use tegata_tests::certificates::Authority;
use tegata_tests::loopback::{Answer, Loopback};
use tegata_tests::requests::{fault, get, post};

use super::backend::Backend;

fn strict() -> TransportOptions {
    TransportOptions::new().with_retry(Retry::never())
}

#[test]
fn plain_http_is_not_even_tried() {
    let server = Loopback::start(|_| Answer::ok(200, &[], ""));
    let backend = Backend::new(strict().trust_host("127.0.0.1")).unwrap();
    for url in [server.url("/"), "http://op.example.com/".to_owned()] {
        assert_eq!(fault(backend.send(post(&url))), TransportFault::InsecureScheme, "{url}");
    }
    assert_eq!(server.accepted(), 0);
}

#[test]
fn plain_http_that_was_allowed_is_for_loopback_alone() {
    let server = Loopback::start(|_| Answer::ok(200, &[], ""));
    let backend = Backend::new(strict().allow_loopback_http()).unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/", server.port());
        assert!(backend.send(get(&url)).is_ok(), "{host}");
    }
    for host in ["op.example.com", "10.0.0.1", "localhost.example.com"] {
        let found = fault(backend.send(get(&format!("http://{host}/"))));
        assert_eq!(found, TransportFault::InsecureScheme, "{host}");
    }
}

#[test]
fn a_private_address_is_refused_in_every_spelling() {
    let server = Loopback::start(|_| Answer::Silence);
    let backend = Backend::new(strict()).unwrap();
    let hosts = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:7f00:1]"];
    for host in hosts {
        let url = format!("https://{host}:{}/", server.port());
        assert_eq!(fault(backend.send(get(&url))), TransportFault::RefusedAddress, "{host}");
    }
    assert_eq!(server.accepted(), 0);
}

#[test]
fn a_name_that_leads_to_a_private_address_is_refused() {
    let server = Loopback::start(|_| Answer::Silence);
    let backend = Backend::new(strict()).unwrap();
    let url = format!("https://localhost:{}/", server.port());
    assert_eq!(fault(backend.send(get(&url))), TransportFault::RefusedAddress);
    assert_eq!(server.accepted(), 0);
}

#[test]
fn a_host_that_the_application_named_may_be_at_a_private_address() {
    let authority = Authority::new();
    let server = Loopback::start_tls(authority.server("localhost"), |_| Answer::ok(200, &[], "{}"));
    let url = format!("https://localhost:{}/", server.port());
    let base = strict().add_root_certificate(authority.pem());
    for allowed in [base.clone().trust_host("LocalHost"), base.clone().allow_private_addresses()] {
        assert!(Backend::new(allowed).unwrap().send(get(&url)).is_ok());
    }
    let other = Backend::new(base.trust_host("op.example.com")).unwrap();
    assert_eq!(fault(other.send(get(&url))), TransportFault::RefusedAddress);
}

#[test]
fn an_address_written_out_is_checked_on_a_foreign_client_too() {
    let backend = Backend::with_foreign_client(strict());
    let found = fault(backend.send(get("https://169.254.169.254/latest/meta-data")));
    assert_eq!(found, TransportFault::RefusedAddress);
}
