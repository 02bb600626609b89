//! Makes connections that keep to the deadline, and marks what fails until there is one, so that it
//! is known that the request was not sent.

use std::time::Duration;

use ureq::Timeout;
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector};

use crate::deadline::{self, Punctual};
use crate::fault::Unsent;

/// ureq's connector, with its errors marked.
#[derive(Debug)]
pub(crate) struct MarkingConnector {
    inner: DefaultConnector,
    timeout: Duration,
}

impl MarkingConnector {
    /// A connector that takes `timeout` at most.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { inner: DefaultConnector::new(), timeout }
    }
}

impl Connector for MarkingConnector {
    type Out = Punctual;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Punctual>, ureq::Error> {
        let timeout = deadline::at_most(self.timeout, Timeout::Connect);
        let timeout = timeout.map_err(Unsent::connecting)?;
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            resolver: details.resolver,
            config: details.config,
            request_level: details.request_level,
            now: details.now,
            timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let transport = self.inner.connect(&details, chained).map_err(Unsent::connecting)?;
        Ok(transport.map(Punctual::new))
    }
}
