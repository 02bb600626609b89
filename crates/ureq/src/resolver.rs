//! Looks names up and refuses what leads to a private address, right where the connection is made:
//! a name that resolves otherwise a moment later gains nothing.

use http::Uri;
use tegata_core::error::TransportFault;
use tegata_core::transport::TransportOptions;
use tegata_core::transport::address::AddressRules;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::fault::Unsent;

/// The operating system's resolver behind the address rules.
#[derive(Debug)]
pub(crate) struct CheckedResolver {
    inner: DefaultResolver,
    rules: AddressRules,
}

impl CheckedResolver {
    pub(crate) fn new(options: &TransportOptions) -> Self {
        let rules = options.addresses.clone();
        // A proxy looks the targets up itself; what is looked up here is the proxy.
        let rules = if options.environment_proxy { rules.allow_private_addresses() } else { rules };
        Self { inner: DefaultResolver::default(), rules }
    }
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout).map_err(Unsent::resolving)?;
        let addresses = found.iter().map(|address| address.ip());
        self.rules
            .check_resolved(uri.host().unwrap_or_default(), addresses)
            .map_err(|_| Unsent::refused(TransportFault::RefusedAddress))?;
        Ok(found)
    }
}
