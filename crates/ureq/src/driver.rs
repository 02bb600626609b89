//! Drives a flow to its end: the one place where a step becomes a request or a pause.

use std::thread;

use tegata_core::Error;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::time::Clock;

use crate::transport::Transport;

/// Runs `flow` to its end, sending its requests by `transport` and sleeping when it waits.
///
/// ```
/// use tegata_core::flow::{Flow, Input, Step};
/// use tegata_core::time::UnixTime;
/// use tegata_ureq::{SystemClock, run};
///
/// struct Greeting;
///
/// impl Flow for Greeting {
///     type Output = &'static str;
///
///     fn advance(&mut self, _: Input, _: UnixTime) -> Result<Step<&'static str>, tegata_core::Error> {
///         Ok(Step::Done("no request needed"))
///     }
/// }
///
/// let transport = |_| unreachable!();
/// assert_eq!(run(&transport, &mut Greeting, &SystemClock::new())?, "no request needed");
/// # Ok::<(), tegata_core::Error>(())
/// ```
///
/// # Errors
///
/// Whatever ends the flow.
pub fn run<F: Flow + ?Sized>(
    transport: &dyn Transport,
    flow: &mut F,
    clock: &dyn Clock,
) -> Result<F::Output, Error> {
    let mut input = Input::Start;
    loop {
        input = match flow.advance(input, clock.now())? {
            Step::Done(output) => return Ok(output),
            Step::Send(request) => match transport.send(request) {
                Ok(response) => Input::Response(response),
                Err(error) => Input::Unreachable(error.into()),
            },
            Step::Wait(time) => {
                thread::sleep(time);
                Input::Woken
            }
        };
    }
}
