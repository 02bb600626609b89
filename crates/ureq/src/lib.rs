//! Blocking transport for Tegata, on [ureq](https://docs.rs/ureq).
//!
//! | module | what it holds |
//! |---|---|
//! | `client` | [`Client`]: what an application holds |
//! | `sign_in` | [`SignIn`]: a sign-in as it is put together |
//! | `device` | [`DeviceSignIn`]: the same on a device without a browser |
//! | `tokens` | [`TokenManager`], [`TokenHandle`]: tokens that stay alive |
//! | `transport` | [`Transport`], and [`HttpTransport`], which keeps its contract |
//! | `driver` | [`run`]: drives a flow to its end |
//!
//! What an application names besides, such as [`logout`], comes from `tegata-oidc`.

mod agent;
mod body;
mod client;
mod connector;
mod deadline;
mod device;
mod driver;
mod fault;
mod resolver;
mod sign_in;
mod tokens;
mod transport;

pub use client::{Client, ClientBuilder};
pub use device::DeviceSignIn;
pub use driver::run;
pub use sign_in::SignIn;
pub use tegata_core::Error;
pub use tegata_core::authorize::Callback;
pub use tegata_core::transport::TransportOptions;
pub use tegata_oidc::Config;
#[cfg(feature = "jwe")]
pub use tegata_oidc::decryption;
pub use tegata_oidc::sign_in::{
    CookieKey, DeviceRequest, Grant, PendingDevice, PendingSignIn, SignInRequest, SignedIn,
};
pub use tegata_oidc::{events, initiate, logout, replay, session, user_info};
pub use tegata_system::{OsRandom, SystemClock};
pub use tokens::{TokenHandle, TokenManager, TokenManagerBuilder};
pub use transport::{HttpTransport, Transport};
