//! `oidcc-client-test-missing-sub`: an ID token about nobody. `sub` is required (OpenID Connect Core §2).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::SubMissing).refuses_id_token(TokenFault::Subject);
}
