//! Security events: a provider tells what happened to an account that it vouched for (RFC 8417).
//!
//! ```text
//!   RFC 8935: the transmitter posts ──▶ push::read ─┐
//!                                                   ├─▶ Receiver::receive ─▶ Received ─▶ advice
//!   RFC 8936: we ask ──▶ poll::request, poll::read ─┘        verified          what to do
//! ```
//!
//! Google's Cross-Account Protection is one such transmitter; any that speaks the Shared Signals
//! Framework is another. What a delivered event means stands in [`Event`], and what to do about it in
//! a table of [`Advice`]: data, so that a preset or an application has its own.

mod advice;
mod event;
pub mod poll;
pub mod push;
mod receiver;
mod subject;

pub use advice::{ADVICE, Advice, Because, Necessity, Reaction, advise};
pub use event::{Event, EventType, UnknownEvent};
pub use receiver::{Receive, Received, Receiver, Transmitter};
pub use subject::{Subject, TokenSubject};
