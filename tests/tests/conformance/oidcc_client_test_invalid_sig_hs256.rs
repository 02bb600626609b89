//! `oidcc-client-test-invalid-sig-hs256`: as with RS256, for a client that registered HS256, whose
//! key is the client secret (OpenID Connect Core §10.1). No key is fetched.

use tegata_core::error::TokenFault;
use tegata_testkit::{Endpoint as At, Fault};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.signed_by_secret();
    stage.provider.misbehave(Fault::SignatureInvalid);
    stage.refuses_id_token(TokenFault::Signature);
    assert_eq!(stage.provider.count(At::Jwks), 0);
}
