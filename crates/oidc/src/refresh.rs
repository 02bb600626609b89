//! Refreshes tokens, and binds a new ID token to the first one (OpenID Connect Core §12.2).
//!
//! ```text
//!   Metadata ─▶ Sent ─┬─ an ID token, and the first is known ─▶ Verify ─▶ Done
//!                     └──────────────────────────────────────────────────▶ Done
//! ```
//!
//! Once the server has answered, nothing can lose the new tokens: a rotated refresh token is the
//! only one that lives. What is wrong with a new ID token is said beside them.

use tegata_core::error::{ApiMisuse, Error, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_jose::id_token::{FirstIdToken, IdToken};

use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;
use crate::sign_in::{Expected, VerifyIdToken};

/// What a refresh brought. Store the tokens before looking at anything else.
#[derive(Debug)]
pub struct Refreshed {
    tokens: TokenSet,
    id_token: Result<Option<IdToken>, Error>,
}

impl Refreshed {
    /// The new tokens; what the answer left unsaid is as it was before.
    #[must_use]
    pub const fn tokens(&self) -> &TokenSet {
        &self.tokens
    }

    /// The new ID token, when one came and the first was given.
    ///
    /// # Errors
    ///
    /// What is wrong with it: it is about somebody else, or its keys could not be fetched.
    pub const fn id_token(&self) -> Result<Option<&IdToken>, &Error> {
        match &self.id_token {
            Ok(id_token) => Ok(id_token.as_ref()),
            Err(error) => Err(error),
        }
    }

    /// The new tokens alone.
    #[must_use]
    pub fn into_tokens(self) -> TokenSet {
        self.tokens
    }
}

/// The flow that refreshes tokens.
#[derive(Debug)]
pub struct Refresh {
    party: RelyingParty,
    before: TokenSet,
    first: Option<FirstIdToken>,
    state: State,
}

#[derive(Debug)]
enum State {
    Metadata(ObtainMetadata),
    Sent(std::sync::Arc<ServerMetadata>, UnixTime),
    Verify(TokenSet, Box<VerifyIdToken>),
    Over,
}

impl Refresh {
    pub(crate) fn new(
        party: &RelyingParty,
        tokens: &TokenSet,
        first: Option<&FirstIdToken>,
    ) -> Result<Self, Error> {
        if tokens.refresh_token().is_none() {
            return Err(ApiMisuse::Required("a refresh token").into());
        }
        let state = State::Metadata(party.metadata());
        Ok(Self { party: party.clone(), before: tokens.clone(), first: first.cloned(), state })
    }

    fn verify(
        &self,
        metadata: &ServerMetadata,
        tokens: &TokenSet,
    ) -> Result<Option<VerifyIdToken>, Error> {
        let (Some(token), Some(_)) = (tokens.id_token(), &self.first) else { return Ok(None) };
        let expected = Expected {
            kind: TokenKind::RefreshedIdToken,
            nonce: None,
            max_age: None,
            acr_values: Vec::new(),
            access_token: Some(tokens.access_token().clone()),
            code: None,
            state: None,
        };
        VerifyIdToken::new(&self.party, metadata, token.clone(), expected).map(Some)
    }

    fn check(&self, id_token: IdToken) -> Result<Option<IdToken>, Error> {
        if let Some(first) = &self.first {
            id_token.check_refreshed(first)?;
        }
        Ok(Some(id_token))
    }
}

impl Flow for Refresh {
    type Output = Refreshed;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Refreshed>, Error> {
        loop {
            let config = self.party.config();
            self.state = match (std::mem::replace(&mut self.state, State::Over), input) {
                (State::Metadata(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(metadata) => {
                        let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
                        let token = self.before.refresh_token().ok_or(ApiMisuse::WrongInput)?;
                        let request = token::refresh(&config.client, url, token, None);
                        self.state = State::Sent(metadata, now);
                        return Ok(Step::Send(request));
                    }
                    Err(step) => {
                        self.state = State::Metadata(flow);
                        return Ok(step);
                    }
                },
                (State::Sent(metadata, sent_at), Input::Response(response)) => {
                    let tokens = token::read(&response, &config.profile.tolerance, sent_at)?;
                    let tokens = tokens.or_keep(&self.before);
                    match self.verify(&metadata, &tokens) {
                        Ok(Some(flow)) => State::Verify(tokens, Box::new(flow)),
                        Ok(None) => {
                            return Ok(Step::Done(Refreshed { tokens, id_token: Ok(None) }));
                        }
                        Err(error) => {
                            return Ok(Step::Done(Refreshed { tokens, id_token: Err(error) }));
                        }
                    }
                }
                (State::Sent(..), Input::Unreachable(error)) => return Err(error),
                (State::Verify(tokens, mut flow), event) => {
                    let id_token = match flow.advance(event, now).map(Step::split) {
                        Ok(Err(step)) => {
                            self.state = State::Verify(tokens, flow);
                            return Ok(step);
                        }
                        Ok(Ok(id_token)) => self.check(id_token),
                        Err(error) => Err(error),
                    };
                    return Ok(Step::Done(Refreshed { tokens, id_token }));
                }
                _ => return Err(ApiMisuse::WrongInput.into()),
            };
            input = Input::Start;
        }
    }
}
