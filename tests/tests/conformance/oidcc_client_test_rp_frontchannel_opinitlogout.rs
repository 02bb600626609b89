//! `oidcc-client-test-rp-frontchannel-opinitlogout`: the user signs out at the provider, whose page
//! loads the client's in a frame; the client has asked for nothing (OpenID Connect Front-Channel
//! Logout §3).

use super::logout::{Channels, signed_out_by_provider};
use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.told_by(Channels::Front);
    let ended = signed_out_by_provider(&stage);
    ended.is_framed();
    ended.stays_at_the_provider();
}
