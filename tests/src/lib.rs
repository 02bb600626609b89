//! Tests across the crates: the same scenarios on both transports.
//!
//! A scenario is a file under `tests/scenarios`, written once against `super::backend` and mounted
//! once per transport; [`ureq_backend`] and [`reqwest_backend`] are that `backend`.

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

/// README and the guide: their examples compile and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/guide/errors.md")]
    mod errors {}
    #[doc = include_str!("../../docs/guide/offline-access.md")]
    mod offline_access {}
    #[doc = include_str!("../../docs/guide/sign-in.md")]
    mod sign_in {}
    #[doc = include_str!("../../docs/guide/testing.md")]
    mod testing {}
}
