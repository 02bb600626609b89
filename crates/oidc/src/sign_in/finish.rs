//! Finishes a sign-in: the callback is read, the code exchanged, every ID token verified.
//!
//! ```text
//!   Begun ─▶ Metadata ─┬─ front ID token ─▶ Front ─┬─ code ─▶ Keys ─▶ Exchange ─▶ Back ─▶ Done
//!                      └───────── none ────────────┤                     └─ no openid ──▶ Done
//!                                                  └─ no code ─────────────────────────▶ Done
//! ```
//!
//! A callback that fails its checks costs no request. The keys are obtained before the code is
//! spent: when they cannot be had, the user's code is still good.

use std::mem;
use std::sync::Arc;

use tegata_core::authorize::{self, AuthorizationResponse, Callback};
use tegata_core::error::{ApiMisuse, Error, Fault, Misbehaviour, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::scope::Granted;
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_core::tolerance::Tolerance;
use tegata_core::url::Issuer;
use tegata_jose::id_token::IdToken;

use super::{Expected, PendingSignIn, VerifyIdToken};
use crate::keys::ObtainKeys;
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;
use crate::standard_claims::StandardClaims;

/// A user who is signed in: a verified identity, and the tokens that came with it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    id_token: IdToken,
    outcome: Outcome,
}

impl SignedIn {
    pub(super) const fn new(id_token: IdToken, outcome: Outcome) -> Self {
        Self { id_token, outcome }
    }

    /// Who it is: the verified ID token. There is no other way to get claims.
    #[must_use]
    pub const fn claims(&self) -> &IdToken {
        &self.id_token
    }

    /// The tokens; `None` for the response type `id_token`, which brings none.
    #[must_use]
    pub const fn tokens(&self) -> Option<&TokenSet> {
        match &self.outcome.tokens {
            None => self.outcome.front_tokens.as_ref(),
            tokens => tokens.as_ref(),
        }
    }

    /// The access token of the authorization response, which the browser has too.
    #[must_use]
    pub const fn front_tokens(&self) -> Option<&TokenSet> {
        self.outcome.front_tokens.as_ref()
    }

    /// What the user agreed to, beside what was asked for: what is missing, what came in addition.
    #[must_use]
    pub const fn granted(&self) -> &Granted {
        &self.outcome.granted
    }

    /// Whether a refresh token was asked for and none came.
    ///
    /// A server may ignore the wish silently (OpenID Connect Core §11). With Google it means that the
    /// user had agreed before: the refresh token of that time still lives, so keep it; without it,
    /// sign in again with `prompt=consent`.
    #[must_use]
    pub const fn offline_ignored(&self) -> bool {
        self.outcome.offline_ignored
    }

    /// Who it is in the words of OpenID Connect Core §5.1: name, e-mail address, language.
    #[must_use]
    pub fn standard_claims(&self) -> StandardClaims {
        StandardClaims::new(self.id_token.claims(), &self.outcome.tolerance)
    }

    /// What the application wanted back after the redirect.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.outcome.return_to.as_deref()
    }

    /// The session state of OpenID Connect Session Management §2.
    #[must_use]
    pub fn session_state(&self) -> Option<&str> {
        self.outcome.session_state.as_deref()
    }
}

/// What a user agreed to, without an identity: plain OAuth 2.0. It signs nobody in.
#[derive(Clone, Debug)]
pub struct Grant {
    tokens: TokenSet,
    outcome: Outcome,
}

impl Grant {
    pub(super) const fn new(tokens: TokenSet, outcome: Outcome) -> Self {
        Self { tokens, outcome }
    }

    /// The tokens.
    #[must_use]
    pub const fn tokens(&self) -> &TokenSet {
        &self.tokens
    }

    /// What the user agreed to, beside what was asked for: what is missing, what came in addition.
    #[must_use]
    pub const fn granted(&self) -> &Granted {
        &self.outcome.granted
    }

    /// Whether a refresh token was asked for and none came: see [`SignedIn::offline_ignored`].
    #[must_use]
    pub const fn offline_ignored(&self) -> bool {
        self.outcome.offline_ignored
    }

    /// What the application wanted back after the redirect.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.outcome.return_to.as_deref()
    }
}

/// The flow that finishes a sign-in.
#[derive(Debug)]
pub struct Finish(Exchange);

impl Finish {
    pub(crate) fn new(party: &RelyingParty, pending: PendingSignIn, callback: Callback) -> Self {
        Self(Exchange::new(party, pending, callback))
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
pub struct FinishGrant(Exchange);

impl FinishGrant {
    pub(crate) fn new(party: &RelyingParty, pending: PendingSignIn, callback: Callback) -> Self {
        Self(Exchange::new(party, pending, callback))
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

#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) tokens: Option<TokenSet>,
    pub(super) front_tokens: Option<TokenSet>,
    pub(super) granted: Granted,
    pub(super) offline_ignored: bool,
    pub(super) return_to: Option<String>,
    pub(super) session_state: Option<String>,
    pub(super) tolerance: Tolerance,
}

/// What both have in common: everything.
#[derive(Debug)]
struct Exchange {
    party: RelyingParty,
    pending: PendingSignIn,
    callback: Callback,
    response: Option<AuthorizationResponse>,
    metadata: Option<Arc<ServerMetadata>>,
    front: Option<IdToken>,
    tokens: Option<TokenSet>,
    state: State,
}

#[derive(Debug)]
enum State {
    Begun,
    Metadata(ObtainMetadata),
    Front(Box<VerifyIdToken>),
    Keys(ObtainKeys),
    Exchange,
    Sent(UnixTime),
    Back(Box<VerifyIdToken>),
    Over,
}

impl Exchange {
    fn new(party: &RelyingParty, pending: PendingSignIn, callback: Callback) -> Self {
        Self {
            party: party.clone(),
            pending,
            callback,
            response: None,
            metadata: None,
            front: None,
            tokens: None,
            state: State::Begun,
        }
    }

    fn read_callback(&mut self, now: UnixTime) -> Result<(), Error> {
        let (config, pending) = (self.party.config(), &self.pending);
        if pending.issuer != config.issuer.as_str() || pending.client_id != config.client.id() {
            let fault = "it belongs to another issuer or client".to_owned();
            return Err(ApiMisuse::Configuration { what: "pending sign-in", fault }.into());
        }
        let issuer: &Issuer = &config.issuer;
        let mut expected = authorize::Expected::new(issuer, pending.response_type, &pending.state);
        expected.issuer_announced = pending.issuer_announced;
        expected.response_mode = pending.response_mode;
        expected.tolerance = &config.profile.tolerance;
        self.response = Some(AuthorizationResponse::read(&self.callback, &expected, now)?);
        Ok(())
    }

    fn verify(
        &self,
        token: &CompactToken,
        expected: Expected,
    ) -> Result<Box<VerifyIdToken>, Error> {
        let metadata = self.metadata.as_ref().ok_or(ApiMisuse::WrongInput)?;
        VerifyIdToken::new(&self.party, metadata, token.clone(), expected).map(Box::new)
    }

    fn expected(&self, kind: TokenKind, tokens: Option<&TokenSet>) -> Expected {
        let response = self.response.as_ref();
        Expected {
            kind,
            nonce: self.pending.nonce.clone(),
            max_age: self.pending.max_age,
            acr_values: self.pending.acr_values.clone(),
            access_token: tokens.map(|tokens| tokens.access_token().clone()),
            code: response.and_then(|response| response.code.clone()),
            state: Some(self.pending.state.clone()),
        }
    }

    /// After the metadata: the front ID token, when one was promised.
    fn after_metadata(&self) -> Result<State, Error> {
        let response = self.response.as_ref().ok_or(ApiMisuse::WrongInput)?;
        match &response.id_token {
            Some(token) => {
                let expected = self.expected(TokenKind::FrontIdToken, response.tokens.as_ref());
                Ok(State::Front(self.verify(token, expected)?))
            }
            None => self.before_exchange(),
        }
    }

    fn before_exchange(&self) -> Result<State, Error> {
        if self.pending.nonce.is_none() {
            return Ok(State::Exchange);
        }
        let metadata = self.metadata.as_ref().ok_or(ApiMisuse::WrongInput)?;
        Ok(State::Keys(self.party.key_source(metadata)?.obtain()))
    }

    fn exchange<T>(&self) -> Result<Step<T>, Error> {
        let metadata = self.metadata.as_ref().ok_or(ApiMisuse::WrongInput)?;
        let code = self.response.as_ref().and_then(|response| response.code.as_ref());
        let code = code.ok_or(ApiMisuse::WrongInput)?;
        Ok(Step::Send(token::code(
            self.party.config().client(),
            metadata.required_endpoint("token_endpoint", Endpoint::Token)?,
            code,
            &self.pending.redirect_uri,
            self.pending.code_verifier.as_ref(),
        )))
    }

    fn done(&mut self, id_token: Option<IdToken>) -> Step<(Outcome, Option<IdToken>)> {
        let response = self.response.take();
        let (front_tokens, front_scope, session_state) = match response {
            Some(response) => (response.tokens, response.scope, response.session_state),
            None => (None, None, None),
        };
        let tokens = self.tokens.take();
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

impl Flow for Exchange {
    type Output = (Outcome, Option<IdToken>);

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        // Advances the flow of a state; what is not its end is passed on, and the state stays.
        macro_rules! ended {
            ($state:ident, $flow:ident) => {
                match $flow.advance(input, now)?.split() {
                    Ok(output) => output,
                    Err(step) => {
                        self.state = State::$state($flow);
                        return Ok(step);
                    }
                }
            };
        }
        loop {
            self.state = match (mem::replace(&mut self.state, State::Over), input) {
                (State::Begun, Input::Start) => {
                    self.read_callback(now)?;
                    State::Metadata(self.party.metadata())
                }
                (State::Metadata(mut flow), event) => {
                    input = event;
                    self.metadata = Some(ended!(Metadata, flow));
                    self.after_metadata()?
                }
                (State::Front(mut flow), event) => {
                    input = event;
                    let front = ended!(Front, flow);
                    if !self.pending.response_type.has_code() {
                        return Ok(self.done(Some(front)));
                    }
                    self.front = Some(front);
                    self.before_exchange()?
                }
                (State::Keys(mut flow), event) => {
                    input = event;
                    ended!(Keys, flow);
                    State::Exchange
                }
                (State::Exchange, Input::Start) => {
                    self.state = State::Sent(now);
                    return self.exchange();
                }
                (State::Sent(sent_at), Input::Response(response)) => {
                    let tolerance = &self.party.config().profile.tolerance;
                    let lifetime = self.party.config().profile.refresh_token_lifetime;
                    let tokens = token::read(&response, tolerance, sent_at)?;
                    let tokens = tokens.or_refresh_token_lifetime(lifetime);
                    let expected = self.expected(TokenKind::IdToken, Some(&tokens));
                    let id_token = tokens.id_token().cloned();
                    self.tokens = Some(tokens);
                    match id_token {
                        _ if self.pending.nonce.is_none() => return Ok(self.done(None)),
                        Some(token) => State::Back(self.verify(&token, expected)?),
                        None => return Err(missing("id_token")),
                    }
                }
                (State::Back(mut flow), event) => {
                    input = event;
                    let id_token = ended!(Back, flow);
                    if let Some(front) = &self.front {
                        id_token.check_front(front)?;
                    }
                    return Ok(self.done(Some(id_token)));
                }
                (State::Sent(_), Input::Unreachable(error)) => return Err(error),
                _ => return Err(ApiMisuse::WrongInput.into()),
            };
            input = Input::Start;
        }
    }
}

pub(super) fn missing(name: &'static str) -> Error {
    Misbehaviour::new(Endpoint::Token, Fault::MissingParameter { name }).into()
}
