//! Exchanges a code for tokens, and verifies the ID token that comes with them.
//!
//! ```text
//!   Keys ─▶ Ready ─▶ Sent ─┬─ openid ─▶ Verify ─▶ Done
//!                          └────────────────────▶ Done
//! ```
//!
//! The keys are obtained before the code is spent: when they cannot be had, the user's code is still
//! good.

use std::mem;
use std::sync::Arc;

use tegata_core::error::{ApiMisuse, Error, Fault, Misbehaviour};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::{AuthorizationCode, CodeVerifier};
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_jose::id_token::IdToken;

use super::{Expected, VerifyIdToken};
use crate::keys::ObtainKeys;
use crate::relying_party::RelyingParty;

/// A code, and what its authorization request said of it.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) code: AuthorizationCode,
    pub(super) redirect_uri: String,
    pub(super) code_verifier: Option<CodeVerifier>,
}

/// The flow that exchanges a code. It ends with an ID token exactly when one is expected.
#[derive(Debug)]
pub(super) struct ExchangeCode {
    party: RelyingParty,
    metadata: Arc<ServerMetadata>,
    code: Code,
    /// `None`: nobody asked for an identity.
    expected: Option<Expected>,
    state: State,
}

#[derive(Debug)]
enum State {
    Keys(ObtainKeys),
    Ready,
    Sent(UnixTime),
    Verify(TokenSet, Box<VerifyIdToken>),
    Over,
}

impl ExchangeCode {
    pub(super) fn new(
        party: &RelyingParty,
        metadata: &Arc<ServerMetadata>,
        code: Code,
        expected: Option<Expected>,
    ) -> Result<Self, Error> {
        let state = match expected {
            Some(_) => State::Keys(party.key_source(metadata)?.obtain()),
            None => State::Ready,
        };
        Ok(Self { party: party.clone(), metadata: Arc::clone(metadata), code, expected, state })
    }

    fn verify(&mut self, tokens: &TokenSet) -> Result<Option<Box<VerifyIdToken>>, Error> {
        let Some(mut expected) = self.expected.take() else { return Ok(None) };
        let token = tokens.id_token().cloned().ok_or_else(|| missing("id_token"))?;
        expected.access_token = Some(tokens.access_token().clone());
        let verify = VerifyIdToken::new(&self.party, &self.metadata, token, expected)?;
        Ok(Some(Box::new(verify)))
    }
}

impl Flow for ExchangeCode {
    type Output = (TokenSet, Option<IdToken>);

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        loop {
            self.state = match (mem::replace(&mut self.state, State::Over), input) {
                (State::Keys(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(_) => State::Ready,
                    Err(step) => {
                        self.state = State::Keys(flow);
                        return Ok(step);
                    }
                },
                (State::Ready, Input::Start) => {
                    self.state = State::Sent(now);
                    return Ok(Step::Send(token::code(
                        self.party.config().client(),
                        self.metadata.required_endpoint("token_endpoint", Endpoint::Token)?,
                        &self.code.code,
                        &self.code.redirect_uri,
                        self.code.code_verifier.as_ref(),
                    )));
                }
                (State::Sent(sent_at), Input::Response(response)) => {
                    let profile = &self.party.config().profile;
                    let tokens = token::read(&response, &profile.tolerance, sent_at)?
                        .or_refresh_token_lifetime(profile.refresh_token_lifetime);
                    match self.verify(&tokens)? {
                        Some(verify) => State::Verify(tokens, verify),
                        None => return Ok(Step::Done((tokens, None))),
                    }
                }
                (State::Sent(_), Input::Unreachable(error)) => return Err(error),
                (State::Verify(tokens, mut flow), event) => {
                    return Ok(match flow.advance(event, now)?.split() {
                        Ok(id_token) => Step::Done((tokens, Some(id_token))),
                        Err(step) => {
                            self.state = State::Verify(tokens, flow);
                            step
                        }
                    });
                }
                _ => return Err(ApiMisuse::WrongInput.into()),
            };
            input = Input::Start;
        }
    }
}

pub(super) fn missing(name: &'static str) -> Error {
    Misbehaviour::new(Endpoint::Token, Fault::MissingParameter { name }).into()
}
