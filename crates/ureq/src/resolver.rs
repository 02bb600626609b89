//! Looks names up and refuses what leads to a private address, right where the connection is made:
//! a name that resolves otherwise a moment later gains nothing.

use std::time::Duration;

use http::Uri;
use tegata_core::error::TransportFault;
use tegata_core::transport::TransportOptions;
use tegata_core::transport::address::AddressRules;
use ureq::Timeout;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::deadline;
use crate::fault::Unsent;

/// The operating system's resolver behind the address rules.
#[derive(Debug)]
pub(crate) struct CheckedResolver {
    inner: DefaultResolver,
    rules: AddressRules,
    timeout: Duration,
}

impl CheckedResolver {
    pub(crate) fn new(options: &TransportOptions) -> Self {
        let rules = options.addresses.clone();
        // A proxy looks the targets up itself; what is looked up here is the proxy.
        let rules = if options.environment_proxy { rules.allow_private_addresses() } else { rules };
        let timeout = options.connect_timeout;
        Self { inner: DefaultResolver::default(), rules, timeout }
    }
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let timeout = deadline::at_most(self.timeout, Timeout::Resolve);
        let found = timeout.and_then(|timeout| self.inner.resolve(uri, config, timeout));
        let found = found.map_err(Unsent::resolving)?;
        let addresses = found.iter().map(|address| address.ip());
        self.rules
            .check_resolved(uri.host().unwrap_or_default(), addresses)
            .map_err(|_| Unsent::refused(TransportFault::RefusedAddress))?;
        Ok(found)
    }
}
