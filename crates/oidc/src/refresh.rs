//! Refreshes tokens, and binds a new ID token to the first one (OpenID Connect Core §12.2).
//!
//! ```text
//!   Spend ─┬─ an ID token, and the first is known ─▶ Metadata ─▶ Verify ─▶ Done
//!          └───────────────────────────────────────────────────────────────▶ Done
//! ```
//!
//! Once the server has answered, nothing can lose the new tokens: a rotated refresh token is the
//! only one that lives. What is wrong with a new ID token is said beside them.

use tegata_core::error::{ApiMisuse, Error, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::scope::Scope;
use tegata_core::secret::{CompactToken, RefreshToken};
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_core::url::RedirectUri;
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

/// The flow that spends a refresh token: the bare exchange, for whoever keeps tokens alive.
///
/// The answer is as the server gave it: what it leaves unsaid is not filled in, and an ID token in
/// it is not verified.
#[derive(Debug)]
pub struct SpendRefreshToken {
    party: RelyingParty,
    refresh_token: RefreshToken,
    scope: Option<Scope>,
    resource: Option<String>,
    metadata: ObtainMetadata,
    sent_at: Option<UnixTime>,
}

impl SpendRefreshToken {
    pub(crate) fn new(party: &RelyingParty, refresh_token: &RefreshToken) -> Self {
        Self {
            party: party.clone(),
            refresh_token: refresh_token.clone(),
            scope: None,
            resource: None,
            metadata: party.metadata(),
            sent_at: None,
        }
    }

    /// The same, for an access token of this scope only.
    #[must_use]
    pub fn with_scope(mut self, scope: Option<Scope>) -> Self {
        self.scope = scope;
        self
    }

    /// The same, for an access token for this API (RFC 8707).
    #[must_use]
    pub fn with_resource(mut self, resource: Option<String>) -> Self {
        self.resource = resource;
        self
    }
}

impl Flow for SpendRefreshToken {
    type Output = TokenSet;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        let config = self.party.config();
        match (self.sent_at, input) {
            (None, input) => match self.metadata.advance(input, now)?.split() {
                Ok(metadata) => {
                    let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
                    self.sent_at = Some(now);
                    let redirect_uri = config.redirect_uri.as_ref().map(RedirectUri::as_str);
                    let redirect_uri =
                        redirect_uri.filter(|_| config.profile.refresh_with_redirect_uri);
                    Ok(Step::Send(token::refresh(
                        &config.client,
                        url,
                        &self.refresh_token,
                        self.scope.as_ref(),
                        self.resource.as_deref(),
                        redirect_uri,
                    )))
                }
                Err(step) => Ok(step),
            },
            (Some(sent_at), Input::Response(response)) => {
                let tokens = token::read(&response, &config.profile.tolerance, sent_at)?;
                let lifetime = config.profile.refresh_token_lifetime;
                Ok(Step::Done(tokens.or_refresh_token_lifetime(lifetime)))
            }
            (Some(_), Input::Unreachable(error)) => Err(error),
            (Some(_), _) => Err(ApiMisuse::WrongInput.into()),
        }
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
    Spend(SpendRefreshToken),
    Metadata(TokenSet, CompactToken, ObtainMetadata),
    Verify(TokenSet, Box<VerifyIdToken>),
    Over,
}

impl Refresh {
    pub(crate) fn new(
        party: &RelyingParty,
        tokens: &TokenSet,
        first: Option<&FirstIdToken>,
    ) -> Result<Self, Error> {
        let refresh_token = tokens.refresh_token().ok_or(ApiMisuse::Required("a refresh token"))?;
        let state = State::Spend(SpendRefreshToken::new(party, refresh_token));
        Ok(Self { party: party.clone(), before: tokens.clone(), first: first.cloned(), state })
    }

    fn verify(
        &self,
        metadata: &ServerMetadata,
        token: CompactToken,
        tokens: &TokenSet,
    ) -> Result<Box<VerifyIdToken>, Error> {
        let access_token = Some(tokens.access_token().clone());
        let expected = Expected { access_token, ..Expected::of(TokenKind::RefreshedIdToken) };
        VerifyIdToken::new(&self.party, metadata, token, expected).map(Box::new)
    }

    /// What is wrong with the ID token does not cost the tokens.
    fn done(tokens: TokenSet, id_token: Result<Option<IdToken>, Error>) -> Step<Refreshed> {
        Step::Done(Refreshed { tokens, id_token })
    }
}

impl Flow for Refresh {
    type Output = Refreshed;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Refreshed>, Error> {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Over) {
                State::Spend(mut flow) => match flow.advance(input, now)?.split() {
                    Ok(tokens) => {
                        let tokens = tokens.or_keep(&self.before);
                        match (tokens.id_token().cloned(), &self.first) {
                            (Some(token), Some(_)) => {
                                State::Metadata(tokens, token, self.party.metadata())
                            }
                            _ => return Ok(Self::done(tokens, Ok(None))),
                        }
                    }
                    Err(step) => {
                        self.state = State::Spend(flow);
                        return Ok(step);
                    }
                },
                State::Metadata(tokens, token, mut flow) => {
                    match flow.advance(input, now).map(Step::split) {
                        Ok(Ok(metadata)) => match self.verify(&metadata, token, &tokens) {
                            Ok(flow) => State::Verify(tokens, flow),
                            Err(error) => return Ok(Self::done(tokens, Err(error))),
                        },
                        Ok(Err(step)) => {
                            self.state = State::Metadata(tokens, token, flow);
                            return Ok(step);
                        }
                        Err(error) => return Ok(Self::done(tokens, Err(error))),
                    }
                }
                State::Verify(tokens, mut flow) => {
                    return match flow.advance(input, now).map(Step::split) {
                        Ok(Ok(id_token)) => {
                            let first = self.first.as_ref();
                            let checked = first.map_or(Ok(()), |it| id_token.check_refreshed(it));
                            let id_token = checked.map(|()| Some(id_token)).map_err(Error::from);
                            Ok(Self::done(tokens, id_token))
                        }
                        Ok(Err(step)) => {
                            self.state = State::Verify(tokens, flow);
                            Ok(step)
                        }
                        Err(error) => Ok(Self::done(tokens, Err(error))),
                    };
                }
                State::Over => return Err(ApiMisuse::WrongInput.into()),
            };
            input = Input::Start;
        }
    }
}
