//! `oidcc-client-test-discovery-openid-config`: the client asks for the metadata before anything else,
//! at the issuer with one slash between (OpenID Connect Discovery §4.1), and reads them.

use tegata_testkit::Endpoint as At;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    let metadata = stage.client.metadata().unwrap();
    assert_eq!(metadata.issuer().as_str(), stage.provider.issuer());
    let token_endpoint = stage.provider.address(At::Token).unwrap();
    assert_eq!(metadata.endpoint("token_endpoint").unwrap().as_str(), token_endpoint);
    let sent = stage.provider.requests();
    let paths: Vec<_> = sent.iter().map(|seen| seen.request().uri().path()).collect();
    assert_eq!(paths, ["/test/a/tegata/.well-known/openid-configuration"]);
}
