//! `oidcc-client-test-rp-init-logout`: the client ends the session at the provider, which tells it
//! by a token and by a frame, and sends the browser back with the `state` (OpenID Connect RP-
//! Initiated Logout §2, §3).

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Both);
    let ended = sign_out(&stage, None);
    ended.is_told();
    ended.is_framed();
    ended.comes_back();
}
