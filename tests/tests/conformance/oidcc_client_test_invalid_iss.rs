//! `oidcc-client-test-invalid-iss`: `iss` is the issuer and a `1`. It must be the issuer that was
//! discovered, letter for letter (OpenID Connect Core §3.1.3.7 (2)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::IssMismatch).refuses_id_token(TokenFault::Issuer);
}
