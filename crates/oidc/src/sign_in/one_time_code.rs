//! Redeems a code that a page of the application got by itself: there is no pending sign-in.
//!
//! ```text
//!   Metadata ─▶ Keys ─▶ Sent ─▶ Verify ─▶ Done
//! ```
//!
//! Google calls it the one-time code: a script gets it in a popup, or an app from its SDK, and posts
//! it to the server. Nothing binds it to the browser as `state` does, so whoever takes it in has to
//! see to it that the post comes from the application's own page. The keys are obtained before the
//! code is spent.

use std::sync::Arc;

use tegata_core::authorize::{AuthorizationResponse, Callback, Expected as Answer, ResponseType};
use tegata_core::error::{ApiMisuse, Error, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::redirect::TokenRequestUri;
use tegata_core::scope::Scope;
use tegata_core::secret::{AuthorizationCode, Nonce, State as StateParameter};
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};

use super::finish::{Outcome, SignedIn, missing};
use super::{Expected, VerifyIdToken};
use crate::keys::ObtainKeys;
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;

/// A code that came without a pending sign-in, and what the page asked for when it got it.
///
/// ```
/// use tegata_core::redirect::TokenRequestUri;
/// use tegata_core::secret::AuthorizationCode;
/// use tegata_oidc::sign_in::OneTimeCode;
///
/// let code = AuthorizationCode::new("4/yU4cQZTMnnMtetyFcIWNItG32eKxxxgXXX");
/// let code = OneTimeCode::new(code, TokenRequestUri::PostMessage)
///     .with_scope("openid email")?
///     .offline();
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OneTimeCode {
    code: AuthorizationCode,
    redirect_uri: TokenRequestUri,
    scope: Scope,
    nonce: Option<Nonce>,
    offline: bool,
}

impl OneTimeCode {
    /// A code for the scope `openid`, to be redeemed with what the page's library used as its
    /// redirect URI.
    #[must_use]
    pub fn new(code: AuthorizationCode, redirect_uri: TokenRequestUri) -> Self {
        let scope = Scope::parse("openid").unwrap_or_default();
        Self { code, redirect_uri, scope, nonce: None, offline: false }
    }

    /// The code of a callback whose request a script built. `state` is what the server gave that
    /// script, and nothing is believed of a callback with another one.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when the user said no; [`Error::Misbehaved`] with the check that failed.
    pub fn from_callback(
        party: &RelyingParty,
        callback: &Callback,
        state: &StateParameter,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let config = party.config();
        let uri = config.redirect_uri.clone().ok_or(ApiMisuse::Required("redirect_uri"))?;
        let mut expected = Answer::new(&config.issuer, ResponseType::Code, state);
        expected.tolerance = &config.profile.tolerance;
        let answer = AuthorizationResponse::read(callback, &expected, now)?;
        let code = answer.code.ok_or_else(|| missing("code"))?;
        Ok(Self::new(code, uri.into()))
    }

    /// The scope that the page asked for, `openid` included: what was granted is compared with it.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Scope`] when RFC 6749 §3.3 does not allow it.
    pub fn with_scope(mut self, scope: &str) -> Result<Self, Error> {
        self.scope = Scope::parse(scope)?;
        Ok(self)
    }

    /// The nonce that the page sent. Without it, an ID token that has one is refused.
    #[must_use]
    pub fn with_nonce(mut self, nonce: Nonce) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// The page asked for a refresh token: see [`SignedIn::offline_ignored`].
    #[must_use]
    pub const fn offline(mut self) -> Self {
        self.offline = true;
        self
    }
}

/// The flow that redeems a [`OneTimeCode`]. An ID token has to come with it.
#[derive(Debug)]
pub struct Redeem {
    party: RelyingParty,
    code: OneTimeCode,
    metadata: Option<Arc<ServerMetadata>>,
    state: State,
}

#[derive(Debug)]
enum State {
    Metadata(ObtainMetadata),
    Keys(ObtainKeys),
    Sent(UnixTime),
    Verify(TokenSet, Box<VerifyIdToken>),
    Over,
}

impl Redeem {
    pub(crate) fn new(party: &RelyingParty, code: OneTimeCode) -> Self {
        let state = State::Metadata(party.metadata());
        Self { party: party.clone(), code, metadata: None, state }
    }

    fn metadata(&self) -> Result<&ServerMetadata, Error> {
        Ok(self.metadata.as_deref().ok_or(ApiMisuse::WrongInput)?)
    }

    fn verify(&self, tokens: &TokenSet) -> Result<Box<VerifyIdToken>, Error> {
        let token = tokens.id_token().cloned().ok_or_else(|| missing("id_token"))?;
        let expected = Expected {
            kind: TokenKind::IdToken,
            nonce: self.code.nonce.clone(),
            max_age: None,
            acr_values: Vec::new(),
            access_token: Some(tokens.access_token().clone()),
            code: Some(self.code.code.clone()),
            state: None,
        };
        VerifyIdToken::new(&self.party, self.metadata()?, token, expected).map(Box::new)
    }

    fn outcome(&self, tokens: TokenSet) -> Outcome {
        let profile = &self.party.config().profile;
        Outcome {
            granted: profile.scopes.compare(&self.code.scope, tokens.scope()),
            offline_ignored: self.code.offline && tokens.refresh_token().is_none(),
            tokens: Some(tokens),
            front_tokens: None,
            return_to: None,
            session_state: None,
            tolerance: profile.tolerance,
        }
    }
}

impl Flow for Redeem {
    type Output = SignedIn;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<SignedIn>, Error> {
        loop {
            self.state = match (std::mem::replace(&mut self.state, State::Over), input) {
                (State::Metadata(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(metadata) => {
                        let keys = self.party.key_source(&metadata)?.obtain();
                        self.metadata = Some(metadata);
                        State::Keys(keys)
                    }
                    Err(step) => {
                        self.state = State::Metadata(flow);
                        return Ok(step);
                    }
                },
                (State::Keys(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(_) => {
                        let OneTimeCode { code, redirect_uri, .. } = &self.code;
                        let url = self
                            .metadata()?
                            .required_endpoint("token_endpoint", Endpoint::Token)?;
                        let client = &self.party.config().client;
                        let request = token::code(client, url, code, redirect_uri.as_str(), None);
                        self.state = State::Sent(now);
                        return Ok(Step::Send(request));
                    }
                    Err(step) => {
                        self.state = State::Keys(flow);
                        return Ok(step);
                    }
                },
                (State::Sent(sent_at), Input::Response(response)) => {
                    let tolerance = &self.party.config().profile.tolerance;
                    let lifetime = self.party.config().profile.refresh_token_lifetime;
                    let tokens = token::read(&response, tolerance, sent_at)?;
                    let tokens = tokens.or_refresh_token_lifetime(lifetime);
                    let verify = self.verify(&tokens)?;
                    State::Verify(tokens, verify)
                }
                (State::Sent(_), Input::Unreachable(error)) => return Err(error),
                (State::Verify(tokens, mut flow), event) => {
                    match flow.advance(event, now)?.split() {
                        Ok(id_token) => {
                            let outcome = self.outcome(tokens);
                            return Ok(Step::Done(SignedIn::new(id_token, outcome)));
                        }
                        Err(step) => {
                            self.state = State::Verify(tokens, flow);
                            return Ok(step);
                        }
                    }
                }
                _ => return Err(ApiMisuse::WrongInput.into()),
            };
            input = Input::Start;
        }
    }
}
