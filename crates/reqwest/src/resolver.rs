//! Looks names up and refuses what leads to a private address, right where the connection is made:
//! a name that resolves otherwise a moment later gains nothing.

use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tegata_core::transport::TransportOptions;
use tegata_core::transport::address::AddressRules;

use crate::fault::Refused;

/// The operating system's resolver behind the address rules.
#[derive(Debug)]
pub(crate) struct CheckedResolver {
    rules: Arc<AddressRules>,
}

impl CheckedResolver {
    pub(crate) fn new(options: &TransportOptions) -> Self {
        let rules = options.addresses.clone();
        // A proxy looks the targets up itself; what is looked up here is the proxy.
        let rules = if options.environment_proxy { rules.allow_private_addresses() } else { rules };
        Self { rules: Arc::new(rules) }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = Arc::clone(&self.rules);
        Box::pin(async move {
            // reqwest puts the port in.
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            rules
                .check_resolved(name.as_str(), found.iter().map(|address| address.ip()))
                .map_err(Refused)?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
