//! Obtains a living value: from the cache, by fetching it, or by waiting for who fetches it.
//!
//! ```text
//!   Start ──▶ look ──Found──▶ Done
//!              │ ▲
//!         Wait └─┘ every 20 ms, for twelve seconds, or until that fetch fails
//!              │
//!            Fetch ──▶ Fetching ──value──▶ Done
//!                         └──error──▶ Done(stale), or the error
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{ApiMisuse, Error, TransportError, TransportFault};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::time::UnixTime;

use crate::cache::{Cache, Lookup, Ticket};

/// How often a flow that waits for another's fetch looks again.
const POLL: Duration = Duration::from_millis(20);

/// How long it does so before it gives up: the transport's total deadline, and a little.
const PATIENCE: Duration = Duration::from_secs(12);

/// Fetches a value and says for how long it is fresh.
pub(crate) trait Fetch<T>: Flow<Output = (T, Duration)> + fmt::Debug + Send {}

impl<T, F: Flow<Output = (T, Duration)> + fmt::Debug + Send> Fetch<T> for F {}

#[derive(Debug)]
pub(crate) struct Obtain<T> {
    cache: Arc<Cache<T>>,
    endpoint: Endpoint,
    /// The value that somebody's token did not fit.
    beyond: Option<Arc<T>>,
    fetch: Option<Box<dyn Fetch<T>>>,
    fetching: Option<(Ticket<T>, Option<Arc<T>>)>,
    patient_until: Option<UnixTime>,
    cools_in: Option<Duration>,
}

impl<T> Obtain<T> {
    /// The value of `cache`; `fetch` is for when it must be fetched, from `endpoint`.
    pub(crate) fn new(
        cache: &Arc<Cache<T>>,
        endpoint: Endpoint,
        fetch: impl Fetch<T> + 'static,
    ) -> Self {
        Self {
            cache: Arc::clone(cache),
            endpoint,
            beyond: None,
            fetch: Some(Box::new(fetch)),
            fetching: None,
            patient_until: None,
            cools_in: None,
        }
    }

    /// The same, but newer than `seen`. Done with `seen` itself when it is too early to ask again:
    /// [`cools_in`](Self::cools_in).
    pub(crate) fn beyond(mut self, seen: &Arc<T>) -> Self {
        self.beyond = Some(Arc::clone(seen));
        self
    }

    /// After what time a newer value can be asked for, when that was not done now.
    pub(crate) const fn cools_in(&self) -> Option<Duration> {
        self.cools_in
    }

    fn look(&mut self, now: UnixTime) -> Result<Step<Arc<T>>, Error> {
        let lookup = match &self.beyond {
            None => self.cache.look(now),
            Some(seen) => self.cache.look_beyond(seen, now),
        };
        match (lookup, &self.beyond) {
            (Lookup::Found(value), _) => Ok(Step::Done(value)),
            (Lookup::Failed(error), _) => Err(error),
            (Lookup::CoolingDown(rest), Some(seen)) => {
                self.cools_in = Some(rest);
                Ok(Step::Done(Arc::clone(seen)))
            }
            (Lookup::Fetch(ticket, stale), _) => {
                self.fetching = Some((ticket, stale));
                self.pass_on(Input::Start, now)
            }
            (Lookup::Wait | Lookup::CoolingDown(_), _) => {
                if now >= *self.patient_until.get_or_insert(now.plus(PATIENCE)) {
                    return Err(TransportError::new(self.endpoint, TransportFault::Timeout).into());
                }
                Ok(Step::Wait(POLL))
            }
        }
    }

    fn pass_on(&mut self, input: Input, now: UnixTime) -> Result<Step<Arc<T>>, Error> {
        let fetch = self.fetch.as_mut().ok_or(ApiMisuse::WrongInput)?;
        let step = match fetch.advance(input, now) {
            Ok(step) => step.split(),
            Err(error) => {
                let (ticket, stale) = self.fetching.take().ok_or(ApiMisuse::WrongInput)?;
                ticket.fail(&error, now);
                return stale.map(Step::Done).ok_or(error);
            }
        };
        match step {
            Ok((value, lifetime)) => {
                let (ticket, _) = self.fetching.take().ok_or(ApiMisuse::WrongInput)?;
                Ok(Step::Done(ticket.land(value, lifetime, now)))
            }
            Err(step) => Ok(step),
        }
    }
}

impl<T> Flow for Obtain<T> {
    type Output = Arc<T>;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Arc<T>>, Error> {
        match (self.fetching.is_some(), input) {
            (false, Input::Start | Input::Woken) => self.look(now),
            (true, input) => self.pass_on(input, now),
            (false, _) => Err(ApiMisuse::WrongInput.into()),
        }
    }
}
