//! `oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce`: the logout token has a `nonce`, so
//! that it could be an ID token. Answered with 400 (OpenID Connect Back-Channel Logout §2.6 (7)).

use tegata_core::error::TokenFault;
use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, Some(Fault::LogoutTokenNonceAdded));
    ended.is_not_told(TokenFault::NonceForbidden);
    ended.comes_back();
}
