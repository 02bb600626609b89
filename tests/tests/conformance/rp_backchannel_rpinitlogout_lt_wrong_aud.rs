//! `rp-backchannel-rpinitlogout-lt-wrong-aud` of the tool of 2020: the logout token is for
//! a stranger altogether. Answered with 400.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenAudOther));
    ended.is_not_told(TokenFault::Audience);
    ended.comes_back();
}
