//! The deadline of an exchange, which this crate keeps and reqwest does not know.
//!
//! reqwest looks at the time first: a process that was stopped while it waited would find the time
//! over and throw the answer away that has come meanwhile, and with it perhaps the only refresh token
//! of a grant. So what has come is looked for once more before the exchange is given up: see
//! [`LAST_LOOK`].

use std::pin::pin;
use std::time::Duration;

use tegata_core::error::TransportFault;
use tegata_core::transport::LAST_LOOK;
use tokio::time::timeout;

use crate::fault::Failure;

/// What `exchange` comes to, which may take `limit` at most.
pub(crate) async fn within<T>(
    limit: Duration,
    exchange: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut exchange = pin!(exchange);
    if let Ok(outcome) = timeout(limit, exchange.as_mut()).await {
        return outcome;
    }
    // The connection is a task of its own, and has what came only after the runtime has run it.
    timeout(LAST_LOOK, exchange).await.unwrap_or(Err(TransportFault::Timeout.into()))
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_has_come_is_taken_though_the_time_is_over() {
        let (send, receive) = oneshot::channel();
        // The task of the connection, which runs after the time was found over.
        let connection = tokio::spawn(async move { send.send(7) });
        let exchange = async { Ok(receive.await.unwrap()) };
        assert_eq!(within(Duration::ZERO, exchange).await.unwrap(), 7);
        connection.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_longer_than_the_last_look() {
        let begun = tokio::time::Instant::now();
        let limit = Duration::from_secs(2);
        let outcome = within(limit, std::future::pending::<Result<(), Failure>>()).await;
        assert!(matches!(outcome, Err(Failure::Own(TransportFault::Timeout))));
        let late = Duration::from_millis(2);
        assert!(begun.elapsed() >= limit && begun.elapsed() <= limit + LAST_LOOK + late);
    }
}
