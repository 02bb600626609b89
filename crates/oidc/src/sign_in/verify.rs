//! Verifies one ID token with living keys: obtain keys, verify, refetch once, verify again.
//!
//! ```text
//!   Start ──▶ Keys ──▶ verify ──good──▶ Done
//!                        │ no key fits, everything else is right
//!                        └──▶ NewerKeys ──▶ verify ──▶ Done, or the error
//! ```

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{Error, TokenFault, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::{self, AccessToken, AuthorizationCode, CompactToken, State};
use tegata_core::time::UnixTime;
use tegata_jose::id_token::{Binding, Expect, IdToken, Nonce, UnverifiedIdToken};
use tegata_jose::jwks::KeySet;

use crate::keys::{ObtainKeys, PartyKeys};
use crate::relying_party::RelyingParty;

/// What one ID token must fit, owned, so that a flow can hold it.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) kind: TokenKind,
    /// `None`: not sent, or a token that came with a refresh.
    pub(crate) nonce: Option<secret::Nonce>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) access_token: Option<AccessToken>,
    pub(crate) code: Option<AuthorizationCode>,
    pub(crate) state: Option<State>,
}

#[derive(Debug)]
pub(crate) struct VerifyIdToken {
    party: RelyingParty,
    token: CompactToken,
    expected: Expected,
    source: PartyKeys,
    keys: ObtainKeys,
    /// The keys that did not fit; set once, so that a flow refetches once.
    seen: Option<Arc<KeySet>>,
}

impl VerifyIdToken {
    pub(crate) fn new(
        party: &RelyingParty,
        metadata: &ServerMetadata,
        token: CompactToken,
        expected: Expected,
    ) -> Result<Self, Error> {
        let source = party.key_source(metadata)?;
        let keys = source.obtain();
        Ok(Self { party: party.clone(), token, expected, source, keys, seen: None })
    }

    fn verify(&self, keys: &KeySet, now: UnixTime) -> Result<IdToken, Error> {
        let config = self.party.config();
        let expected = &self.expected;
        let acr_values: Vec<&str> = expected.acr_values.iter().map(String::as_str).collect();
        let mut expect = match &expected.nonce {
            Some(nonce) => Expect::new(expected.kind, Nonce::Expect(nonce)),
            None if expected.kind == TokenKind::RefreshedIdToken => Expect::refreshed(),
            None => Expect::new(expected.kind, Nonce::NotSent),
        };
        // Through the browser the hashes are a must, from the token endpoint they are not.
        let front = expected.kind == TokenKind::FrontIdToken;
        expect.max_age = expected.max_age;
        expect.acr_values = &acr_values;
        if !config.profile().dangerous_ignore_at_hash {
            expect.access_token = bind(expected.access_token.as_ref(), front);
        }
        expect.code = bind(expected.code.as_ref(), front);
        expect.state = bind(expected.state.as_ref(), false);
        let token = UnverifiedIdToken::new(self.token.clone());
        Ok(token.verify(keys, &config.rules, &expect, self.party.backend(), now)?)
    }
}

fn bind<T>(value: Option<&T>, required: bool) -> Binding<'_, T> {
    match value {
        None => Binding::Absent,
        Some(value) if required => Binding::Required(value),
        Some(value) => Binding::IfPresent(value),
    }
}

impl Flow for VerifyIdToken {
    type Output = IdToken;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<IdToken>, Error> {
        loop {
            let keys = match self.keys.advance(input, now)?.split() {
                Ok(keys) => keys,
                Err(step) => return Ok(step),
            };
            match self.verify(&keys, now) {
                Err(Error::InvalidToken(error))
                    if error.fault == TokenFault::KeyNotFound && self.seen.is_none() =>
                {
                    self.keys = self.source.obtain_beyond(&keys);
                    self.seen = Some(keys);
                    input = Input::Start;
                }
                verified => return verified.map(Step::Done),
            }
        }
    }
}
