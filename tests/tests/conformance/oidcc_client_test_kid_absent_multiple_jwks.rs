//! `oidcc-client-test-kid-absent-multiple-jwks`: neither the ID token nor a key names itself, and
//! there are three keys of each type. The suite takes either answer. Ours is no: the issuer must say
//! which key it means when it has several (OpenID Connect Core §10.1).

use tegata_core::error::TokenFault;
use tegata_testkit::{Endpoint as At, Fault};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let nameless = [Fault::KeySetKidsMissing, Fault::KeySetThreePerType, Fault::KidMissing];
    let stage = variant.with(nameless);
    stage.refuses_id_token(TokenFault::KeyAmbiguous);
    assert_eq!(stage.provider.count(At::Jwks), 1, "newer keys would not help");
}
