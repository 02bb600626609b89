//! `oidcc-client-test-missing-chash`: a code comes in front and the ID token beside it vouches for
//! none (OpenID Connect Core §3.3.2.10).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::CHashMissing).refuses_id_token(TokenFault::CodeHashMissing);
}
