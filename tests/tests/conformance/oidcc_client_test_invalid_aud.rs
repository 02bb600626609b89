//! `oidcc-client-test-invalid-aud`: the ID token is for the client and a `1`, which is another client
//! (OpenID Connect Core §3.1.3.7 (3)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::AudInvalid).refuses_id_token(TokenFault::Audience);
}
