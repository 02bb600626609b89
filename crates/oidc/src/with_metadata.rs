//! What nearly every flow begins with: the provider's metadata, and then a request or another flow.

use std::sync::Arc;

use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::metadata::ServerMetadata;
use tegata_core::time::UnixTime;

use crate::config::Config;
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;

/// One request to an endpoint of the metadata, and its answer.
///
/// ```text
///   Metadata ─▶ Sent ─▶ Done
/// ```
#[derive(Debug)]
pub(crate) struct OneRequest {
    party: RelyingParty,
    metadata: ObtainMetadata,
    sent_at: Option<UnixTime>,
}

impl OneRequest {
    pub(crate) fn new(party: &RelyingParty) -> Self {
        Self { party: party.clone(), metadata: party.metadata(), sent_at: None }
    }

    /// The same, when the metadata are there already.
    pub(crate) fn at(party: &RelyingParty, metadata: &Arc<ServerMetadata>) -> Self {
        let metadata = ObtainMetadata::known(metadata);
        Self { party: party.clone(), metadata, sent_at: None }
    }

    /// A flow's `advance` that borrows what is asked and how the answer is read. `read` gets the time
    /// at which the request was sent: what lives for a while lives from then on at the latest.
    pub(crate) fn advance<T>(
        &mut self,
        input: Input,
        now: UnixTime,
        request: impl FnOnce(&Config, &ServerMetadata) -> Result<HttpRequest, Error>,
        read: impl FnOnce(&Config, &HttpResponse, UnixTime) -> Result<T, Error>,
    ) -> Result<Step<T>, Error> {
        let config = self.party.config();
        match (self.sent_at, input) {
            (None, input) => match self.metadata.advance(input, now)?.split() {
                Ok(metadata) => {
                    self.sent_at = Some(now);
                    request(config, &metadata).map(Step::Send)
                }
                Err(step) => Ok(step),
            },
            (Some(sent_at), Input::Response(response)) => {
                read(config, &response, sent_at).map(Step::Done)
            }
            (Some(_), Input::Unreachable(error)) => Err(error),
            (Some(_), _) => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

/// The flow that the metadata make possible.
///
/// ```text
///   Metadata ─▶ Flow ─▶ Done
/// ```
#[derive(Debug)]
pub(crate) enum AfterMetadata<F> {
    Metadata(ObtainMetadata),
    Flow(Box<F>),
}

impl<F: Flow> AfterMetadata<F> {
    pub(crate) fn new(party: &RelyingParty) -> Self {
        Self::Metadata(party.metadata())
    }

    /// A flow's `advance` that borrows how the other one begins.
    pub(crate) fn advance(
        &mut self,
        mut input: Input,
        now: UnixTime,
        begin: impl FnOnce(&Arc<ServerMetadata>) -> Result<F, Error>,
    ) -> Result<Step<F::Output>, Error> {
        if let Self::Metadata(metadata) = self {
            match metadata.advance(input, now)?.split() {
                Ok(metadata) => *self = Self::Flow(Box::new(begin(&metadata)?)),
                Err(step) => return Ok(step),
            }
            input = Input::Start;
        }
        match self {
            Self::Flow(flow) => flow.advance(input, now),
            Self::Metadata(_) => Err(ApiMisuse::WrongInput.into()),
        }
    }
}
