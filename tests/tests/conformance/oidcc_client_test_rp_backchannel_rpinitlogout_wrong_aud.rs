//! `oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud`: the logout token is for another
//! client. Answered with 400 (OpenID Connect Back-Channel Logout §2.6 (4)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenAudInvalid));
    ended.is_not_told(TokenFault::Audience);
    ended.comes_back();
}
