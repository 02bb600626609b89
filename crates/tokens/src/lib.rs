//! Tokens that stay alive and are never lost: when to refresh, what to store, without I/O.
//!
//! A **grant** is one user's consent at one provider. Its refresh token cannot be asked for again
//! without bothering the user, and many servers kill the whole grant when one is used twice. So a
//! grant is a small state machine, and whoever refreshes it follows five rules:
//!
//! 1. the intent to refresh is durable before the refresh token is spent;
//! 2. a result is committed by comparing the *generation* it consumed, not by who holds the lease;
//! 3. a dead owner is noticed before the server's grace period ends;
//! 4. the refresh is detached from the caller that wanted it;
//! 5. the lease outlasts the deadline of the HTTP exchange.
//!
//! Nothing here opens a socket, reads a clock or touches a file. Rules 1 and 2 are one pure
//! function, [`Change::apply`](change::Change::apply), that every store runs inside a transaction;
//! the others are the [`machine`], which says what to do next and is told what happened.
//!
//! | to learn about | read |
//! |---|---|
//! | what is kept of a grant, and the state diagram | [`record`], [`grant`] |
//! | each step that a store makes in one piece | [`change`] |
//! | the order of those steps, and the driver | [`machine`] |
//! | when a token is old, what servers do, what to wait for | [`freshness`], [`policy`], [`settings`] |
//! | one token in one process, and who waits for it | [`slot`] |
//! | not asking too much of a server | [`gate`] |
//! | encryption at rest | [`vault`] |
//! | the traits of a store, and the store in memory | [`store`] |
//! | proving a store of your own | [`conformance`] |
//! | what an application can listen to | [`event`] |
//! | other programs' files | [`interchange`] |

pub mod change;
pub mod conformance;
pub mod error;
pub mod event;
pub mod freshness;
pub mod gate;
pub mod grant;
pub mod interchange;
pub mod machine;
pub mod policy;
pub mod record;
pub mod settings;
pub mod slot;
pub mod store;
pub mod vault;

pub use error::Error;
pub use grant::GrantId;
pub use policy::RefreshPolicy;
pub use settings::Settings;
pub use store::{AsyncTokenStore, TokenStore};
