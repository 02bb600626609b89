//! `oidcc-client-test-invalid-sig-rs256`: every byte of the signature is another. Where the ID token
//! comes from the token endpoint, TLS could vouch for it (OpenID Connect Core §3.1.3.7 (6)), and the
//! suite takes either answer; ours is no in both places.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with([Fault::DiscoveryRs256Only, Fault::SignatureInvalid]);
    stage.refuses_id_token(TokenFault::Signature);
}
