//! `oidcc-client-test-idtoken-sig-none`: the ID token of the token endpoint is not signed. The suite
//! takes either answer from a client that registered `none`. Ours is no: `none` cannot be named, so
//! it cannot be registered.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with([Fault::AlgNone, Fault::AtHashMissing]);
    stage.refuses_id_token(TokenFault::AlgorithmNotAllowed);
}
