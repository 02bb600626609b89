//! The blocking transport, as the scenarios use it.

use tegata_core::Error;
use tegata_core::error::TransportError;
use tegata_core::flow::Flow;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::transport::TransportOptions;
use tegata_ureq::{HttpTransport, SystemClock, Transport as _};

/// A transport whose calls block.
#[derive(Debug)]
pub struct Backend(HttpTransport);

impl Backend {
    /// A transport with these options.
    ///
    /// # Errors
    ///
    /// As [`HttpTransport::new`].
    pub fn new(options: TransportOptions) -> Result<Self, Error> {
        HttpTransport::new(options).map(Self)
    }

    /// A transport on an HTTP client that has all of the library's own defaults.
    #[must_use]
    pub fn with_foreign_client(options: TransportOptions) -> Self {
        Self(HttpTransport::with_agent(ureq::Agent::new_with_defaults(), options))
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// As [`Transport::send`](tegata_ureq::Transport::send).
    pub fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.0.send(request)
    }

    /// Runs a flow to its end.
    ///
    /// # Errors
    ///
    /// As [`tegata_ureq::run`].
    pub fn run<F: Flow>(&self, flow: &mut F) -> Result<F::Output, Error> {
        tegata_ureq::run(&self.0, flow, &SystemClock::new())
    }
}
