//! Drives a flow to its end: the one place where a step becomes a request or a pause.

use tegata_core::Error;
use tegata_core::error::ApiMisuse;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::time::Clock;

use crate::transport::Transport;

/// Runs `flow` to its end, sending its requests by `transport` and sleeping when it waits.
///
/// The future is `Send` when the flow and its output are.
///
/// ```
/// use tegata_core::flow::{Flow, Input, Step};
/// use tegata_core::time::UnixTime;
/// use tegata_reqwest::{HttpTransport, SystemClock, TransportOptions, run};
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
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let transport = HttpTransport::new(TransportOptions::new())?;
/// assert_eq!(run(&transport, &mut Greeting, &SystemClock::new()).await?, "no request needed");
/// # Ok::<(), tegata_core::Error>(()) }).unwrap();
/// ```
///
/// # Errors
///
/// Whatever ends the flow.
pub async fn run<F: Flow + ?Sized>(
    transport: &dyn Transport,
    flow: &mut F,
    clock: &dyn Clock,
) -> Result<F::Output, Error> {
    let mut input = Input::Start;
    loop {
        input = match flow.advance(input, clock.now())? {
            Step::Done(output) => return Ok(output),
            Step::Send(request) => match transport.send(request).await {
                Ok(response) => Input::Response(response),
                Err(error) => Input::Unreachable(error.into()),
            },
            Step::Wait(time) => {
                tokio::time::sleep(time).await;
                Input::Woken
            }
            _ => return Err(ApiMisuse::Unsupported("a step newer than this driver").into()),
        };
    }
}
