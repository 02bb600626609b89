//! Verifies an ID token that a page or an app got by itself and handed over.
//!
//! It proves who signed in, not that the one who hands it over is that user: only a nonce that this
//! server gave out, or a check of where the post comes from, binds it to the browser.

use tegata_core::error::Error;
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::secret::{CompactToken, Nonce};
use tegata_core::time::UnixTime;
use tegata_jose::id_token::IdToken;

use super::{Expected, VerifyIdToken, Way};
use crate::relying_party::RelyingParty;
use crate::with_metadata::AfterMetadata;

/// The flow that verifies an ID token which came without a sign-in of this server's own.
#[derive(Debug)]
pub struct VerifyHandedOver {
    party: RelyingParty,
    token: CompactToken,
    nonce: Option<Nonce>,
    verify: AfterMetadata<VerifyIdToken>,
}

impl VerifyHandedOver {
    pub(crate) fn new(party: &RelyingParty, token: CompactToken, nonce: Option<Nonce>) -> Self {
        Self { party: party.clone(), token, nonce, verify: AfterMetadata::new(party) }
    }
}

impl Flow for VerifyHandedOver {
    type Output = IdToken;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<IdToken>, Error> {
        let Self { party, token, nonce, verify } = self;
        verify.advance(input, now, |metadata| {
            let expected = Expected::by(Way::Back(nonce.take()));
            VerifyIdToken::new(party, metadata, token.clone(), expected)
        })
    }
}
