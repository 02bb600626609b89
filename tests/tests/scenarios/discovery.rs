//! Metadata as a living value: lazy, shared, refreshed, and served stale when the provider is down.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{Fault, Remedy, TransportFault};
use tegata_core::http::Endpoint;
use tegata_providers::openid;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint as At, Fault as Fake};
use tegata_tests::fake;
use tegata_tests::loopback::nobody;
use tegata_tests::verdict::Verdict;
use url::Url;

use super::backend;
use super::stage::{Stage, request};

#[test]
fn an_application_starts_while_its_provider_is_down() {
    let issuer = nobody("");
    let port = Url::parse(&issuer).unwrap().port().unwrap();
    let provider = fake::provider(Profile::OPENID);
    let config = openid::config(&issuer, Client::DEFAULT_ID, Client::DEFAULT_SECRET).unwrap();
    let config = config.with_redirect_uri(Client::DEFAULT_REDIRECT_URI).unwrap();
    let client = backend::client(config, provider.clock()).unwrap();
    let error = client.start(request()).unwrap_err();
    assert_eq!(error.remedy(), Remedy::Retry { after: None });
    assert_eq!(
        Verdict::on::<()>(Err(error)),
        Verdict::Transport(Endpoint::Discovery, TransportFault::Connect)
    );

    let _server = provider.serve_at(port).unwrap();
    provider.clock().advance(Duration::from_secs(1));
    let (url, pending) = client.start(request()).unwrap();
    let callback = provider.browse(url.as_str()).callback().unwrap();
    client.finish(pending, callback).unwrap();
}

#[test]
fn a_document_that_speaks_for_another_issuer_is_refused() {
    let stage = Stage::direct(Profile::OPENID);
    let _ = stage.provider.on(At::Discovery).once(Fake::DiscoveryIssuerMismatch);
    let expected = stage.provider.issuer();
    let mismatch = Fault::IssuerMismatch { found: format!("{expected}INVALID"), expected };
    let verdict = Verdict::on(stage.client.metadata());
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Discovery, mismatch));
    // Nothing of it was kept.
    stage.wait(1);
    stage.signed_in();
}

#[test]
fn addresses_that_lead_elsewhere_are_refused() {
    let private = TransportFault::RefusedAddress;
    let stage = Stage::served(Profile::OPENID);
    let _ = stage.provider.on(At::Discovery).once(Fake::DiscoveryJwksUriPrivate);
    assert_eq!(Verdict::on(stage.sign_in(request())), Verdict::Transport(Endpoint::Jwks, private));
    assert_eq!(stage.provider.count(At::Token), 0, "without keys the code is not spent");

    let stage = Stage::served(Profile::OPENID);
    let _ = stage.provider.on(At::Discovery).once(Fake::DiscoveryTokenEndpointInsecure);
    let verdict = Verdict::on(stage.client.metadata());
    assert!(
        matches!(&verdict, Verdict::Misbehaved(Endpoint::Discovery, Fault::Url { member, .. })
            if member == "token_endpoint"),
        "{verdict:?}"
    );
}

#[test]
fn unusual_metadata_is_no_reason_to_fail() {
    let stage = Stage::direct(Profile::OPENID);
    let _ = stage.provider.on(At::Discovery).once(Fake::DiscoveryUnusual);
    stage.signed_in();
}

#[test]
fn metadata_is_asked_for_again_after_an_hour() {
    let stage = Stage::served(Profile::OPENID);
    for (wait, asked) in [(0, 1), (3599, 1), (1, 2), (3599, 2), (1, 3)] {
        stage.wait(wait);
        stage.client.metadata().unwrap();
        assert_eq!(stage.provider.count(At::Discovery), asked);
    }
}

#[test]
fn metadata_serves_while_the_provider_cannot_be_asked() {
    for fault in [Fake::ConnectionReset, Fake::Unavailable, Fake::DiscoveryIssuerMismatch] {
        let stage = Stage::served(Profile::OPENID);
        let first = stage.client.metadata().unwrap();
        let _ = stage.provider.on(At::Discovery).always(fault);
        stage.wait(30 * 24 * 60 * 60);
        for _ in 0..3 {
            let stale = stage.client.metadata().unwrap_or_else(|error| panic!("{fault}: {error}"));
            assert!(Arc::ptr_eq(&first, &stale), "{fault}");
        }
        assert_eq!(stage.provider.count(At::Discovery), 2, "{fault}: one try per second");
        stage.wait(1);
        stage.client.metadata().unwrap();
        assert_eq!(stage.provider.count(At::Discovery), 3, "{fault}");
    }
}

#[test]
fn a_thousand_sign_ins_cost_a_thousand_and_two_requests() {
    let stage = Stage::direct(Profile::OPENID);
    for _ in 0..1000 {
        stage.sign_in(request()).unwrap();
    }
    assert_eq!(stage.provider.count(At::Token), 1000);
    assert_eq!(stage.sent(), 1002);
}

const MANY: usize = 40;

/// A moment: long enough for everybody to come while the first still waits for an answer.
const DELAY: Duration = Duration::from_millis(150);

#[test]
fn many_at_once_cause_one_discovery_and_one_key_fetch() {
    let stage = Stage::served(Profile::OPENID);
    let _ = stage.provider.on(At::Discovery).delay_once(DELAY);
    let _ = stage.provider.on(At::Jwks).delay_once(DELAY);
    for one in stage.sign_in_at_once(MANY) {
        one.unwrap();
    }
    assert_eq!(stage.provider.count(At::Discovery), 1);
    assert_eq!(stage.provider.count(At::Jwks), 1);
    assert_eq!(stage.sent(), 2 + MANY);
}

#[test]
fn many_at_once_learn_of_one_failure_together() {
    let stage = Stage::served(Profile::OPENID);
    let _ = stage.provider.on(At::Discovery).always(Fake::ConnectionReset);
    let broken = Verdict::Transport(Endpoint::Discovery, TransportFault::Interrupted);
    for one in stage.sign_in_at_once(MANY) {
        assert_eq!(Verdict::on(one), broken);
    }
    assert_eq!(stage.sent(), 1);
}
