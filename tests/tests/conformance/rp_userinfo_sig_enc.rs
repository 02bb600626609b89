//! `rp-userinfo-sig+enc` of the tool of 2020: UserInfo is signed and then encrypted, and verified like
//! any signed one once it is decrypted (OpenID Connect Core §5.3.2).

use tegata_core::error::{TokenFault, TokenKind};
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_oidc::decryption::{ContentEncryption, Decryption, Encryption, KeyManagement};
use tegata_testkit::encryption::recipient;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client as Registered, Fault, SigningAlgorithm};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, Variant, decryption_key, registered};

const AGREED: Encryption =
    Encryption::new(KeyManagement::RsaOaep256, ContentEncryption::A128CbcHs256);

pub(crate) fn run(variant: Variant) {
    let accepted = stage(variant);
    let signed_in = accepted.accepts();
    assert!(accepted.user_info(&signed_in).unwrap().unwrap().is_signed());

    for (fault, rule) in [
        (Fault::EncryptionMissing, TokenFault::NotEncrypted),
        (Fault::EncryptionUnsigned, TokenFault::NotSigned),
        (Fault::UserinfoAudInvalid, TokenFault::Audience),
        (Fault::UserinfoIssMismatch, TokenFault::Issuer),
        (Fault::UserinfoSubOther, TokenFault::SubjectChanged),
    ] {
        let stage = stage(variant);
        stage.provider.misbehave(fault);
        let signed_in = stage.sign_in(stage.request()).unwrap();
        let verdict = Verdict::on(stage.user_info(&signed_in).unwrap());
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::UserInfo, rule), "{fault}");
    }
}

fn stage(variant: Variant) -> Stage {
    let client = registered()
        .userinfo_signed_response_alg(SigningAlgorithm::RS256)
        .userinfo_encrypted_response(AGREED, recipient());
    let decryption = Decryption::new([decryption_key()]).with_user_info(AGREED);
    let algorithms = AllowedAlgorithms::of(&[Algorithm::RS256]);
    variant.registered(Profile::CERTIFICATION, client, Registered::ODD_ID, |config| {
        config.with_decryption(decryption).with_signed_user_info(algorithms)
    })
}
