//! Drives a flow to its end: the one place where a step becomes a request or a pause.

use tegata_core::Error;
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
        };
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tegata_core::error::{ApiMisuse, TransportError, TransportFault};
    use tegata_core::http::{Endpoint, HttpRequest};
    use tegata_core::time::UnixTime;

    use super::*;
    use tegata_system::SystemClock;

    /// `Send` and not `Sync`, as any flow may be.
    struct Once(Cell<u8>);

    impl Flow for Once {
        type Output = Cell<u8>;

        fn advance(&mut self, input: Input, _: UnixTime) -> Result<Step<Cell<u8>>, Error> {
            self.0.set(self.0.get() + 1);
            match input {
                Input::Start => Ok(Step::Send(HttpRequest::default())),
                Input::Unreachable(_) => Ok(Step::Done(self.0.clone())),
                _ => Err(ApiMisuse::WrongInput.into()),
            }
        }
    }

    #[tokio::test]
    async fn a_running_flow_can_move_to_another_thread() {
        let driven = tokio::spawn(async {
            let transport = |_: HttpRequest| async {
                Err(TransportError::new(Endpoint::Token, TransportFault::Connect))
            };
            run(&transport, &mut Once(Cell::new(0)), &SystemClock::new()).await
        });
        assert_eq!(driven.await.unwrap().unwrap().get(), 2);
    }
}
