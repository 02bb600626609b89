//! Tests across the crates: the same scenarios on both transports.
//!
//! A scenario is a file under `tests/scenarios`, written once against `super::backend` and mounted
//! once per transport; [`ureq_backend`] and [`reqwest_backend`] are that `backend`.

pub mod both;
pub mod certificates;
pub mod fake;
pub mod interop;
pub mod loopback;
pub mod requests;
pub mod reqwest_backend;
pub mod reqwest_tokens;
pub mod ureq_backend;
pub mod ureq_tokens;
pub mod verdict;

/// README, the guide and the providers' pages in both languages: their examples compile and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/guide/devices.md")]
    mod devices {}
    #[doc = include_str!("../../docs/guide/errors.md")]
    mod errors {}
    #[doc = include_str!("../../docs/guide/offline-access.md")]
    mod offline_access {}
    #[doc = include_str!("../../docs/guide/sign-in.md")]
    mod sign_in {}
    #[doc = include_str!("../../docs/guide/sign-out.md")]
    mod sign_out {}
    #[doc = include_str!("../../docs/guide/testing.md")]
    mod testing {}
    #[doc = include_str!("../../docs/guide/add-a-provider.md")]
    mod add_a_provider {}
    #[doc = include_str!("../../docs/providers/google.md")]
    mod google_en {}
    #[doc = include_str!("../../docs/providers/google-server-side.md")]
    mod google_server_side_en {}
    #[doc = include_str!("../../docs/providers/yahoo-japan.md")]
    mod yahoo_japan_en {}
    #[doc = include_str!("../../docs/providers/offline-access.md")]
    mod offline_access_en {}
    #[doc = include_str!("../../docs/ja/google.md")]
    mod google_ja {}
    #[doc = include_str!("../../docs/ja/google-server-side.md")]
    mod google_server_side_ja {}
    #[doc = include_str!("../../docs/ja/yahoo-japan.md")]
    mod yahoo_japan_ja {}
    #[doc = include_str!("../../docs/ja/offline-access.md")]
    mod offline_access_ja {}
}
