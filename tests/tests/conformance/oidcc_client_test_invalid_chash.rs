//! `oidcc-client-test-invalid-chash`: the front ID token vouches for another code, so this one was
//! put in its place (OpenID Connect Core §3.3.2.10).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::CHashInvalid).refuses_id_token(TokenFault::CodeHash);
}
