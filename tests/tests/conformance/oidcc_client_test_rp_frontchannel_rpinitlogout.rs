//! `oidcc-client-test-rp-frontchannel-rpinitlogout`: the client ends the session, and the provider
//! loads its page in a frame, by the registered address with its own query, `iss` and `sid` (OpenID
//! Connect Front-Channel Logout §3).

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Front);
    let ended = sign_out(&stage, None);
    ended.is_framed();
    ended.comes_back();
}
