//! `oidcc-client-test-rp-init-logout-other-state`: the browser comes back with another `state` than
//! was sent. The session is over all the same, and nothing more is done (OpenID Connect RP-
//! Initiated Logout §3).

use tegata_testkit::Fault;

use super::logout::{Channels, sign_out};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Both);
    let ended = sign_out(&stage, Some(Fault::PostLogoutStateMismatch));
    ended.is_told();
    ended.is_framed();
    ended.comes_back_for_another();
}
