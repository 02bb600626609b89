//! `oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg`: the logout token is signed by ES256,
//! and the client registered RS256. Answered with 400 (OpenID Connect Back-Channel Logout §2.6
//! (3)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenAlgWrong));
    ended.is_not_told(TokenFault::AlgorithmNotAllowed);
    ended.comes_back();
}
