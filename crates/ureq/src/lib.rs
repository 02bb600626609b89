//! Blocking transport for Tegata, on [ureq](https://docs.rs/ureq).
//!
//! | module | what it holds |
//! |---|---|
//! | `transport` | [`Transport`], and [`HttpTransport`], which keeps its contract |
//! | `driver` | [`run`]: drives a flow to its end |
//! | `system` | [`SystemClock`], [`OsRandom`] |

mod agent;
mod body;
mod connector;
mod driver;
mod fault;
mod resolver;
mod system;
mod transport;

pub use driver::run;
pub use system::{OsRandom, SystemClock};
pub use tegata_core::transport::TransportOptions;
pub use transport::{HttpTransport, Transport};
