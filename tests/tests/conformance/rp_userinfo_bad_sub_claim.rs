//! `rp-userinfo-bad-sub-claim` of the tool of 2020: UserInfo is about another user altogether.

use tegata_core::error::Fault as Refusal;
use tegata_core::http::Endpoint;
use tegata_testkit::Fault;
use tegata_tests::verdict::Verdict;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.with(Fault::UserinfoSubOther);
    let signed_in = stage.sign_in(stage.request()).unwrap();
    let verdict = Verdict::on(stage.user_info(&signed_in).unwrap());
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::UserInfo, Refusal::SubjectMismatch));
}
