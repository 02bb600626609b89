//! Verifies one ID token with living keys.

use std::time::Duration;

use tegata_core::error::{Error, InvalidToken, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::{self, AccessToken, AuthorizationCode, CompactToken, State};
use tegata_core::time::UnixTime;
use tegata_jose::id_token::{Binding, Expect, IdToken, Nonce, UnverifiedIdToken};
use tegata_jose::jwks::KeySet;

use crate::keys::TryKeys;
use crate::relying_party::RelyingParty;

/// What one ID token must fit, owned, so that a flow can hold it.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) way: Way,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) access_token: Option<AccessToken>,
    pub(crate) code: Option<AuthorizationCode>,
    pub(crate) state: Option<State>,
}

/// The way by which an ID token comes, and the nonce that was sent for it.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// Through the browser.
    Front(Option<secret::Nonce>),
    /// From the token endpoint, or handed over.
    Back(Option<secret::Nonce>),
    /// With a refresh: its nonce is compared with the first token's.
    Refreshed,
}

impl Way {
    const fn kind(&self) -> TokenKind {
        match self {
            Self::Front(_) => TokenKind::FrontIdToken,
            Self::Back(_) => TokenKind::IdToken,
            Self::Refreshed => TokenKind::RefreshedIdToken,
        }
    }
}

impl Expected {
    /// A token by this way, and nothing that came beside it.
    pub(crate) const fn by(way: Way) -> Self {
        Self {
            way,
            max_age: None,
            acr_values: Vec::new(),
            access_token: None,
            code: None,
            state: None,
        }
    }

    fn verify(
        &self,
        token: &CompactToken,
        keys: &KeySet,
        party: &RelyingParty,
        now: UnixTime,
    ) -> Result<IdToken, InvalidToken> {
        let config = party.config();
        let acr_values: Vec<&str> = self.acr_values.iter().map(String::as_str).collect();
        let mut expect = match &self.way {
            Way::Front(sent) | Way::Back(sent) => {
                Expect::new(self.way.kind(), nonce(sent.as_ref()))
            }
            Way::Refreshed => Expect::refreshed(),
        };
        // Through the browser the hashes are a must, from the token endpoint they are not.
        let front = matches!(self.way, Way::Front(_));
        expect.max_age = self.max_age;
        expect.acr_values = &acr_values;
        if !config.profile().dangerous_ignore_at_hash {
            expect.access_token = bind(self.access_token.as_ref(), front);
        }
        expect.code = bind(self.code.as_ref(), front);
        expect.state = bind(self.state.as_ref(), false);
        let token = UnverifiedIdToken::new(token.clone());
        token.verify(keys, &config.rules, &expect, party.backend(), now)
    }
}

fn nonce(sent: Option<&secret::Nonce>) -> Nonce<'_> {
    sent.map_or(Nonce::NotSent, Nonce::Expect)
}

fn bind<T>(value: Option<&T>, required: bool) -> Binding<'_, T> {
    match value {
        None => Binding::Absent,
        Some(value) if required => Binding::Required(value),
        Some(value) => Binding::IfPresent(value),
    }
}

#[derive(Debug)]
pub(crate) struct VerifyIdToken {
    party: RelyingParty,
    token: CompactToken,
    expected: Expected,
    keys: TryKeys,
}

impl VerifyIdToken {
    pub(crate) fn new(
        party: &RelyingParty,
        metadata: &ServerMetadata,
        token: CompactToken,
        expected: Expected,
    ) -> Result<Self, Error> {
        let token = party.config().open_signed(expected.way.kind(), token)?;
        let keys = party.key_source(metadata)?.try_keys();
        Ok(Self { party: party.clone(), token, expected, keys })
    }
}

impl Flow for VerifyIdToken {
    type Output = IdToken;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<IdToken>, Error> {
        let Self { party, token, expected, keys } = self;
        keys.advance(input, now, |keys| expected.verify(token, keys, party, now))
    }
}
