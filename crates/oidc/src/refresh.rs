//! Refreshes tokens, and binds a new ID token to the first one (OpenID Connect Core §12.2).
//!
//! ```text
//!   Spend ─┬─ an ID token, and the first is known ─▶ Metadata ─▶ Verify ─▶ Done
//!          └───────────────────────────────────────────────────────────────▶ Done
//! ```
//!
//! Once the server has answered, nothing can lose the new tokens: a rotated refresh token is the
//! only one that lives. What is wrong with a new ID token is said beside them.

use std::sync::Arc;

use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::scope::Scope;
use tegata_core::secret::RefreshToken;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_core::url::RedirectUri;
use tegata_jose::id_token::{FirstIdToken, IdToken};

use crate::config::Config;
use crate::relying_party::RelyingParty;
use crate::sign_in::{Expected, VerifyIdToken, Way};
use crate::with_metadata::{AfterMetadata, OneRequest};

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
    refresh_token: RefreshToken,
    scope: Option<Scope>,
    resource: Option<String>,
    exchange: OneRequest,
}

impl SpendRefreshToken {
    pub(crate) fn new(party: &RelyingParty, refresh_token: &RefreshToken) -> Self {
        Self {
            refresh_token: refresh_token.clone(),
            scope: None,
            resource: None,
            exchange: OneRequest::new(party),
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
        let Self { refresh_token, scope, resource, exchange } = self;
        exchange.advance(
            input,
            now,
            |config, metadata| {
                let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
                let mut refresh = token::Refresh::new(refresh_token);
                refresh.scope = scope.as_ref();
                refresh.resource = resource.as_deref();
                if config.profile.refresh_with_redirect_uri {
                    refresh.redirect_uri = config.redirect_uri.as_ref().map(RedirectUri::as_str);
                }
                Ok(token::refresh(&config.client, url, &refresh))
            },
            Config::read_tokens,
        )
    }
}

/// The flow that refreshes tokens.
#[derive(Debug)]
pub struct Refresh {
    party: RelyingParty,
    before: TokenSet,
    first: Option<FirstIdToken>,
    spend: SpendRefreshToken,
    answered: Option<TokenSet>,
    verify: AfterMetadata<VerifyIdToken>,
}

impl Refresh {
    pub(crate) fn new(
        party: &RelyingParty,
        tokens: &TokenSet,
        first: Option<&FirstIdToken>,
    ) -> Result<Self, Error> {
        let refresh_token = tokens.refresh_token().ok_or(ApiMisuse::Required("a refresh token"))?;
        Ok(Self {
            spend: SpendRefreshToken::new(party, refresh_token),
            party: party.clone(),
            before: tokens.clone(),
            first: first.cloned(),
            answered: None,
            verify: AfterMetadata::new(party),
        })
    }
}

impl Flow for Refresh {
    type Output = Refreshed;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Refreshed>, Error> {
        let Self { party, before, first, spend, answered, verify } = self;
        let tokens = match answered {
            Some(tokens) => tokens,
            None => match spend.advance(input, now)?.split() {
                Ok(tokens) => {
                    input = Input::Start;
                    answered.insert(tokens.or_keep(before))
                }
                Err(step) => return Ok(step),
            },
        };
        // What is wrong with the ID token does not cost the tokens.
        let id_token = match (tokens.id_token(), first) {
            (Some(token), Some(first)) => {
                let begin = |metadata: &Arc<ServerMetadata>| {
                    let access_token = Some(tokens.access_token().clone());
                    let expected = Expected { access_token, ..Expected::by(Way::Refreshed) };
                    VerifyIdToken::new(party, metadata, token.clone(), expected)
                };
                match verify.advance(input, now, begin).map(Step::split) {
                    Ok(Ok(id_token)) => match id_token.check_refreshed(first) {
                        Ok(()) => Ok(Some(id_token)),
                        Err(error) => Err(error.into()),
                    },
                    Ok(Err(step)) => return Ok(step),
                    Err(error) => Err(error),
                }
            }
            _ => Ok(None),
        };
        Ok(Step::Done(Refreshed { tokens: tokens.clone(), id_token }))
    }
}
