//! `rp-backchannel-rpinitlogout-lt-wrong-issuer` of the tool of 2020: the logout token is
//! another issuer's own, by its key. Answered with 400.

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenIssOther));
    ended.is_not_told(TokenFault::Issuer);
    ended.comes_back();
}
