//! `oidcc-client-test-missing-aud`: an ID token for nobody (OpenID Connect Core §3.1.3.7 (3)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    variant.with(Fault::AudMissing).refuses_id_token(TokenFault::Audience);
}
