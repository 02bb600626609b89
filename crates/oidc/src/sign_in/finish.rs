//! Finishes a sign-in: the callback is read, every ID token verified, the code exchanged.
//!
//! ```text
//!   Begun ─▶ Metadata ─┬─ front ID token ─▶ Front ─┬─ code ─▶ Exchange ─▶ Done
//!                      └───────── none ────────────┴─ no code ──────────▶ Done
//! ```
//!
//! A callback that fails its checks costs no request.

use std::sync::Arc;

use tegata_core::authorize::{self, AuthorizationResponse, Callback};
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::Nonce;
use tegata_core::time::UnixTime;
use tegata_core::token::TokenSet;
use tegata_jose::id_token::IdToken;

use super::exchange::{Code, Exchange, SpendCode, missing};
use super::signed_in::{Front, Grant, Outcome, SignedIn};
use super::{Expected, PendingSignIn, VerifyIdToken, Way};
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
            Ok((tokens, id_token)) => {
                let id_token = id_token.ok_or_else(|| missing("id_token"))?;
                let outcome = self.0.outcome(tokens.as_ref());
                Step::Done(SignedIn::new(id_token, tokens, outcome))
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
            Ok((tokens, _)) => {
                let outcome = self.0.outcome(tokens.as_ref());
                let tokens = tokens.or_else(|| outcome.front.tokens.clone());
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
    Exchange(Box<Exchange<SpendCode>>),
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
        config.check_owner("pending sign-in", &pending.issuer, &pending.client_id)?;
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

    fn expected(
        &self,
        way: fn(Option<Nonce>) -> Way,
        response: &AuthorizationResponse,
    ) -> Expected {
        Expected {
            way: way(self.pending.nonce.clone()),
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
        let expected = self.expected(Way::Front, response);
        let verify = VerifyIdToken::new(&self.party, self.metadata()?, token.clone(), expected)?;
        Ok(State::Front(Box::new(verify)))
    }

    fn exchange(&self) -> Result<State, Error> {
        let (response, metadata) = (self.response()?, self.metadata()?);
        let code = Code {
            code: response.code.clone().ok_or(ApiMisuse::WrongInput)?,
            redirect_uri: self.pending.redirect_uri.clone(),
            code_verifier: self.pending.code_verifier.clone(),
        };
        let expected = self.expected(Way::Back, response);
        let expected = self.pending.nonce.is_some().then_some(expected);
        let code = SpendCode::new(&self.party, metadata, code);
        Exchange::new(&self.party, metadata, code, expected).map(Box::new).map(State::Exchange)
    }

    fn outcome(&mut self, tokens: Option<&TokenSet>) -> Outcome {
        let front = self.response.take().map_or_else(Front::default, |response| Front {
            tokens: response.tokens,
            scope: response.scope,
            session_state: response.session_state,
        });
        let Self { party, pending, .. } = self;
        let profile = party.config().profile();
        let mut outcome = Outcome::new(profile, &pending.scope, pending.offline, tokens, front);
        outcome.return_to = pending.return_to.take();
        outcome
    }
}

impl Flow for Answered {
    type Output = (Option<TokenSet>, Option<IdToken>);

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        loop {
            self.state = match (&mut self.state, input) {
                (State::Begun, Input::Start) => {
                    self.read_callback(now)?;
                    State::Metadata(self.party.metadata())
                }
                (State::Begun, _) => return Err(ApiMisuse::WrongInput.into()),
                (State::Metadata(flow), event) => match flow.advance(event, now)?.split() {
                    Ok(metadata) => {
                        self.metadata = Some(metadata);
                        self.after_metadata()?
                    }
                    Err(step) => return Ok(step),
                },
                (State::Front(flow), event) => match flow.advance(event, now)?.split() {
                    Ok(front) if !self.pending.response_type.has_code() => {
                        return Ok(Step::Done((None, Some(front))));
                    }
                    Ok(front) => {
                        self.front = Some(front);
                        self.exchange()?
                    }
                    Err(step) => return Ok(step),
                },
                (State::Exchange(flow), event) => {
                    let (tokens, id_token) = match flow.advance(event, now)?.split() {
                        Ok(obtained) => obtained,
                        Err(step) => return Ok(step),
                    };
                    if let (Some(front), Some(back)) = (&self.front, &id_token) {
                        back.check_front(front)?;
                    }
                    return Ok(Step::Done((Some(tokens), id_token)));
                }
            };
            input = Input::Start;
        }
    }
}
