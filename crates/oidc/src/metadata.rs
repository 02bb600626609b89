//! The provider's metadata as a living value (OpenID Connect Discovery §4).
//!
//! Fetched when first needed, so an application starts while its provider is down; kept for an hour;
//! served stale when the provider cannot be reached.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::Error;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::{Fetch, ServerMetadata, WellKnown};
use tegata_core::time::UnixTime;

use crate::cache::Cache;
use crate::config::Config;
use crate::obtain::Obtain;

/// How long metadata is fresh. Providers change it about once a year, and announce it by months.
pub const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The flow that obtains a provider's metadata: by hand, from the cache, or from the provider.
#[derive(Debug)]
pub struct ObtainMetadata(Source);

#[derive(Debug)]
enum Source {
    Known(Arc<ServerMetadata>),
    Discovery(Obtain<ServerMetadata>),
}

impl ObtainMetadata {
    pub(crate) fn new(config: &Config, cache: &Arc<Cache<ServerMetadata>>) -> Self {
        Self(match &config.metadata {
            Some(metadata) => Source::Known(Arc::new(metadata.clone())),
            None => {
                let (issuer, tolerance) = (config.issuer.clone(), config.profile.tolerance);
                let fetch = Fetch::new(issuer, &[WellKnown::OpenId, WellKnown::OAuth], tolerance);
                Source::Discovery(Obtain::new(cache, Endpoint::Discovery, ForAnHour(fetch)))
            }
        })
    }

    /// Done at once.
    pub(crate) fn known(metadata: &Arc<ServerMetadata>) -> Self {
        Self(Source::Known(Arc::clone(metadata)))
    }
}

impl Flow for ObtainMetadata {
    type Output = Arc<ServerMetadata>;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        match &mut self.0 {
            Source::Known(metadata) => Ok(Step::Done(Arc::clone(metadata))),
            Source::Discovery(obtain) => obtain.advance(input, now),
        }
    }
}

#[derive(Debug)]
struct ForAnHour(Fetch);

impl Flow for ForAnHour {
    type Output = (ServerMetadata, Duration);

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        Ok(match self.0.advance(input, now)?.split() {
            Ok(metadata) => Step::Done((metadata, LIFETIME)),
            Err(step) => step,
        })
    }
}
