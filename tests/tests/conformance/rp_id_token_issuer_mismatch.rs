//! `rp-id_token-issuer-mismatch` of the tool of 2020: the ID token is of another issuer altogether.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::IssOther).refuses_id_token(TokenFault::Issuer);
}
