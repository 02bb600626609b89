//! What every transport keeps, whichever HTTP library does the work: its options, the addresses that
//! it may reach, and when it sends a request again. Decisions only; the backends do the I/O.

pub mod address;
pub mod retry;

use std::time::Duration;

use address::AddressRules;
use retry::Retry;

/// How a transport is to behave. The defaults are those of a server application on the Internet.
///
/// ```
/// use std::time::Duration;
/// use tegata_core::transport::TransportOptions;
///
/// let options = TransportOptions::new()
///     .with_deadline(Duration::from_secs(5))
///     .trust_host("login.corp.example");      // may be at a private address
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportOptions {
    /// Which addresses may be reached.
    pub addresses: AddressRules,
    /// How long to wait for a connection: name, TCP and TLS. Default: 5 seconds.
    pub connect_timeout: Duration,
    /// How long a whole exchange may take, retries and waiting included; then there is
    /// [`LAST_LOOK`]. Default: 10 seconds.
    pub deadline: Duration,
    /// Whether the proxy that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name is used. Default: no.
    pub environment_proxy: bool,
    /// When a request is sent again. Default: [`Retry::new`].
    pub retry: Retry,
    /// Certificate authorities trusted beside Mozilla's, each in PEM. Default: none.
    pub root_certificates: Vec<Vec<u8>>,
}

impl TransportOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            addresses: AddressRules::new(),
            connect_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            environment_proxy: false,
            retry: Retry::new(),
            root_certificates: Vec::new(),
        }
    }

    /// Trusts the certificate authorities in `pem` too, beside Mozilla's.
    #[must_use]
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Allows plain `http` to this machine, and its addresses: see
    /// [`AddressRules::allow_loopback_http`].
    #[must_use]
    pub fn allow_loopback_http(mut self) -> Self {
        self.addresses = self.addresses.allow_loopback_http();
        self
    }

    /// Allows any host to be at a private address: see [`AddressRules::allow_private_addresses`].
    #[must_use]
    pub fn allow_private_addresses(mut self) -> Self {
        self.addresses = self.addresses.allow_private_addresses();
        self
    }

    /// Allows `host` to be at a private address: see [`AddressRules::trust_host`].
    #[must_use]
    pub fn trust_host(mut self, host: &str) -> Self {
        self.addresses = self.addresses.trust_host(host);
        self
    }

    /// Sends requests through the proxy that the environment names.
    ///
    /// The proxy looks the names up then, so it alone can refuse one that leads to a private
    /// address; names in `NO_PROXY` are not checked at all. Addresses written out in a URL are
    /// still refused here.
    #[must_use]
    pub const fn use_environment_proxy(mut self) -> Self {
        self.environment_proxy = true;
        self
    }

    /// Sets how long to wait for a connection.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long a whole exchange may take.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets when a request is sent again.
    #[must_use]
    pub const fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}

/// How long a transport that finds its deadline over still takes in what has come.
///
/// A process that was stopped while it waited (a laptop's lid, a debugger, a crowded machine) finds
/// its deadline over when it goes on, and the answer in the socket. That answer may hold the only
/// refresh token that is left of a grant, so it is read: no more is sent, and nobody waits for longer
/// than this. Shorter than the two seconds by which the lease of a refresh outlasts its deadline.
pub const LAST_LOOK: Duration = Duration::from_millis(100);

impl Default for TransportOptions {
    fn default() -> Self {
        Self::new()
    }
}
