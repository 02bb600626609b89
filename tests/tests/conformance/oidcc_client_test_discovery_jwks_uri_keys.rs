//! `oidcc-client-test-discovery-jwks-uri-keys`: nobody can guess where the keys are. The client reads
//! it in the metadata, and has the keys before it asks for UserInfo; before it spends the code, even.

use tegata_testkit::Endpoint as At;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    stage.accepts();
    let seen = stage.provider.requests();
    let order: Vec<_> = seen.iter().map(|seen| seen.endpoint()).collect();
    assert_eq!(order, [At::Discovery, At::Authorization, At::Jwks, At::Token, At::UserInfo]);
    let keys = seen.iter().find(|seen| seen.endpoint() == At::Jwks).unwrap();
    assert!(stage.provider.address(At::Jwks).unwrap().ends_with(keys.request().uri().path()));
}
