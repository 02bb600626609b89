//! `oidcc-client-test-invalid-sig-es256`: as with RS256, for a client that registered ES256.

use tegata_core::error::TokenFault;
use tegata_jose::algorithm::Algorithm;
use tegata_testkit::{Fault, SigningAlgorithm};

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.signed_by(SigningAlgorithm::ES256, Algorithm::ES256);
    assert_eq!(stage.accepts().claims().algorithm(), Algorithm::ES256);
    let stage = variant.signed_by(SigningAlgorithm::ES256, Algorithm::ES256);
    stage.provider.misbehave(Fault::SignatureInvalid);
    stage.refuses_id_token(TokenFault::Signature);
}
