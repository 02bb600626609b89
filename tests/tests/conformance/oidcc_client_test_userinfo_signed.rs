//! `oidcc-client-test-userinfo-signed`: UserInfo is a JWT of type `application/jwt`. Signature, issuer,
//! audience and subject are checked (OpenID Connect Core §5.3.2).

use tegata_core::error::{TokenFault, TokenKind};
use tegata_testkit::Fault;
use tegata_tests::verdict::Verdict;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::UserinfoSigned);
    let signed_in = stage.accepts();
    assert!(stage.user_info(&signed_in).unwrap().unwrap().is_signed());

    let faults = [
        (Fault::UserinfoAudInvalid, TokenFault::Audience),
        (Fault::UserinfoIssMismatch, TokenFault::Issuer),
        (Fault::UserinfoSubMismatch, TokenFault::SubjectChanged),
        (Fault::UserinfoSubMissing, TokenFault::Subject),
    ];
    for (fault, rule) in faults {
        let stage = variant.with([Fault::UserinfoSigned, fault]);
        let signed_in = stage.sign_in(stage.request()).unwrap();
        let verdict = Verdict::on(stage.user_info(&signed_in).unwrap());
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::UserInfo, rule), "{fault}");
    }
}
