//! `rp-id_token-sig-hs256` of the tool of 2020: ID tokens are signed by HS256 and the client secret, as
//! was registered; with no other key, and least of all with a published one.

use tegata_core::error::TokenFault;
use tegata_jose::algorithm::Algorithm;
use tegata_testkit::{Endpoint as At, Fault};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.signed_by_secret();
    let signed_in = stage.sign_in(stage.request()).unwrap();
    assert_eq!(signed_in.claims().algorithm(), Algorithm::HS256);
    assert_eq!(stage.provider.count(At::Jwks), 0, "there is nothing to fetch");

    let stage = variant.signed_by_secret();
    stage.provider.misbehave(Fault::AlgHs256PublicKey);
    stage.refuses_id_token(TokenFault::Signature);
}
