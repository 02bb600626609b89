//! The blocking transport, as the scenarios use it.

use std::thread;

use tegata_core::Error;
use tegata_core::error::TransportError;
use tegata_core::flow::Flow;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::time::Clock;
use tegata_core::transport::TransportOptions;
use tegata_oidc::Config;
use tegata_ureq::{Callback, HttpTransport, SignInRequest, SignedIn, SystemClock, Transport as _};

pub use tegata_ureq::Client;

use crate::requests::options;

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

/// A client that opens its own connections, on loopback too, and sends nothing twice.
///
/// # Errors
///
/// As [`tegata_ureq::ClientBuilder::build`].
pub fn client(config: Config, clock: impl Clock + 'static) -> Result<Client, Error> {
    Client::builder(config).transport_options(options()).clock(clock).build()
}

/// A client that sends everything through `transport`.
///
/// # Errors
///
/// As [`tegata_ureq::ClientBuilder::build`].
pub fn client_through(
    config: Config,
    clock: impl Clock + 'static,
    transport: impl Fn(HttpRequest) -> Result<HttpResponse, TransportError> + Send + Sync + 'static,
) -> Result<Client, Error> {
    Client::builder(config).transport(transport).clock(clock).build()
}

/// Signs in on so many threads at once; `browse` leads from the URL to the callback.
pub fn sign_in_at_once(
    client: &Client,
    count: usize,
    request: &SignInRequest,
    browse: impl Fn(&str) -> Callback + Clone + Send + Sync + 'static,
) -> Vec<Result<SignedIn, Error>> {
    let sign_in = || {
        let (url, pending) = client.start(request.clone())?;
        client.finish(pending, browse(url.as_str()))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(sign_in)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}
