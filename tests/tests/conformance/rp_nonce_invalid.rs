//! `rp-nonce-invalid` of the tool of 2020: a `nonce` that has nothing to do with the one sent.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::NonceOther).refuses_id_token(TokenFault::Nonce);
}
