//! `oidcc-client-test-idtoken-sig-rs256`: the provider has RS256 and nothing else, and signs with it.

use tegata_jose::algorithm::Algorithm;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let signed_in = variant.with(Fault::DiscoveryRs256Only).accepts();
    assert_eq!(signed_in.claims().algorithm(), Algorithm::RS256);
}
