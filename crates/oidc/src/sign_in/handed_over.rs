//! Verifies an ID token that a page or an app got by itself and handed over.
//!
//! It proves who signed in, not that the one who hands it over is that user: only a nonce that this
//! server gave out, or a check of where the post comes from, binds it to the browser.

use tegata_core::error::{Error, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::secret::{CompactToken, Nonce};
use tegata_core::time::UnixTime;
use tegata_jose::id_token::IdToken;

use super::{Expected, VerifyIdToken};
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;

/// The flow that verifies an ID token which came without a sign-in of this server's own.
#[derive(Debug)]
pub struct VerifyHandedOver {
    party: RelyingParty,
    token: CompactToken,
    nonce: Option<Nonce>,
    state: State,
}

#[derive(Debug)]
enum State {
    Metadata(ObtainMetadata),
    Verify(Box<VerifyIdToken>),
}

impl VerifyHandedOver {
    pub(crate) fn new(party: &RelyingParty, token: CompactToken, nonce: Option<Nonce>) -> Self {
        let state = State::Metadata(party.metadata());
        Self { party: party.clone(), token, nonce, state }
    }
}

impl Flow for VerifyHandedOver {
    type Output = IdToken;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<IdToken>, Error> {
        loop {
            match &mut self.state {
                State::Metadata(flow) => {
                    let metadata = match flow.advance(input, now)?.split() {
                        Ok(metadata) => metadata,
                        Err(step) => return Ok(step),
                    };
                    let (party, token) = (&self.party, self.token.clone());
                    let nonce = self.nonce.take();
                    let expected = Expected { nonce, ..Expected::of(TokenKind::IdToken) };
                    let flow = VerifyIdToken::new(party, &metadata, token, expected)?;
                    self.state = State::Verify(Box::new(flow));
                    input = Input::Start;
                }
                State::Verify(flow) => return flow.advance(input, now),
            }
        }
    }
}
