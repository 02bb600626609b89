//! `rp-id_token-kid-absent-single-jwks` of the tool of 2020: the one key has a name and the ID token
//! names none, so it is that one.

use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with([Fault::KeySetOnePerType, Fault::KidMissing]).accepts();
}
