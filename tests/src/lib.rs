//! Tests across the crates: the same scenarios on both transports.
//!
//! A scenario is a file under `tests/scenarios`, written once against `super::backend` and mounted
//! once per transport; [`ureq_backend`] and [`reqwest_backend`] are that `backend`.

pub mod certificates;
pub mod loopback;
pub mod requests;
pub mod reqwest_backend;
pub mod ureq_backend;
