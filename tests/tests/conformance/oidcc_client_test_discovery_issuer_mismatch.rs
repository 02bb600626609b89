//! `oidcc-client-test-discovery-issuer-mismatch`: the metadata speak for another issuer, so the client
//! sends nobody there (OpenID Connect Discovery §4.3).

use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::DiscoveryIssuerMismatch);
    let issuer = stage.provider.issuer();
    stage.refuses_metadata_of(&format!("{issuer}INVALID"));
}
