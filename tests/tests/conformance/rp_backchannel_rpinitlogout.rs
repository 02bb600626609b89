//! `rp-backchannel-rpinitlogout` of the tool of 2020: the logout token is right, and good for a day.

use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenLongLived));
    ended.is_told();
    ended.comes_back();
}
