//! `oidcc-client-test-userinfo-bearer-header`: the access token is taken from the `Authorization` header
//! alone (RFC 6750 §2.1).

use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::BearerHeaderOnly).accepts();
}
