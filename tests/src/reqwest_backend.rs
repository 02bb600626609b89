//! The async transport, as the scenarios use it: on a runtime of its own, each call awaited.

use rustls::crypto::ring;
use tegata_core::Error;
use tegata_core::error::TransportError;
use tegata_core::flow::Flow;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::transport::TransportOptions;
use tegata_reqwest::{HttpTransport, SystemClock, Transport as _};
use tokio::runtime::{Builder, Runtime};

/// A transport whose calls block.
#[derive(Debug)]
pub struct Backend {
    runtime: Runtime,
    transport: HttpTransport,
}

impl Backend {
    /// A transport with these options.
    ///
    /// # Errors
    ///
    /// As [`HttpTransport::new`].
    pub fn new(options: TransportOptions) -> Result<Self, Error> {
        Ok(Self { runtime: runtime(), transport: HttpTransport::new(options)? })
    }

    /// A transport on an HTTP client that has all of the library's own defaults.
    #[must_use]
    pub fn with_foreign_client(options: TransportOptions) -> Self {
        // reqwest without a TLS library of its own takes the process's; a second call changes nothing.
        let _ = ring::default_provider().install_default();
        let transport = HttpTransport::with_client(reqwest::Client::new(), options);
        Self { runtime: runtime(), transport }
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// As [`Transport::send`](tegata_reqwest::Transport::send).
    pub fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.runtime.block_on(self.transport.send(request))
    }

    /// Runs a flow to its end.
    ///
    /// # Errors
    ///
    /// As [`tegata_reqwest::run`].
    pub fn run<F: Flow>(&self, flow: &mut F) -> Result<F::Output, Error> {
        let clock = SystemClock::new();
        self.runtime.block_on(tegata_reqwest::run(&self.transport, flow, &clock))
    }
}

#[expect(clippy::unwrap_used, reason = "a test without a runtime cannot go on")]
fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}
