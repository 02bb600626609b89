//! Flows: operations of more than one HTTP exchange, as step machines that anything can drive.
//!
//! ```text
//!            Input::Start                      Step::Done(output)
//!   driver ───────────────▶ flow.advance() ───────────────────────▶ caller
//!     ▲                        │
//!     │  Input::Response       │ Step::Send(request)
//!     │  Input::Unreachable    ▼
//!     └──────────────────── transport      Step::Wait(time) ─▶ sleep ─▶ Input::Woken
//! ```
//!
//! A flow does no I/O and reads no clock. A driver is ten lines; `examples/by_hand.rs` has one.

use std::time::Duration;

use crate::error::Error;
use crate::http::{HttpRequest, HttpResponse};
use crate::time::UnixTime;

/// What happened since the flow was last advanced.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input {
    /// Nothing yet: the first input of every flow.
    Start,
    /// The answer to the request of the last [`Step::Send`].
    Response(HttpResponse),
    /// The request of the last [`Step::Send`] got no answer.
    ///
    /// A flow may go on with what it holds (stale keys); when it cannot, it fails with this error.
    Unreachable(Error),
    /// The time of the last [`Step::Wait`] is over.
    Woken,
}

/// What the driver does next.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver that knows not every step is broken")]
#[expect(clippy::large_enum_variant, reason = "one step lives at a time")]
pub enum Step<T> {
    /// Send this request, then advance with [`Input::Response`] or [`Input::Unreachable`].
    Send(HttpRequest),
    /// Let this much time pass, then advance with [`Input::Woken`].
    Wait(Duration),
    /// The flow is over; advancing it again is an error.
    Done(T),
}

impl<T> Step<T> {
    /// Separates the end of a nested flow from the steps that the outer flow passes on.
    ///
    /// ```
    /// use tegata_core::flow::Step;
    ///
    /// fn outer(inner: Step<u8>) -> Step<String> {
    ///     match inner.split() {
    ///         Ok(number) => Step::Done(number.to_string()),
    ///         Err(step) => step,
    ///     }
    /// }
    /// assert!(matches!(outer(Step::Done(7)), Step::Done(text) if text == "7"));
    /// ```
    ///
    /// # Errors
    ///
    /// The step itself, retyped for the outer flow, when the nested flow is not done.
    #[expect(clippy::result_large_err, reason = "the step is no error and is passed on at once")]
    pub fn split<U>(self) -> Result<T, Step<U>> {
        match self {
            Self::Done(output) => Ok(output),
            Self::Send(request) => Err(Step::Send(request)),
            Self::Wait(time) => Err(Step::Wait(time)),
        }
    }
}

/// An operation of one or more HTTP exchanges.
///
/// The contract:
///
/// 1. The first input is [`Input::Start`].
/// 2. Each [`Step::Send`] is answered by [`Input::Response`] or [`Input::Unreachable`], each
///    [`Step::Wait`] by [`Input::Woken`]; any other input is an
///    [`ApiMisuse`](crate::error::ApiMisuse).
/// 3. After [`Step::Done`] or an error the flow is over.
/// 4. A driver sends each request once: it does not follow redirects, retry a POST or cache.
pub trait Flow {
    /// What the flow is for.
    type Output;

    /// Takes what happened, answers what to do next.
    ///
    /// # Errors
    ///
    /// Whatever ends the flow: see [`Error`].
    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error>;
}
