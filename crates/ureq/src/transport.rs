//! Sends one request and reads its answer: the trait, and what stands behind it on ureq.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use http::{Method, Request, Response};
use tegata_core::Error;
use tegata_core::error::TransportError;
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::time::Clock as _;
use tegata_core::transport::TransportOptions;
use ureq::{Agent, AsSendBody, Body};

use crate::agent;
use crate::body;
use crate::deadline;
use crate::fault;
use tegata_system::{OsRandom, SystemClock};

/// Carries one HTTP exchange: a request out, its answer back.
///
/// The contract, which [`HttpTransport`] keeps and an implementation of one's own has to:
///
/// 1. No redirect is followed: a 3xx answer is returned as it is.
/// 2. A status is data. Only bytes that did not get through are an error.
/// 3. `https` alone; plain `http` to loopback alone, and only where that was allowed.
/// 4. A host that the application did not name is not reached at a private address.
/// 5. There is a limit on the time for the connection, and one on the whole exchange. What has come
///    by then is taken in, however late it is noticed: see
///    [`LAST_LOOK`](tegata_core::transport::LAST_LOOK).
/// 6. The body is limited to [`MAX_RESPONSE_BYTES`](tegata_core::http::MAX_RESPONSE_BYTES) while
///    it is read.
/// 7. Headers are sent as they stand in the request: none twice, no cookie, no content coding asked
///    for. Nothing is cached.
/// 8. A request that the server may have seen is sent again only when it is a `GET` or `HEAD`.
/// 9. An error names the [`Endpoint`] from the request's extensions, and shows no query string.
///
/// A closure is a transport too, which is all that a test needs:
///
/// ```
/// use tegata_core::http::{HttpRequest, HttpResponse};
/// use tegata_ureq::Transport;
///
/// let transport = |_: HttpRequest| Ok(HttpResponse::new(b"{}".to_vec()));
/// assert_eq!(transport.send(HttpRequest::default())?.body(), b"{}");
/// # Ok::<(), tegata_core::error::TransportError>(())
/// ```
pub trait Transport: Send + Sync {
    /// Sends `request` and reads the whole answer.
    ///
    /// # Errors
    ///
    /// [`TransportError`]: the bytes did not get through.
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

impl<F> Transport for F
where
    F: Fn(HttpRequest) -> Result<HttpResponse, TransportError> + Send + Sync,
{
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self(request)
    }
}

/// The transport on ureq: pooled connections, rustls with Mozilla's certificate authorities.
///
/// ```
/// use tegata_core::transport::TransportOptions;
/// use tegata_ureq::HttpTransport;
///
/// let transport = HttpTransport::new(TransportOptions::new())?;
/// # Ok::<(), tegata_core::Error>(())
/// ```
pub struct HttpTransport {
    agent: Agent,
    foreign: bool,
    options: TransportOptions,
    random: OsRandom,
}

impl HttpTransport {
    /// A transport that behaves as `options` say.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Configuration`](tegata_core::error::ApiMisuse::Configuration) when a root
    /// certificate is unreadable.
    pub fn new(options: TransportOptions) -> Result<Self, Error> {
        let agent = agent::build(&options)?;
        Ok(Self { agent, foreign: false, options, random: OsRandom::new() })
    }

    /// A transport on an agent of one's own.
    ///
    /// TLS, proxies, cookies, the user agent and the lookup of names are the agent's then: the
    /// addresses that a name resolves to are **not** checked, and what is noticed only after the
    /// deadline is lost. All other rules hold, whatever the agent's settings.
    #[must_use]
    pub fn with_agent(agent: Agent, options: TransportOptions) -> Self {
        Self { agent, foreign: true, options, random: OsRandom::new() }
    }

    fn exchange(
        &self,
        request: &HttpRequest,
        limit: Duration,
    ) -> Result<HttpResponse, ureq::Error> {
        let (parts, body) = request.clone().into_parts();
        deadline::within(limit, || {
            // With a body, even an empty one, ureq sends a content length.
            let response = if body.is_empty() && !expects_body(&parts.method) {
                self.run(Request::from_parts(parts, ()), limit)?
            } else {
                self.run(Request::from_parts(parts, body), limit)?
            };
            body::read(response)
        })
    }

    /// Our own agent keeps the contract by itself; settings of the request's own would make ureq
    /// prepare TLS anew for each connection.
    fn run(
        &self,
        request: Request<impl AsSendBody>,
        limit: Duration,
    ) -> Result<Response<Body>, ureq::Error> {
        if !self.foreign {
            return self.agent.run(request);
        }
        let request = self
            .agent
            .configure_request(request)
            .accept_encoding("")
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(self.options.connect_timeout))
            .timeout_global(Some(limit))
            .timeout_resolve(Some(self.options.connect_timeout));
        self.agent.run(request.build())
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let endpoint = request.extensions().get().copied();
        let endpoint = endpoint.unwrap_or(Endpoint::ProtectedResource);
        self.options
            .addresses
            .check_uri(request.uri())
            .map_err(|fault| TransportError::new(endpoint, fault))?;
        let started = Instant::now();
        let left = || self.options.deadline.saturating_sub(started.elapsed());
        let mut sent = 0;
        loop {
            let outcome = self
                .exchange(&request, left())
                .map_err(|error| fault::transport_error(endpoint, error));
            sent += 1;
            let pause = self.options.retry.after(
                request.method(),
                outcome.as_ref().map_err(|error| error.fault),
                sent,
                left(),
                SystemClock::new().now(),
                &self.random,
            );
            let Some(pause) = pause else { return outcome };
            thread::sleep(pause);
        }
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("addresses", &self.options.addresses)
            .field("deadline", &self.options.deadline)
            .finish_non_exhaustive()
    }
}

fn expects_body(method: &Method) -> bool {
    matches!(*method, Method::PATCH | Method::POST | Method::PUT)
}
