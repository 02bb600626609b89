//! `oidcc-client-test-rp-backchannel-rpinitlogout-no-event`: the logout token has no `events`.
//! Answered with 400 (OpenID Connect Back-Channel Logout §2.6 (6)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenEventsMissing));
    ended.is_not_told(TokenFault::Events);
    ended.comes_back();
}
