//! Signing in: what is asked for, what must survive the redirect, and what comes out.
//!
//! ```text
//!   SignInRequest ─▶ Start ─▶ (URL, PendingSignIn) ─ browser ─▶ Callback ─▶ Finish ─▶ SignedIn
//! ```

mod finish;
mod pending;
mod request;
mod seal;
mod start;
mod verify;

pub use finish::{Finish, FinishGrant, Grant, SignedIn};
pub use pending::{PENDING_LIFETIME, PendingSignIn};
pub use request::SignInRequest;
pub use seal::{CookieKey, MAX_SEALED_BYTES};
pub use start::Start;
pub(crate) use verify::{Expected, VerifyIdToken};
