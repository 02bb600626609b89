//! `oidcc-client-test-userinfo-invalid-sub`: UserInfo is about somebody else, so nothing of it may be
//! used (OpenID Connect Core §5.3.2). On the wire nobody sees what the client makes of it.

use tegata_core::error::Fault as Refusal;
use tegata_core::http::Endpoint;
use tegata_testkit::{Endpoint as At, Fault};
use tegata_tests::verdict::Verdict;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::UserinfoSubMismatch);
    let signed_in = stage.sign_in(stage.request()).unwrap();
    let verdict = Verdict::on(stage.user_info(&signed_in).unwrap());
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::UserInfo, Refusal::SubjectMismatch));
    assert_eq!(stage.provider.count(At::UserInfo), 1);
}
