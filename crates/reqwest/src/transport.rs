//! Sends one request and reads its answer: the trait, and what stands behind it on reqwest.

use std::fmt;
use std::pin::Pin;
use std::time::{Duration, Instant};

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};
use reqwest::{Client, Request};
use tegata_core::Error;
use tegata_core::error::{TransportError, TransportFault};
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::time::Clock as _;
use tegata_core::transport::TransportOptions;

use crate::agent;
use crate::body;
use crate::deadline;
use crate::fault::{self, Failure};
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
/// 10. Dropping the future gives the exchange up; the server may have seen the request then.
///
/// A closure that returns a future is a transport too, which is all that a test needs:
///
/// ```
/// use tegata_core::http::{HttpRequest, HttpResponse};
/// use tegata_reqwest::Transport;
///
/// let transport = |_: HttpRequest| async { Ok(HttpResponse::new(b"{}".to_vec())) };
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert_eq!(transport.send(HttpRequest::default()).await?.body(), b"{}");
/// # Ok::<(), tegata_core::error::TransportError>(()) }).unwrap();
/// ```
pub trait Transport: Send + Sync {
    /// Sends `request` and reads the whole answer.
    ///
    /// # Errors
    ///
    /// [`TransportError`]: the bytes did not get through.
    fn send(
        &self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send + '_>>;
}

impl<F, A> Transport for F
where
    F: Fn(HttpRequest) -> A + Send + Sync,
    A: Future<Output = Result<HttpResponse, TransportError>> + Send + 'static,
{
    fn send(
        &self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send + '_>> {
        Box::pin(self(request))
    }
}

/// The transport on reqwest: pooled connections, rustls with Mozilla's certificate authorities.
///
/// It needs a tokio runtime with its timer and its I/O enabled.
///
/// ```
/// use tegata_core::transport::TransportOptions;
/// use tegata_reqwest::HttpTransport;
///
/// let transport = HttpTransport::new(TransportOptions::new())?;
/// # Ok::<(), tegata_core::Error>(())
/// ```
pub struct HttpTransport {
    client: Client,
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
        let client = agent::build(&options)?;
        Ok(Self { client, options, random: OsRandom::new() })
    }

    /// A transport on a client of one's own.
    ///
    /// TLS, proxies, cookies, the user agent, the timeout for the connection, content codings and
    /// the lookup of names are the client's then: the addresses that a name resolves to are **not**
    /// checked. Build it with [`Policy::none`](reqwest::redirect::Policy::none), as an answer that
    /// came by a redirect is refused. All other rules hold, whatever the client's settings.
    #[must_use]
    pub fn with_client(client: Client, options: TransportOptions) -> Self {
        Self { client, options, random: OsRandom::new() }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let empty = request.body().is_empty();
        let mut request = Request::try_from(request)?;
        // reqwest looks at the time before it looks at what has come: `deadline` keeps it instead.
        *request.timeout_mut() = Some(Duration::MAX);
        if empty && expects_body(request.method()) {
            // RFC 9110 §8.6. Without a body, reqwest says nothing, and some servers insist.
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let asked = request.url().clone();
        let response = self.client.execute(request).await?;
        if *response.url() != asked {
            return Err(TransportFault::Redirected.into());
        }
        body::read(response).await
    }

    async fn repeat(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
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
            let outcome = deadline::within(left(), self.exchange(request.clone()))
                .await
                .map_err(|failure| fault::transport_error(endpoint, failure));
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
            tokio::time::sleep(pause).await;
        }
    }
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send + '_>> {
        Box::pin(self.repeat(request))
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
