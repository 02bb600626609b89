//! The script: what the next answers of each endpoint are to be, and whether they were all given.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use tegata_core::http::HttpResponse;

use crate::fault::Faults;
use crate::provider::with_status;
use crate::{Endpoint, FakeProvider};

/// Scripts the answers of one endpoint: [`FakeProvider::on`].
///
/// What is queued is given once, in order; afterwards the endpoint is honest again.
///
/// ```
/// use std::time::Duration;
/// use tegata_testkit::profile::Profile;
/// use tegata_testkit::{Endpoint, FakeProvider, Fault};
///
/// let provider = FakeProvider::new(Profile::OPENID);
/// provider
///     .on(Endpoint::Token)
///     .once(Fault::Unavailable)               // the first answer
///     .delay_once(Duration::from_secs(3))     // the second: right, but late
///     .once([Fault::NonceInvalid, Fault::KidMissing]);
/// # provider.forget_script();
/// ```
#[derive(Debug)]
pub struct Scripted<'a> {
    provider: &'a FakeProvider,
    endpoint: Endpoint,
}

impl<'a> Scripted<'a> {
    pub(crate) const fn new(provider: &'a FakeProvider, endpoint: Endpoint) -> Self {
        Self { provider, endpoint }
    }

    /// One answer has these faults.
    ///
    /// # Panics
    ///
    /// When the endpoint's answers have no such part: `nonce-invalid` at the key set.
    pub fn once(self, faults: impl Into<Faults>) -> Self {
        let faults = self.checked(faults.into());
        self.queue(Planned { faults, ..Planned::default() })
    }

    /// Every answer has these faults from now on, queued ones too. Need not be used.
    ///
    /// # Panics
    ///
    /// As [`Scripted::once`].
    pub fn always(self, faults: impl Into<Faults>) -> Self {
        let faults = self.checked(faults.into());
        self.provider.script(|script| {
            script.endpoints.entry(self.endpoint).or_default().always.extend(&faults);
        });
        self
    }

    /// One answer is right and comes so much later.
    ///
    /// A server waits. [`FakeProvider::transport`] does not: it moves the clock, and answers with a
    /// timeout from ten seconds on.
    pub fn delay_once(self, delay: Duration) -> Self {
        self.queue(Planned { delay, ..Planned::default() })
    }

    /// One answer is this, whatever the request.
    pub fn respond_once(self, response: HttpResponse) -> Self {
        self.queue(Planned { response: Some(response), ..Planned::default() })
    }

    /// One answer is a redirect to `location`.
    ///
    /// # Panics
    ///
    /// When `location` cannot stand in a header.
    pub fn redirect_once(self, location: &str) -> Self {
        let location = HeaderValue::from_str(location).expect("a location fits in a header");
        let mut response = with_status(StatusCode::FOUND);
        response.headers_mut().insert(LOCATION, location);
        self.respond_once(response)
    }

    fn queue(self, planned: Planned) -> Self {
        self.provider.script(|script| {
            script.endpoints.entry(self.endpoint).or_default().queue.push_back(planned);
        });
        self
    }

    fn checked(&self, faults: Faults) -> Faults {
        for fault in faults.iter() {
            let endpoint = self.endpoint;
            assert!(fault.place().is_at(endpoint), "{fault} cannot show at {endpoint}");
        }
        faults
    }
}

/// What one answer is to be.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub(crate) response: Option<HttpResponse>,
    pub(crate) faults: Faults,
    pub(crate) delay: Duration,
}

#[derive(Debug)]
pub(crate) struct Script {
    endpoints: BTreeMap<Endpoint, Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    queue: VecDeque<Planned>,
    always: Faults,
}

impl Script {
    pub(crate) const fn new() -> Self {
        Self { endpoints: BTreeMap::new() }
    }

    /// What the next answer of `endpoint` is to be; the queue is one shorter afterwards.
    pub(crate) fn next(&mut self, endpoint: Endpoint) -> Planned {
        let Some(plan) = self.endpoints.get_mut(&endpoint) else { return Planned::default() };
        let mut planned = plan.queue.pop_front().unwrap_or_default();
        planned.faults.extend(&plan.always);
        planned
    }

    /// Which endpoints have answers left, and how many.
    pub(crate) fn unused(&self) -> Vec<(Endpoint, usize)> {
        let waiting = self.endpoints.iter().map(|(endpoint, plan)| (*endpoint, plan.queue.len()));
        waiting.filter(|(_, count)| *count > 0).collect()
    }
}
