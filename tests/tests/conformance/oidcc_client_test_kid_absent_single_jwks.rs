//! `oidcc-client-test-kid-absent-single-jwks`: neither the ID token nor a key names itself, and there
//! is one key of each type. That leaves one that fits (OpenID Connect Core §10.1).

use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let nameless = [Fault::KeySetKidsMissing, Fault::KeySetOnePerType, Fault::KidMissing];
    variant.with(nameless).accepts();
}
