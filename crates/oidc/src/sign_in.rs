//! Signing in: what is asked for, what must survive the redirect, and what comes out.
//!
//! ```text
//!   SignInRequest ─▶ Start ─▶ (URL, PendingSignIn) ─ browser ─▶ Callback ─▶ Finish ─▶ SignedIn
//! ```
//!
//! A device without a browser has a road of its own: [`DeviceRequest`], [`PendingDevice`].
//!
//! A code or an ID token that a page of the application got by itself comes in by the side door:
//! [`OneTimeCode`], [`VerifyHandedOver`].

mod device;
mod exchange;
mod finish;
mod handed_over;
mod one_time_code;
mod pending;
mod request;
mod seal;
mod signed_in;
mod start;
mod verify;

pub use device::{DeviceRequest, FinishDevice, FinishDeviceGrant, PendingDevice, StartDevice};
pub use finish::{Finish, FinishGrant};
pub use handed_over::VerifyHandedOver;
pub use one_time_code::{OneTimeCode, Redeem};
pub use pending::{PENDING_LIFETIME, PendingSignIn};
pub use request::{Parameters, SignInRequest};
pub use seal::{CookieKey, MAX_SEALED_BYTES};
pub use signed_in::{Grant, SignedIn};
pub use start::Start;
pub(crate) use verify::{Expected, VerifyIdToken, Way};
