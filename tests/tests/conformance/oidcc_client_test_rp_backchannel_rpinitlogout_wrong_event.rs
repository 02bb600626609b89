//! `oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event`: the `events` of the logout token
//! name another event. Answered with 400 (OpenID Connect Back-Channel Logout §2.6 (6)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenEventWrong));
    ended.is_not_told(TokenFault::Events);
    ended.comes_back();
}
