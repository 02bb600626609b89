//! `oidcc-client-test-invalid-athash`: the front ID token vouches for another access token (OpenID
//! Connect Core §3.2.2.9).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::AtHashInvalid).refuses_id_token(TokenFault::AccessTokenHash);
}
