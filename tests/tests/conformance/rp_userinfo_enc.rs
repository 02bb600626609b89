//! `rp-userinfo-enc` of the tool of 2020: UserInfo is encrypted, and nobody signed it (OpenID Connect
//! Core §5.3.2).

use tegata_core::error::{Fault as Refusal, TokenFault, TokenKind};
use tegata_core::http::Endpoint;
use tegata_oidc::decryption::{ContentEncryption, Decryption, Encryption, KeyManagement};
use tegata_testkit::Fault;
use tegata_testkit::encryption::recipient;
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, Variant, decryption_key, registered};

const AGREED: Encryption =
    Encryption::new(KeyManagement::RsaOaep256, ContentEncryption::A128CbcHs256);

pub(crate) fn run(variant: Variant) {
    let accepted = stage(variant);
    let signed_in = accepted.accepts();
    assert!(!accepted.user_info(&signed_in).unwrap().unwrap().is_signed());

    let refused = Verdict::InvalidToken(TokenKind::UserInfo, TokenFault::NotEncrypted);
    let another = Verdict::Misbehaved(Endpoint::UserInfo, Refusal::SubjectMismatch);
    for (fault, expected) in
        [(Fault::EncryptionMissing, refused), (Fault::UserinfoSubOther, another)]
    {
        let stage = stage(variant);
        stage.provider.misbehave(fault);
        let signed_in = stage.sign_in(stage.request()).unwrap();
        assert_eq!(Verdict::on(stage.user_info(&signed_in).unwrap()), expected, "{fault}");
    }
}

fn stage(variant: Variant) -> Stage {
    let client = registered().userinfo_encrypted_response(AGREED, recipient());
    variant.encrypted(client, Decryption::new([decryption_key()]).with_user_info(AGREED))
}
