//! `tegata discover`.

use serde_json::Value;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, Fault};

use crate::run::{TempFile, tegata};

#[test]
fn prints_a_line_per_member_or_the_whole_document() {
    let provider = FakeProvider::new(Profile::YAHOO_JAPAN);
    let _server = provider.serve().unwrap();
    let issuer = provider.issuer();
    let finished = tegata(&["discover", &issuer, "--allow-loopback-http"]);
    let text = finished.text();
    let line = text.lines().find(|line| line.starts_with("scopes_supported ")).unwrap();
    assert!(line.contains("openid, "), "{line}");
    assert!(text.lines().any(|line| line.starts_with("issuer ") && line.ends_with(&issuer)));

    let finished = tegata(&["discover", &issuer, "--allow-loopback-http", "--json"]);
    let document: Value = serde_json::from_str(finished.text()).unwrap();
    assert_eq!(document["issuer"], issuer);
    assert!(document["scopes_supported"].is_array());
}

#[test]
fn an_issuer_that_is_none_is_an_error_with_advice() {
    let provider = FakeProvider::new(Profile::OPENID);
    let _server = provider.serve().unwrap();
    let elsewhere = format!("{}/elsewhere", provider.issuer());
    let finished = tegata(&["discover", &elsewhere, "--allow-loopback-http"]);
    assert!(finished.error().contains("HTTP 404"), "{}", finished.stderr);

    provider.on(Endpoint::Discovery).always(Fault::DiscoveryIssuerMismatch);
    let finished = tegata(&["discover", &provider.issuer(), "--allow-loopback-http"]);
    assert!(finished.error().contains("Correct the client's registration"), "{}", finished.stderr);

    for (issuer, words) in [
        ("http://127.0.0.1:1", "--allow-loopback-http"),
        ("http://op.example.com", "plain http"),
        ("op.example.com", "no absolute URL"),
    ] {
        let finished = tegata(&["discover", issuer]);
        assert!(finished.error().contains(words), "{}", finished.stderr);
    }
}

#[test]
fn a_ca_file_that_holds_no_certificate_is_an_error() {
    let no_pem = TempFile::new("nothing");
    let finished = tegata(&["discover", "https://op.example.com", "--ca", no_pem.path()]);
    assert!(finished.error().contains("certificate"), "{}", finished.stderr);
}

#[test]
fn what_a_terminal_would_obey_is_not_printed_raw() {
    let provider = FakeProvider::new(Profile::OPENID);
    let _server = provider.serve().unwrap();
    let mut document = serde_json::json!({ "issuer": provider.issuer(), "x": "\u{9b}2J\u{202e}" });
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        document[name] = Value::from(format!("{}/x", provider.issuer()));
    }
    let mut response = http::Response::new(document.to_string().into_bytes());
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    for more in [&[][..], &["--json"]] {
        provider.on(Endpoint::Discovery).respond_once(response.clone());
        let usual = ["discover", &provider.issuer(), "--allow-loopback-http"];
        let finished = tegata(&[&usual[..], more].concat());
        let text = finished.text();
        assert!(text.contains("2J"), "{text}");
        assert!(!text.contains(['\u{9b}', '\u{202e}']), "{text:?}");
    }
}
