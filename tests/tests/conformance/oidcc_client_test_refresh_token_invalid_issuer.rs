//! `oidcc-client-test-refresh-token-invalid-issuer`: a refresh brings an ID token of another
//! issuer (OpenID Connect Core §12.2). It is refused, and the tokens beside it are not used.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with_rotating_refresh_tokens();
    stage.refuses_refreshed_id_token(Fault::IssMismatch, TokenFault::Issuer);
}
