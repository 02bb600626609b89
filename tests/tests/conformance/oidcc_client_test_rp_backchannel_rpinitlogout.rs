//! `oidcc-client-test-rp-backchannel-rpinitlogout`: a right logout token, without `typ`, beside a
//! parameter and with a claim that are to be ignored. It names the session, and is answered with
//! 200 (OpenID Connect Back-Channel Logout §2.5, §2.8).

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Back);
    let ended = sign_out(&stage, None);
    ended.is_told();
    ended.comes_back();
}
