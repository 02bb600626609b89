//! `oidcc-client-test-missing-iat`: nobody knows when the ID token was made. `iat` is required
//! (OpenID Connect Core §2).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::IatMissing).refuses_id_token(TokenFault::IssuedAtMissing);
}
