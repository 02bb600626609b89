//! Marks what fails while connecting, so that it is known that the request was not sent.

use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, Transport};

use crate::fault::Unsent;

/// ureq's connector, with its errors marked.
#[derive(Debug, Default)]
pub(crate) struct MarkingConnector(DefaultConnector);

impl Connector for MarkingConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        self.0.connect(details, chained).map_err(Unsent::connecting)
    }
}
