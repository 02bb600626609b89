//! Attacks on relying parties that a token alone can show, each on every backend: a test is named
//! after what is refused, its comment after the CVE or paragraph that tells of it.

#![cfg(feature = "ring")]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "attacks/claims.rs"]
mod claims;
#[path = "attacks/encoding.rs"]
mod encoding;
#[path = "attacks/keys.rs"]
mod keys;
