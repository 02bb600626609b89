//! `rp-id_token-bad-at_hash` of the tool of 2020: the right characters in the wrong order, so neither
//! length nor alphabet gives it away.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::AtHashSorted).refuses_id_token(TokenFault::AccessTokenHash);
}
