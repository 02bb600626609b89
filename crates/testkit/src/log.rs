//! The log: which requests the provider saw.

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
