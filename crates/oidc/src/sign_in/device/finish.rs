//! Finishes a sign-in on a device: tokens once the user has answered, and who they are.
//!
//! ```text
//!   Metadata ─▶ Exchange, by polling ─▶ Done
//! ```

use std::sync::Arc;

use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::metadata::ServerMetadata;
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;
use tegata_jose::id_token::IdToken;

use super::PendingDevice;
use super::poll::Poll;
use crate::relying_party::RelyingParty;
use crate::sign_in::exchange::{Exchange, missing};
use crate::sign_in::signed_in::{Front, Grant, Outcome, SignedIn};
use crate::sign_in::{Expected, Way};
use crate::with_metadata::AfterMetadata;

/// The flow that finishes a sign-in on a device.
#[derive(Debug)]
pub struct FinishDevice(Answered);

impl FinishDevice {
    pub(crate) fn new(party: &RelyingParty, pending: PendingDevice) -> Self {
        Self(Answered::new(party, pending))
    }
}

impl Flow for FinishDevice {
    type Output = SignedIn;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<SignedIn>, Error> {
        if !self.0.pending.wants_identity() {
            return Err(ApiMisuse::ScopeOpenidMissing.into());
        }
        Ok(match self.0.advance(input, now)?.split() {
            Ok((tokens, id_token)) => {
                let id_token = id_token.ok_or_else(|| missing("id_token"))?;
                let outcome = self.0.outcome(&tokens);
                Step::Done(SignedIn::new(id_token, Some(tokens), outcome))
            }
            Err(step) => step,
        })
    }
}

/// The flow that finishes an authorization of a device that asked for no identity.
#[derive(Debug)]
pub struct FinishDeviceGrant(Answered);

impl FinishDeviceGrant {
    pub(crate) fn new(party: &RelyingParty, pending: PendingDevice) -> Self {
        Self(Answered::new(party, pending))
    }
}

impl Flow for FinishDeviceGrant {
    type Output = Grant;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Grant>, Error> {
        Ok(match self.0.advance(input, now)?.split() {
            Ok((tokens, _)) => {
                let outcome = self.0.outcome(&tokens);
                Step::Done(Grant::new(tokens, outcome))
            }
            Err(step) => step,
        })
    }
}

/// A device whose user answers: what both have in common, which is everything.
#[derive(Debug)]
struct Answered {
    party: RelyingParty,
    pending: PendingDevice,
    exchange: AfterMetadata<Exchange<Poll>>,
}

impl Answered {
    fn new(party: &RelyingParty, pending: PendingDevice) -> Self {
        Self { party: party.clone(), pending, exchange: AfterMetadata::new(party) }
    }

    fn outcome(&self, tokens: &TokenSet) -> Outcome {
        let PendingDevice { scope, offline, .. } = &self.pending;
        let profile = self.party.config().profile();
        Outcome::new(profile, scope, *offline, Some(tokens), Front::default())
    }
}

impl Flow for Answered {
    type Output = (TokenSet, Option<IdToken>);

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        let Self { party, pending, exchange } = self;
        exchange.advance(input, now, |metadata| begin(party, metadata, pending))
    }
}

fn begin(
    party: &RelyingParty,
    metadata: &Arc<ServerMetadata>,
    pending: &PendingDevice,
) -> Result<Exchange<Poll>, Error> {
    party.config().check_owner("pending device", &pending.issuer, &pending.client_id)?;
    let expected = pending.wants_identity().then(|| Expected::by(Way::Back(None)));
    Exchange::new(party, metadata, Poll::new(party, metadata, pending), expected)
}
