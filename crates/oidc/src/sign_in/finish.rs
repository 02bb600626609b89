//! Finishes a sign-in: the callback is read, every ID token verified, the code exchanged.
//!
//! ```text
//!   Begun ─▶ Metadata ─┬─ front ID token ─▶ Front ─┬─ code ─▶ Exchange ─▶ Done
//!                      └───────── none ────────────┴─ no code ──────────▶ Done
//! ```
//!
//! A callback that fails its checks costs no request.

use std::mem;
use std::sync::Arc;

use tegata_core::authorize::{self, AuthorizationResponse, Callback};
use tegata_core::error::{ApiMisuse, Error, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::metadata::ServerMetadata;
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;
use tegata_jose::id_token::IdToken;

use super::exchange::{Code, ExchangeCode, missing};
use super::signed_in::{Grant, Outcome, SignedIn};
use super::{Expected, PendingSignIn, VerifyIdToken};
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;

/// The flow that finishes a sign-in.
#[derive(Debug)]
pub struct Finish(Answered);

impl Finish {
    pub(crate) fn new(party: &RelyingParty, pending: PendingSignIn, callback: Callback) -> Self {
        Self(Answered::new(party, pending, callback))
    }
}

impl Flow for Finish {
    type Output = SignedIn;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<SignedIn>, Error> {
        if self.0.pending.nonce.is_none() {
            return Err(ApiMisuse::ScopeOpenidMissing.into());
        }
        Ok(match self.0.advance(input, now)?.split() {
            Ok((outcome, id_token)) => {
                let id_token = id_token.ok_or_else(|| missing("id_token"))?;
                Step::Done(SignedIn::new(id_token, outcome))
            }
            Err(step) => step,
        })
    }
}

/// The flow that finishes an authorization without identity.
#[derive(Debug)]
pub struct FinishGrant(Answered);

impl FinishGrant {
    pub(crate) fn new(party: &RelyingParty, pending: PendingSignIn, callback: Callback) -> Self {
        Self(Answered::new(party, pending, callback))
    }
}

impl Flow for FinishGrant {
    type Output = Grant;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Grant>, Error> {
        Ok(match self.0.advance(input, now)?.split() {
            Ok((mut outcome, _)) => {
                let tokens = outcome.tokens.take().or_else(|| outcome.front_tokens.clone());
                let tokens = tokens.ok_or_else(|| missing("access_token"))?;
                Step::Done(Grant::new(tokens, outcome))
            }
            Err(step) => step,
        })
    }
}

/// An authorization that was answered: what both have in common, which is everything.
#[derive(Debug)]
struct Answered {
    party: RelyingParty,
    pending: PendingSignIn,
    callback: Callback,
    response: Option<AuthorizationResponse>,
    metadata: Option<Arc<ServerMetadata>>,
    front: Option<IdToken>,
    state: State,
}

#[derive(Debug)]
enum State {
    Begun,
    Metadata(ObtainMetadata),
    Front(Box<VerifyIdToken>),
    Exchange(Box<ExchangeCode>),
    Over,
}

impl Answered {
    fn new(party: &RelyingParty, pending: PendingSignIn, callback: Callback) -> Self {
        Self {
            party: party.clone(),
            pending,
            callback,
            response: None,
            metadata: None,
            front: None,
            state: State::Begun,
        }
    }

    fn read_callback(&mut self, now: UnixTime) -> Result<(), Error> {
        let (config, pending) = (self.party.config(), &self.pending);
        if pending.issuer != config.issuer.as_str() || pending.client_id != config.client.id() {
            let fault = "it belongs to another issuer or client".to_owned();
            return Err(ApiMisuse::Configuration { what: "pending sign-in", fault }.into());
        }
        let (issuer, state) = (&config.issuer, &pending.state);
        let mut expected = authorize::Expected::new(issuer, pending.response_type, state);
        expected.issuer_announced = pending.issuer_announced;
        expected.response_mode = pending.response_mode;
        expected.tolerance = &config.profile.tolerance;
        self.response = Some(AuthorizationResponse::read(&self.callback, &expected, now)?);
        Ok(())
    }

    fn response(&self) -> Result<&AuthorizationResponse, ApiMisuse> {
        self.response.as_ref().ok_or(ApiMisuse::WrongInput)
    }

    fn metadata(&self) -> Result<&Arc<ServerMetadata>, ApiMisuse> {
        self.metadata.as_ref().ok_or(ApiMisuse::WrongInput)
    }

    fn expected(&self, kind: TokenKind, response: &AuthorizationResponse) -> Expected {
        Expected {
            kind,
            nonce: self.pending.nonce.clone(),
            max_age: self.pending.max_age,
            acr_values: self.pending.acr_values.clone(),
            access_token: response.tokens.as_ref().map(|tokens| tokens.access_token().clone()),
            code: response.code.clone(),
            state: Some(self.pending.state.clone()),
        }
    }

    /// After the metadata: the front ID token, when one was promised.
    fn after_metadata(&self) -> Result<State, Error> {
        let response = self.response()?;
        let Some(token) = &response.id_token else { return self.exchange() };
        let expected = self.expected(TokenKind::FrontIdToken, response);
        let verify = VerifyIdToken::new(&self.party, self.metadata()?, token.clone(), expected)?;
        Ok(State::Front(Box::new(verify)))
    }

    fn exchange(&self) -> Result<State, Error> {
        let response = self.response()?;
        let code = Code {
            code: response.code.clone().ok_or(ApiMisuse::WrongInput)?,
            redirect_uri: self.pending.redirect_uri.clone(),
            code_verifier: self.pending.code_verifier.clone(),
        };
        let expected = self.expected(TokenKind::IdToken, response);
        let expected = self.pending.nonce.is_some().then_some(expected);
        ExchangeCode::new(&self.party, self.metadata()?, code, expected)
            .map(Box::new)
            .map(State::Exchange)
    }

    fn done(
        &mut self,
        tokens: Option<TokenSet>,
        id_token: Option<IdToken>,
    ) -> Step<(Outcome, Option<IdToken>)> {
        let response = self.response.take();
        let (front_tokens, front_scope, session_state) = match response {
            Some(response) => (response.tokens, response.scope, response.session_state),
            None => (None, None, None),
        };
        let granted = tokens.as_ref().and_then(TokenSet::scope).or(front_scope.as_ref());
        let profile = &self.party.config().profile;
        let granted = profile.scopes.compare(&self.pending.scope, granted);
        let refreshable = tokens.as_ref().is_some_and(|tokens| tokens.refresh_token().is_some());
        Step::Done((
            Outcome {
                tokens,
                front_tokens,
                granted,
                offline_ignored: self.pending.offline && !refreshable,
                return_to: self.pending.return_to.take(),
                session_state,
                tolerance: profile.tolerance,
            },
            id_token,
        ))
    }
}

impl Flow for Answered {
    type Output = (Outcome, Option<IdToken>);

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        loop {
            self.state = match (mem::replace(&mut self.state, State::Over), input) {
                (State::Begun, Input::Start) => {
                    self.read_callback(now)?;
                    State::Metadata(self.party.metadata())
                }
                (State::Metadata(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(metadata) => {
                        self.metadata = Some(metadata);
                        self.after_metadata()?
                    }
                    Err(step) => {
                        self.state = State::Metadata(flow);
                        return Ok(step);
                    }
                },
                (State::Front(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(front) if !self.pending.response_type.has_code() => {
                        return Ok(self.done(None, Some(front)));
                    }
                    Ok(front) => {
                        self.front = Some(front);
                        self.exchange()?
                    }
                    Err(step) => {
                        self.state = State::Front(flow);
                        return Ok(step);
                    }
                },
                (State::Exchange(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok((tokens, id_token)) => {
                        if let (Some(front), Some(back)) = (&self.front, &id_token) {
                            back.check_front(front)?;
                        }
                        return Ok(self.done(Some(tokens), id_token));
                    }
                    Err(step) => {
                        self.state = State::Exchange(flow);
                        return Ok(step);
                    }
                },
                _ => return Err(ApiMisuse::WrongInput.into()),
            };
            input = Input::Start;
        }
    }
}
