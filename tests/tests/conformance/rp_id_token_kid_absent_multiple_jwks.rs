//! `rp-id_token-kid-absent-multiple-jwks` of the tool of 2020: the keys have names and the ID token
//! names none, so two fit (OpenID Connect Core §10.1). The tool takes either answer; ours is no.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::KidMissing).refuses_id_token(TokenFault::KeyAmbiguous);
}
