//! `rp-id_token-bad-sig-rs256` of the tool of 2020: the characters of the signature are sorted. What
//! comes out is no base64url either: bits are left over at its end (RFC 4648 §3.5).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::SignatureSorted).refuses_id_token(TokenFault::Structure);
}
