//! `rp-userinfo-sig` of the tool of 2020: UserInfo is signed, as was registered: by an algorithm of its
//! own, and an answer without a signature is refused.

use tegata_core::error::{TokenFault, TokenKind};
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client as Registered, SigningAlgorithm};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, Variant, registered};

pub(crate) fn run(variant: Variant) {
    let signing = |algorithm| registered().userinfo_signed_response_alg(algorithm);
    let accepted = stage(variant, signing(SigningAlgorithm::ES256));
    let signed_in = accepted.accepts();
    assert!(accepted.user_info(&signed_in).unwrap().unwrap().is_signed());

    for (client, rule) in [
        (registered(), TokenFault::NotSigned),
        (signing(SigningAlgorithm::RS256), TokenFault::AlgorithmNotAllowed),
    ] {
        let stage = stage(variant, client);
        let signed_in = stage.sign_in(stage.request()).unwrap();
        let verdict = Verdict::on(stage.user_info(&signed_in).unwrap());
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::UserInfo, rule));
    }
}

fn stage(variant: Variant, client: Registered) -> Stage {
    let algorithms = AllowedAlgorithms::of(&[Algorithm::ES256]);
    variant.registered(Profile::CERTIFICATION, client, Registered::ODD_ID, |config| {
        config.with_signed_user_info(algorithms)
    })
}
