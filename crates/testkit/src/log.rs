//! The log: which requests the provider saw.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use tegata_core::form::Form;
use tegata_core::http::HttpRequest;

use crate::Endpoint;

/// A request that the provider saw.
///
/// Its `Debug` shows where it went and which parameters it had, and no value of any: what a failed
/// test prints may be a secret of the program under test.
#[derive(Clone)]
pub struct Seen {
    endpoint: Endpoint,
    request: HttpRequest,
}

impl Seen {
    pub(crate) fn new(endpoint: Endpoint, request: &HttpRequest) -> Self {
        Self { endpoint, request: request.clone() }
    }

    /// Where it went.
    #[must_use]
    pub const fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The whole request.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The value of a parameter of the query or of the form; `None` when it is absent, empty, or
    /// there more than once.
    ///
    /// ```
    /// use tegata_testkit::profile::Profile;
    /// use tegata_testkit::{Endpoint, FakeProvider};
    ///
    /// let provider = FakeProvider::new(Profile::OPENID);
    /// provider.browse("https://op.example.com/authorize?client_id=stranger");
    /// let seen = provider.requests().pop().unwrap();
    /// assert_eq!(seen.endpoint(), Endpoint::Authorization);
    /// assert_eq!(seen.parameter("client_id").as_deref(), Some("stranger"));
    /// ```
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let read = |text| Form::parse(text).ok()?.get(name).map(str::to_owned);
        read(self.query()).or_else(|| read(self.body()))
    }

    /// The value of a header; `None` when it is absent or no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    fn query(&self) -> &str {
        self.request.uri().query().unwrap_or_default()
    }

    fn body(&self) -> &str {
        std::str::from_utf8(self.request.body()).unwrap_or_default()
    }
}

/// How many requests are kept whole: far more than a test looks at, and bounded, for a provider that
/// a load runs against.
const MOST: usize = 10_000;

/// The last requests, and how many there were of each kind.
#[derive(Debug)]
pub(crate) struct Log {
    seen: VecDeque<Seen>,
    counts: BTreeMap<Endpoint, usize>,
}

impl Log {
    pub(crate) const fn new() -> Self {
        Self { seen: VecDeque::new(), counts: BTreeMap::new() }
    }

    /// Adds a request; the oldest one goes when there is no room.
    pub(crate) fn push(&mut self, seen: Seen) {
        *self.counts.entry(seen.endpoint()).or_default() += 1;
        if self.seen.len() == MOST {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
    }

    /// What is kept, oldest first.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter()
    }

    /// How many requests there were at `endpoint`.
    pub(crate) fn count(&self, endpoint: Endpoint) -> usize {
        self.counts.get(&endpoint).copied().unwrap_or_default()
    }

    /// How many there were at all.
    pub(crate) fn total(&self) -> usize {
        self.counts.values().sum()
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |text: &str| -> Vec<String> {
            let pairs = text.split('&').filter(|pair| pair.contains('='));
            pairs.filter_map(|pair| pair.split('=').next()).map(str::to_owned).collect()
        };
        f.debug_struct("Seen")
            .field("endpoint", &self.endpoint)
            .field("method", self.request.method())
            .field("path", &self.request.uri().path())
            .field("query", &names(self.query()))
            .field("form", &names(self.body()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_is_no_room_and_is_counted_still() {
        let mut log = Log::new();
        for number in 0..=MOST {
            let mut request = HttpRequest::default();
            *request.uri_mut() = format!("/token?n={number}").parse().unwrap();
            log.push(Seen::new(Endpoint::Token, &request));
        }
        assert_eq!((log.kept().count(), log.count(Endpoint::Token)), (MOST, MOST + 1));
        assert_eq!(log.kept().next().unwrap().parameter("n").as_deref(), Some("1"));
        assert_eq!((log.total(), log.count(Endpoint::Jwks)), (MOST + 1, 0));
    }

    #[test]
    fn debug_shows_names_and_no_value() {
        let mut request = HttpRequest::new(b"client_secret=canary&code=canary".to_vec());
        *request.uri_mut() = "/token?state=canary".parse().unwrap();
        request.headers_mut().insert("authorization", "Bearer canary".parse().unwrap());
        let seen = Seen::new(Endpoint::Token, &request);
        let text = format!("{seen:#?}");
        assert!(text.contains("client_secret") && text.contains("state"), "{text}");
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(seen.parameter("code").as_deref(), Some("canary"));
    }
}
