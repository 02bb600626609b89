//! `rp-id_token-aud` of the tool of 2020: the ID token is for a stranger altogether.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::AudOther).refuses_id_token(TokenFault::Audience);
}
