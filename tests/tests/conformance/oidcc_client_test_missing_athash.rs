//! `oidcc-client-test-missing-athash`: an access token comes in front and the ID token beside it
//! vouches for none (OpenID Connect Core §3.2.2.9).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::AtHashMissing).refuses_id_token(TokenFault::AccessTokenHashMissing);
}
