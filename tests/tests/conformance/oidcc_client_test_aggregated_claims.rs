//! `oidcc-client-test-aggregated-claims`: address and telephone number come in a JWT of another party
//! (OpenID Connect Core §5.6.2.1). The suite's is not signed, so it can be read by a dangerous name
//! alone, and never verifies.

use tegata_core::error::{TokenFault, TokenKind};
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::jwks::KeySet;
use tegata_oidc::claim_sources::ClaimSource;
use tegata_testkit::Fault;
use tegata_tests::fake::BEGINNING;
use tegata_tests::verdict::Verdict;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::UserinfoAggregated);
    let signed_in = stage.sign_in(stage.request_for("openid address phone")).unwrap();
    let user_info = stage.user_info(&signed_in).unwrap().unwrap();
    assert!(user_info.standard_claims().address().is_none());
    for claim in ["address", "phone_number"] {
        let source = user_info.claim_source(claim).unwrap().unwrap();
        assert!(matches!(source, ClaimSource::Aggregated(_)));
        let claims = stage.client.run(source.fetch()).unwrap();
        assert!(claims.dangerous_unverified().unwrap().contains_key(claim));

        let (keys, algorithms) = (KeySet::empty(), AllowedAlgorithms::of(&[Algorithm::RS256]));
        let backend = stage.client.relying_party().backend();
        let verdict = claims.verify("https://other.example", &keys, algorithms, backend, BEGINNING);
        let unsigned = Verdict::InvalidToken(TokenKind::Jws, TokenFault::AlgorithmNotAllowed);
        assert_eq!(Verdict::on(verdict), unsigned);
    }
    assert!(user_info.claim_source("email").unwrap().is_none());
}
