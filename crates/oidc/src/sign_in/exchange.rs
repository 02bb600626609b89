//! Gets tokens for a grant, and verifies the ID token that comes with them.
//!
//! ```text
//!   Keys ─▶ Grant ─┬─ openid ─▶ Verify ─▶ Done
//!                  └────────────────────▶ Done
//! ```
//!
//! The keys are obtained before the grant is spent: when they cannot be had, the user's code is still
//! good.

use std::sync::Arc;

use tegata_core::error::{Error, Fault, Misbehaviour};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::{AuthorizationCode, CodeVerifier};
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_jose::id_token::IdToken;

use super::{Expected, VerifyIdToken};
use crate::config::Config;
use crate::keys::ObtainKeys;
use crate::relying_party::RelyingParty;
use crate::with_metadata::OneRequest;

/// The flow that exchanges a grant: `G` is the one that spends it. It ends with an ID token exactly
/// when one is expected.
#[derive(Debug)]
pub(super) struct Exchange<G> {
    party: RelyingParty,
    metadata: Arc<ServerMetadata>,
    grant: G,
    /// `None`: nobody asked for an identity.
    expected: Option<Expected>,
    state: State,
}

#[derive(Debug)]
enum State {
    Keys(ObtainKeys),
    Grant,
    Verify(TokenSet, Box<VerifyIdToken>),
}

impl<G: Flow<Output = TokenSet>> Exchange<G> {
    pub(super) fn new(
        party: &RelyingParty,
        metadata: &Arc<ServerMetadata>,
        grant: G,
        expected: Option<Expected>,
    ) -> Result<Self, Error> {
        let state = match expected {
            Some(_) => State::Keys(party.key_source(metadata)?.obtain()),
            None => State::Grant,
        };
        Ok(Self { party: party.clone(), metadata: Arc::clone(metadata), grant, expected, state })
    }

    fn verify(&mut self, tokens: &TokenSet) -> Result<Option<Box<VerifyIdToken>>, Error> {
        let Some(mut expected) = self.expected.take() else { return Ok(None) };
        let token = tokens.id_token().cloned().ok_or_else(|| missing("id_token"))?;
        expected.access_token = Some(tokens.access_token().clone());
        let verify = VerifyIdToken::new(&self.party, &self.metadata, token, expected)?;
        Ok(Some(Box::new(verify)))
    }
}

impl<G: Flow<Output = TokenSet>> Flow for Exchange<G> {
    type Output = (TokenSet, Option<IdToken>);

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        loop {
            match &mut self.state {
                State::Keys(flow) => match flow.advance(input, now)?.split() {
                    Ok(_) => self.state = State::Grant,
                    Err(step) => return Ok(step),
                },
                State::Grant => match self.grant.advance(input, now)?.split() {
                    Ok(tokens) => match self.verify(&tokens)? {
                        Some(verify) => self.state = State::Verify(tokens, verify),
                        None => return Ok(Step::Done((tokens, None))),
                    },
                    Err(step) => return Ok(step),
                },
                State::Verify(tokens, flow) => {
                    return Ok(match flow.advance(input, now)?.split() {
                        Ok(id_token) => Step::Done((tokens.clone(), Some(id_token))),
                        Err(step) => step,
                    });
                }
            }
            input = Input::Start;
        }
    }
}

/// A code, and what its authorization request said of it.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) code: AuthorizationCode,
    pub(super) redirect_uri: String,
    pub(super) code_verifier: Option<CodeVerifier>,
}

/// The flow that spends a code (RFC 6749 §4.1.3).
#[derive(Debug)]
pub(super) struct SpendCode {
    code: Code,
    exchange: OneRequest,
}

impl SpendCode {
    pub(super) fn new(party: &RelyingParty, metadata: &Arc<ServerMetadata>, code: Code) -> Self {
        Self { code, exchange: OneRequest::at(party, metadata) }
    }
}

impl Flow for SpendCode {
    type Output = TokenSet;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        let Self { code: Code { code, redirect_uri, code_verifier }, exchange } = self;
        exchange.advance(
            input,
            now,
            |config, metadata| {
                let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
                let verifier = code_verifier.as_ref();
                Ok(token::code(&config.client, url, code, redirect_uri, verifier))
            },
            Config::read_tokens,
        )
    }
}

pub(super) fn missing(name: &'static str) -> Error {
    Misbehaviour::new(Endpoint::Token, Fault::MissingParameter { name }).into()
}
