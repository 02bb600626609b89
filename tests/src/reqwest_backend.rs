//! The async transport, as the scenarios use it: on a runtime of its own, each call awaited.

use std::future;
use std::sync::Arc;

use rustls::crypto::ring;
use tegata_core::Error;
use tegata_core::error::TransportError;
use tegata_core::flow::Flow;
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::metadata::ServerMetadata;
use tegata_core::revoke::Revoked;
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_core::time::Clock;
use tegata_core::token::TokenSet;
use tegata_core::transport::TransportOptions;
use tegata_jose::id_token::{FirstIdToken, IdToken};
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::logout::back_channel::Logout;
use tegata_oidc::refresh::Refreshed;
use tegata_oidc::replay::SeenTokens;
use tegata_oidc::user_info::UserInfo;
use tegata_oidc::{Config, RelyingParty};
use tegata_reqwest::{
    Callback, ClientBuilder, DeviceRequest, Grant, HttpTransport, PendingDevice, PendingSignIn,
    SignInRequest, SignedIn, SystemClock, Transport as _,
};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;
use url::Url;

use crate::requests::options;

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

/// The async client, each of its calls awaited on a runtime of its own.
#[derive(Debug)]
pub struct Client {
    client: tegata_reqwest::Client,
    runtime: Runtime,
}

macro_rules! awaited {
    ($($name:ident($($argument:ident: $kind:ty),+) -> $output:ty;)+) => {
        impl Client {$(
            #[doc = concat!("[`tegata_reqwest::Client::", stringify!($name), "`], awaited.")]
            ///
            /// # Errors
            ///
            /// As there.
            pub fn $name(&self, $($argument: $kind),+) -> Result<$output, Error> {
                self.runtime.block_on(self.client.$name($($argument),+))
            }
        )+}
    };
}

awaited! {
    call(request: HttpRequest, token: &AccessToken) -> HttpResponse;
    client_credentials(scope: Scope) -> TokenSet;
    discouraged_call_by_query(request: HttpRequest, token: &AccessToken) -> HttpResponse;
    finish_device(pending: PendingDevice) -> SignedIn;
    finish_device_grant(pending: PendingDevice) -> Grant;
    finish(pending: PendingSignIn, callback: Callback) -> SignedIn;
    finish_grant(pending: PendingSignIn, callback: Callback) -> Grant;
    logout_url(request: LogoutRequest) -> Url;
    receive_logout(request: &HttpRequest, seen: Arc<dyn SeenTokens>) -> Logout;
    refresh(tokens: &TokenSet, first: Option<&FirstIdToken>) -> Refreshed;
    revoke(tokens: &TokenSet) -> Revoked;
    start_device(request: DeviceRequest) -> PendingDevice;
    start(request: SignInRequest) -> (Url, PendingSignIn);
    user_info(tokens: &TokenSet, claims: &IdToken) -> UserInfo;
}

impl Client {
    fn build(builder: ClientBuilder) -> Result<Self, Error> {
        Ok(Self { client: builder.build()?, runtime: runtime() })
    }

    /// The client itself, and the runtime that it is awaited on.
    #[must_use]
    pub fn parts(&self) -> (&tegata_reqwest::Client, Handle) {
        (&self.client, self.runtime.handle().clone())
    }

    /// [`tegata_reqwest::Client::run`], awaited.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn run<F: Flow + Send>(&self, flow: F) -> Result<F::Output, Error>
    where
        F::Output: Send,
    {
        self.runtime.block_on(self.client.run(flow))
    }

    /// [`tegata_reqwest::Client::relying_party`].
    #[must_use]
    pub fn relying_party(&self) -> &RelyingParty {
        self.client.relying_party()
    }

    /// [`tegata_reqwest::Client::metadata`], awaited.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn metadata(&self) -> Result<Arc<ServerMetadata>, Error> {
        self.runtime.block_on(self.client.metadata())
    }
}

/// A client that opens its own connections, on loopback too, and sends nothing twice.
///
/// # Errors
///
/// As [`ClientBuilder::build`].
pub fn client(config: Config, clock: impl Clock + 'static) -> Result<Client, Error> {
    let builder = tegata_reqwest::Client::builder(config);
    Client::build(builder.transport_options(options()).clock(clock))
}

/// A client that sends everything through `transport`.
///
/// # Errors
///
/// As [`ClientBuilder::build`].
pub fn client_through(
    config: Config,
    clock: impl Clock + 'static,
    transport: impl Fn(HttpRequest) -> Result<HttpResponse, TransportError> + Send + Sync + 'static,
) -> Result<Client, Error> {
    let transport = move |request| future::ready(transport(request));
    Client::build(tegata_reqwest::Client::builder(config).transport(transport).clock(clock))
}

/// Signs in by so many tasks at once; `browse` leads from the URL to the callback.
pub fn sign_in_at_once(
    client: &Client,
    count: usize,
    request: &SignInRequest,
    browse: impl Fn(&str) -> Callback + Clone + Send + Sync + 'static,
) -> Vec<Result<SignedIn, Error>> {
    client.runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let (client, request, browse) =
                (client.client.clone(), request.clone(), browse.clone());
            tasks.spawn(async move {
                let (url, pending) = client.start(request).await?;
                client.finish(pending, browse(url.as_str())).await
            });
        }
        tasks.join_all().await
    })
}
