//! `rp-id_token-sig-es256` of the tool of 2020: ID tokens are signed by ES256, as was registered. By
//! RS256 they would be refused, whatever the provider can do (OpenID Connect Core §3.1.3.7 (7)).

use tegata_core::error::TokenFault;
use tegata_jose::algorithm::Algorithm;
use tegata_testkit::SigningAlgorithm;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.signed_by(SigningAlgorithm::ES256, Algorithm::ES256);
    assert_eq!(stage.accepts().claims().algorithm(), Algorithm::ES256);
    let stage = variant.signed_by(SigningAlgorithm::RS256, Algorithm::ES256);
    stage.refuses_id_token(TokenFault::AlgorithmNotAllowed);
}
