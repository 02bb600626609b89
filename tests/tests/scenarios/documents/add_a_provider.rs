//! A provider that is not shipped: the guide's example, with its two hard cases.

use tegata_core::error::{TokenFault, TokenKind};
use tegata_core::metadata::ServerMetadata;
use tegata_core::url::{EndpointUrl, Issuer};
use tegata_jose::id_token::IdTokenRules;
use tegata_oidc::Config;
use tegata_providers::openid;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint as At, FakeProvider, Fault as Fake};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request};

/// One of the tenants of a provider that has many behind one address.
fn tenant(tid: &'static str) -> Profile {
    let mut profile = Profile::OPENID;
    profile.issuer = "https://login.example.com/t-1/v2.0";
    profile.claims_in_id_token = true;
    profile.issuer_parameter = false;
    profile.user_claims = tid;
    profile
}

fn of_tenants(provider: &FakeProvider, tenants: [&str; 2]) -> Config {
    let issuer = Issuer::new("https://login.example.com/common/v2.0").unwrap();
    let address = |at| EndpointUrl::new(&provider.address(at).unwrap()).unwrap();
    let metadata = ServerMetadata::new(issuer)
        .with_endpoint("authorization_endpoint", address(At::Authorization))
        .with_endpoint("token_endpoint", address(At::Token))
        .with_endpoint("jwks_uri", address(At::Jwks));
    let (id, secret) = (Client::DEFAULT_ID, Client::DEFAULT_SECRET);
    let config = openid::config("https://login.example.com/common/v2.0", id, secret).unwrap();
    let config = config.with_redirect_uri(Client::DEFAULT_REDIRECT_URI).unwrap();
    config.with_metadata(metadata).unwrap().with_id_token_rules(|rules| {
        IdTokenRules::new("https://login.example.com/{tenantid}/v2.0", id)
            .with_algorithms(rules.algorithms())
            .with_tenants(tenants)
    })
}

#[test]
fn one_address_many_tenants_and_only_those_that_are_named() {
    for (tid, tenants, is_good) in [
        (r#"{"tid":"t-1"}"#, ["t-1", "t-2"], true),
        (r#"{"tid":"t-2"}"#, ["t-1", "t-2"], false),
        (r#"{"tid":"t-1"}"#, ["t-2", "t-3"], false),
        ("{}", ["t-1", "t-2"], false),
    ] {
        let change = |_, provider: &FakeProvider| of_tenants(provider, tenants);
        let stage = Stage::configured(tenant(tid), change);
        let signed_in = stage.sign_in(request());
        assert_eq!(signed_in.is_ok(), is_good, "{tid} {tenants:?}");
        if !is_good {
            let issuer = Verdict::InvalidToken(TokenKind::IdToken, TokenFault::Issuer);
            assert_eq!(Verdict::on(signed_in), issuer, "{tid} {tenants:?}");
        }
    }
}

#[test]
fn an_audience_that_is_not_you_is_refused_unless_it_is_trusted() {
    let sign_in = |change: fn(Config) -> Config| {
        let stage = Stage::configured(Profile::OPENID, |config, _| change(config));
        let _ = stage.provider.on(At::Token).once(Fake::AudUntrusted);
        stage.sign_in(request())
    };
    let untrusted = Verdict::InvalidToken(TokenKind::IdToken, TokenFault::AudienceUntrusted);
    assert_eq!(Verdict::on(sign_in(|config| config)), untrusted);
    // A trusted audience is one thing, the client that it was issued to another (Core §3.1.3.7 (4)).
    let trusting = |config: Config| {
        config.with_id_token_rules(|rules| rules.with_trusted_audience("stranger"))
    };
    let no_party = Verdict::InvalidToken(TokenKind::IdToken, TokenFault::AuthorizedParty);
    assert_eq!(Verdict::on(sign_in(trusting)), no_party);
}
