//! `oidcc-client-test-nonce-invalid`: `nonce` is the one sent and a `1`: the ID token of another
//! sign-in (OpenID Connect Core §3.1.3.7 (11)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::NonceInvalid).refuses_id_token(TokenFault::Nonce);
}
