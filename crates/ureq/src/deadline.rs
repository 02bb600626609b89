//! The deadline of an exchange, which this crate keeps and ureq does not know.
//!
//! ureq gives up as soon as it finds the time over, even when the answer lies in the socket. A
//! process that was stopped while it waited would lose it, and with it perhaps the only refresh token
//! of a grant. So an exchange runs [`within`] a limit, and its connection, which is [`Punctual`],
//! looks once more for what has come before it gives up: see [`LAST_LOOK`].
//!
//! ureq carries no value from a request to its connection; but all of an exchange happens on the
//! caller's thread, and that is where the limit is noted.

use std::cell::Cell;
use std::time::{Duration, Instant};

use tegata_core::transport::LAST_LOOK;
use ureq::unversioned::transport::time::Duration as Left;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use ureq::{Error, Timeout};

thread_local! {
    static END: Cell<Option<End>> = const { Cell::new(None) };
}

/// When the exchange on this thread ends.
#[derive(Clone, Copy)]
struct End {
    at: Instant,
    /// It was found over, and moved for the last look.
    last: bool,
}

/// Runs `exchange`, which may take `limit` at most.
pub(crate) fn within<T>(limit: Duration, exchange: impl FnOnce() -> T) -> T {
    // A limit beyond all reckoning is none.
    END.set(Instant::now().checked_add(limit).map(|at| End { at, last: false }));
    let result = exchange();
    END.set(None);
    result
}

/// The time that is left of the exchange, but `limit` at most, which `reason` names.
pub(crate) fn at_most(limit: Duration, reason: Timeout) -> Result<NextTimeout, Error> {
    earlier(NextTimeout { after: Left::Exact(limit), reason, ..NextTimeout::default() })
}

/// The earlier one of `timeout` and the end of the exchange; an error when that is over.
fn earlier(timeout: NextTimeout) -> Result<NextTimeout, Error> {
    let Some(end) = END.get() else { return Ok(timeout) };
    let left = end.at.saturating_duration_since(Instant::now());
    if *timeout.after <= left {
        return Ok(timeout);
    }
    if left.is_zero() {
        return Err(Error::Timeout(Timeout::Global));
    }
    Ok(NextTimeout { after: Left::Exact(left), reason: Timeout::Global, ..timeout })
}

/// Moves an end that was found over, once; answers whether it did.
fn look_once_more() -> bool {
    let Some(End { last: false, .. }) = END.get() else { return false };
    END.set(Some(End { at: Instant::now() + LAST_LOOK, last: true }));
    true
}

/// A connection that keeps to the deadline of the exchange it is used for.
#[derive(Debug)]
pub(crate) struct Punctual(Box<dyn Transport>);

impl Punctual {
    pub(crate) fn new(transport: Box<dyn Transport>) -> Self {
        Self(transport)
    }

    fn await_in_time(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(earlier(timeout)?)
    }
}

impl Transport for Punctual {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    /// Nothing is sent after the deadline: others may have begun to do what it is about.
    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, earlier(timeout)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        match self.await_in_time(timeout) {
            Err(Error::Timeout(Timeout::Global)) if look_once_more() => self.await_in_time(timeout),
            outcome => outcome,
        }
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    /// A connection on which answers have come, one for each of the first `answers` looks.
    #[derive(Debug)]
    struct Line {
        buffers: LazyBuffers,
        answers: usize,
        looks: Arc<AtomicUsize>,
        sent: Arc<AtomicUsize>,
    }

    impl Transport for Line {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            self.sent.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            assert!(!timeout.after.is_zero() && *timeout.after <= LAST_LOOK);
            match self.looks.fetch_add(1, Ordering::Relaxed) < self.answers {
                true => Ok(true),
                false => Err(Error::Timeout(timeout.reason)),
            }
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    fn line(answers: usize) -> (Punctual, Arc<AtomicUsize>, Arc<AtomicUsize>) {
        let (looks, sent) = (Arc::default(), Arc::default());
        let buffers = LazyBuffers::new(16, 16);
        let (looks_of, sent_of) = (Arc::clone(&looks), Arc::clone(&sent));
        let line = Line { buffers, answers, looks: looks_of, sent: sent_of };
        (Punctual::new(Box::new(line)), looks, sent)
    }

    fn is_over(error: &Error) -> bool {
        matches!(error, Error::Timeout(Timeout::Global))
    }

    #[test]
    fn what_has_come_is_read_though_the_time_is_over() {
        let (mut line, looks, _) = line(2);
        within(Duration::ZERO, || {
            assert!(line.await_input(NextTimeout::default()).unwrap(), "the head");
            assert!(line.await_input(NextTimeout::default()).unwrap(), "the body");
        });
        assert_eq!(looks.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_wait_that_the_deadline_ended_is_followed_by_one_last_look() {
        let (mut line, looks, _) = line(0);
        within(LAST_LOOK, || {
            assert!(is_over(&line.await_input(NextTimeout::default()).unwrap_err()));
            assert_eq!(looks.load(Ordering::Relaxed), 2);
            assert!(is_over(&line.await_input(NextTimeout::default()).unwrap_err()));
            assert_eq!(looks.load(Ordering::Relaxed), 3, "the last look is not the last but one");
        });
    }

    #[test]
    fn nothing_is_sent_after_the_deadline() {
        let (mut line, _, sent) = line(0);
        within(Duration::ZERO, || {
            assert!(is_over(&line.transmit_output(1, NextTimeout::default()).unwrap_err()));
        });
        assert_eq!(sent.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_connection_has_the_earlier_one_of_its_own_timeout_and_the_deadline() {
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
        within(hour, || {
            let timeout = at_most(second, Timeout::Connect).unwrap();
            assert_eq!((*timeout.after, timeout.reason), (second, Timeout::Connect));
        });
        within(second, || {
            let timeout = at_most(hour, Timeout::Connect).unwrap();
            assert!(*timeout.after <= second && timeout.reason == Timeout::Global);
        });
        within(Duration::ZERO, || assert!(is_over(&at_most(hour, Timeout::Connect).unwrap_err())));
        within(Duration::MAX, || assert!(at_most(hour, Timeout::Connect).is_ok()));
    }
}
