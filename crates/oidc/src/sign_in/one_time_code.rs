//! Redeems a code that a page of the application got by itself: there is no pending sign-in.
//!
//! ```text
//!   Metadata ─▶ Exchange ─▶ Done
//! ```
//!
//! Google calls it the one-time code: a script gets it in a popup, or an app from its SDK, and posts
//! it to the server. Nothing binds it to the browser as `state` does, so whoever takes it in has to
//! see to it that the post comes from the application's own page.

use tegata_core::authorize::{AuthorizationResponse, Callback, Expected as Answer, ResponseType};
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::redirect::TokenRequestUri;
use tegata_core::scope::Scope;
use tegata_core::secret::{AuthorizationCode, Nonce, State};
use tegata_core::time::UnixTime;

use super::exchange::{Code, Exchange, SpendCode, missing};
use super::signed_in::{Front, Outcome, SignedIn};
use super::{Expected, Way};
use crate::relying_party::RelyingParty;
use crate::with_metadata::AfterMetadata;

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
        state: &State,
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
    exchange: AfterMetadata<Exchange<SpendCode>>,
}

impl Redeem {
    pub(crate) fn new(party: &RelyingParty, code: OneTimeCode) -> Self {
        Self { party: party.clone(), code, exchange: AfterMetadata::new(party) }
    }
}

impl Flow for Redeem {
    type Output = SignedIn;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<SignedIn>, Error> {
        let Self { party, code: OneTimeCode { code, redirect_uri, scope, nonce, offline }, .. } =
            self;
        let step = self.exchange.advance(input, now, |metadata| {
            let expected =
                Expected { code: Some(code.clone()), ..Expected::by(Way::Back(nonce.clone())) };
            let redirect_uri = redirect_uri.as_str().to_owned();
            let code = Code { code: code.clone(), redirect_uri, code_verifier: None };
            Exchange::new(party, metadata, SpendCode::new(party, metadata, code), Some(expected))
        })?;
        Ok(match step.split() {
            Ok((tokens, id_token)) => {
                let id_token = id_token.ok_or_else(|| missing("id_token"))?;
                let profile = party.config().profile();
                let front = Front::default();
                let outcome = Outcome::new(profile, scope, *offline, Some(&tokens), front);
                Step::Done(SignedIn::new(id_token, Some(tokens), outcome))
            }
            Err(step) => step,
        })
    }
}
