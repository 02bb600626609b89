//! `rp-discovery-issuer-not-matching-config` of the tool of 2020: the metadata speak for another
//! provider altogether (OpenID Connect Discovery §4.3).

use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::DiscoveryIssuerOther).refuses_metadata_of("https://another.example.com");
}
