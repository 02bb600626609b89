//! When a request is sent again: only when the server cannot act on it twice.
//!
//! | what happened | `GET`, `HEAD` | any other method |
//! |---|---|---|
//! | no connection, or the name did not resolve | again, after a pause | again, after a pause |
//! | the connection broke after the request was sent | again, after a pause | no |
//! | 429 or 503 with `Retry-After` | again, when it says | no |
//! | anything else | no | no |
//!
//! A pause doubles with each attempt and is shortened by up to half at random, so that many clients
//! which failed together do not come back together. What would outlast the deadline is not tried.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::error::TransportFault;
use crate::http::{HttpResponse, retry_after};
use crate::random::Random;
use crate::time::UnixTime;

/// When a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// How often at most. Default: 2.
    pub limit: u32,
    /// The longest pause before the first repetition; it doubles with each. Default: 200 ms.
    pub pause: Duration,
    /// The longest `Retry-After` that is waited for; a server that asks for more gets no second
    /// request, and the caller gets its answer. Default: 5 seconds.
    pub patience: Duration,
}

impl Retry {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { limit: 2, pause: Duration::from_millis(200), patience: Duration::from_secs(5) }
    }

    /// Every request is sent once.
    #[must_use]
    pub const fn never() -> Self {
        Self { limit: 0, ..Self::new() }
    }

    /// Sets the longest pause before the first repetition.
    #[must_use]
    pub const fn with_pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How long to wait before the request is sent again; `None`: it is not.
    ///
    /// `sent` is how often it was sent already, `left` what remains until the deadline.
    #[must_use]
    pub fn after(
        &self,
        method: &Method,
        outcome: Result<&HttpResponse, TransportFault>,
        sent: u32,
        left: Duration,
        now: UnixTime,
        random: &dyn Random,
    ) -> Option<Duration> {
        if sent > self.limit {
            return None;
        }
        let safe = *method == Method::GET || *method == Method::HEAD;
        let wait = match outcome {
            Ok(response) if safe && asks_to_wait(response.status()) => {
                retry_after(response.headers(), now).filter(|wait| *wait <= self.patience)?
            }
            Err(TransportFault::Connect | TransportFault::Dns) => self.backoff(sent, random),
            Err(TransportFault::Interrupted) if safe => self.backoff(sent, random),
            _ => return None,
        };
        (wait < left).then_some(wait)
    }

    fn backoff(&self, sent: u32, random: &dyn Random) -> Duration {
        let doublings = sent.saturating_sub(1).min(16);
        let longest = self.pause.saturating_mul(1 << doublings);
        let mut byte = [0_u8];
        // Jitter needs no secrecy: without randomness the pause is the longest one.
        let shortened = random.fill(&mut byte).map_or(0, |()| byte[0]);
        longest.saturating_sub(longest / 512 * u32::from(shortened))
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self::new()
    }
}

fn asks_to_wait(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::RandomUnavailable;

    const LEFT: Duration = Duration::from_secs(10);
    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    struct Constant(u8);

    impl Random for Constant {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    fn after(method: &Method, fault: TransportFault, sent: u32) -> Option<Duration> {
        Retry::new().after(method, Err(fault), sent, LEFT, NOW, &Constant(0))
    }

    fn answered(method: &Method, status: u16, retry_after: &str) -> Option<Duration> {
        let response = http::Response::builder()
            .status(status)
            .header(http::header::RETRY_AFTER, retry_after)
            .body(Vec::new())
            .unwrap();
        Retry::new().after(method, Ok(&response), 1, LEFT, NOW, &Constant(0))
    }

    #[test]
    fn a_post_is_repeated_only_when_it_cannot_have_arrived() {
        for fault in [TransportFault::Connect, TransportFault::Dns] {
            assert!(!fault.maybe_sent());
            assert!(after(&Method::POST, fault, 1).is_some(), "{fault}");
        }
        for fault in [TransportFault::Interrupted, TransportFault::Timeout] {
            assert_eq!(after(&Method::POST, fault, 1), None, "{fault}");
        }
        assert!(after(&Method::GET, TransportFault::Interrupted, 1).is_some());
        assert_eq!(answered(&Method::POST, 503, "1"), None);
    }

    #[test]
    fn what_would_fail_the_same_way_again_is_not_repeated() {
        for fault in [
            TransportFault::BodyTooLarge,
            TransportFault::InsecureScheme,
            TransportFault::RefusedAddress,
            TransportFault::Timeout,
            TransportFault::Tls,
        ] {
            assert_eq!(after(&Method::GET, fault, 1), None, "{fault}");
        }
        assert_eq!(answered(&Method::GET, 500, "1"), None);
        assert_eq!(answered(&Method::GET, 200, "1"), None);
    }

    #[test]
    fn two_repetitions_and_no_more() {
        assert_eq!(after(&Method::GET, TransportFault::Connect, 1), Some(Retry::new().pause));
        assert_eq!(after(&Method::GET, TransportFault::Connect, 2), Some(Retry::new().pause * 2));
        assert_eq!(after(&Method::GET, TransportFault::Connect, 3), None);
        let fault = Err(TransportFault::Connect);
        let never = Retry::never().after(&Method::GET, fault, 1, LEFT, NOW, &Constant(0));
        assert_eq!(never, None);
    }

    #[test]
    fn jitter_takes_up_to_half_of_the_pause() {
        let pause = |byte| {
            let fault = Err(TransportFault::Connect);
            Retry::new().after(&Method::GET, fault, 1, LEFT, NOW, &Constant(byte)).unwrap()
        };
        assert_eq!(pause(0), Duration::from_millis(200));
        assert!(pause(128) < pause(0) && pause(255) < pause(128));
        assert!(pause(255) >= Duration::from_millis(100));
    }

    #[test]
    fn retry_after_is_honoured_up_to_the_patience() {
        for status in [429, 503] {
            assert_eq!(answered(&Method::GET, status, "0"), Some(Duration::ZERO));
            assert_eq!(answered(&Method::GET, status, "5"), Some(Duration::from_secs(5)));
            assert_eq!(answered(&Method::GET, status, "6"), None);
            assert_eq!(answered(&Method::GET, status, "soon"), None);
        }
    }

    #[test]
    fn nothing_is_tried_that_would_outlast_the_deadline() {
        let fault = Err(TransportFault::Connect);
        let left = Duration::from_millis(200);
        assert_eq!(Retry::new().after(&Method::GET, fault, 1, left, NOW, &Constant(0)), None);
    }
}
