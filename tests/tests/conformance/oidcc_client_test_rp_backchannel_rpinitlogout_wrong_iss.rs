//! `oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss`: the logout token is of another
//! issuer. Answered with 400 (OpenID Connect Back-Channel Logout §2.6 (4)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenIssMismatch));
    ended.is_not_told(TokenFault::Issuer);
    ended.comes_back();
}
