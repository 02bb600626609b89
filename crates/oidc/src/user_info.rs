//! UserInfo (OpenID Connect Core §5.3): more about the user of an ID token, and of nobody else.

mod answer;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tegata_core::bearer;
use tegata_core::error::{ApiMisuse, Error, InvalidToken, TokenFault, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::form::FormWriter;
use tegata_core::http::{Endpoint, HttpRequest, get, post_form};
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::{AccessToken, CompactToken};
use tegata_core::time::UnixTime;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::EndpointUrl;
use tegata_jose::id_token::IdToken;
use tegata_jose::jwks::KeySet;
use tegata_jose::user_info::UnverifiedUserInfo;

use answer::Answer;

use crate::claim_sources::ClaimSource;
use crate::keys::TryKeys;
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;
use crate::standard_claims::StandardClaims;

/// What the provider says about the user. Its subject is the ID token's.
#[derive(Clone)]
pub struct UserInfo {
    claims: Map<String, Value>,
    signed: bool,
    tolerance: Tolerance,
}

impl UserInfo {
    /// The subject: the one of the ID token.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.claims.get("sub").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the answer was a signed JWT, encrypted or not.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.signed
    }

    /// The claims in the words of OpenID Connect Core §5.1.
    #[must_use]
    pub fn standard_claims(&self) -> StandardClaims {
        StandardClaims::new(self.claims.clone(), &self.tolerance)
    }

    /// All claims.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Where `claim` is when another party makes it, and not the provider (OpenID Connect Core
    /// §5.6.2); `None`: it is among the claims here, or nowhere.
    ///
    /// # Errors
    ///
    /// As [`ClaimSource::of`].
    pub fn claim_source(&self, claim: &str) -> Result<Option<ClaimSource>, Error> {
        ClaimSource::of(&self.claims, claim)
    }

    /// The claims, read into a type of your own.
    ///
    /// # Errors
    ///
    /// [`TokenFault::Claims`] when they do not fit into it.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let claims = Value::Object(self.claims.clone());
        let fault = |_| InvalidToken::new(TokenKind::UserInfo, TokenFault::Claims);
        Ok(serde_json::from_value(claims).map_err(fault)?)
    }
}

impl std::fmt::Debug for UserInfo {
    /// Names only: the values are about a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.claims.keys().collect();
        f.debug_struct("UserInfo").field("claims", &names).field("signed", &self.signed).finish()
    }
}

/// The flow that asks the UserInfo endpoint.
///
/// ```text
///   Metadata ─▶ Sent ─▶ decrypted, where agreed on ─┬─ JSON ──────────────────▶ Done
///                                                   └─ signed ─▶ Keys (twice at most) ─▶ Done
/// ```
#[derive(Debug)]
pub struct FetchUserInfo {
    party: RelyingParty,
    access_token: AccessToken,
    in_body: bool,
    id_token: IdToken,
    state: State,
}

#[derive(Debug)]
enum State {
    Metadata(ObtainMetadata),
    Sent(Arc<ServerMetadata>),
    Keys(CompactToken, TryKeys),
    Over,
}

impl FetchUserInfo {
    pub(crate) fn new(
        party: &RelyingParty,
        access_token: &AccessToken,
        id_token: &IdToken,
    ) -> Self {
        Self {
            party: party.clone(),
            access_token: access_token.clone(),
            in_body: false,
            id_token: id_token.clone(),
            state: State::Metadata(party.metadata()),
        }
    }

    /// Sends the access token in a form (RFC 6750 §2.2): for a provider that takes no header.
    #[must_use]
    pub const fn in_body(mut self) -> Self {
        self.in_body = true;
        self
    }

    fn request(&self, url: &EndpointUrl) -> Result<HttpRequest, Error> {
        if self.in_body {
            let mut form = FormWriter::new();
            form.append("access_token", self.access_token.expose());
            return Ok(post_form(Endpoint::UserInfo, url, form.finish()));
        }
        let mut request = get(Endpoint::UserInfo, url);
        bearer::authorize(&mut request, &self.access_token)?;
        Ok(request)
    }

    fn done(&self, claims: Map<String, Value>, signed: bool) -> UserInfo {
        UserInfo { claims, signed, tolerance: self.party.config().profile.tolerance }
    }

    fn verify(
        &self,
        token: &CompactToken,
        keys: &KeySet,
        now: UnixTime,
    ) -> Result<UserInfo, InvalidToken> {
        let config = self.party.config();
        let rules = &config.rules;
        let algorithms = config.signed_user_info.unwrap_or(rules.algorithms());
        let claims = UnverifiedUserInfo::new(token.clone()).verify(
            &self.id_token,
            keys,
            rules,
            algorithms,
            self.party.backend(),
            now,
        )?;
        Ok(self.done(claims, true))
    }
}

impl Flow for FetchUserInfo {
    type Output = UserInfo;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<UserInfo>, Error> {
        loop {
            self.state = match (std::mem::replace(&mut self.state, State::Over), input) {
                (State::Metadata(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(metadata) => {
                        let endpoint = Endpoint::UserInfo;
                        let url = metadata.required_endpoint("userinfo_endpoint", endpoint)?;
                        let request = self.request(url)?;
                        self.state = State::Sent(metadata);
                        return Ok(Step::Send(request));
                    }
                    Err(step) => {
                        self.state = State::Metadata(flow);
                        return Ok(step);
                    }
                },
                (State::Sent(metadata), Input::Response(response)) => {
                    if response.status() != 200 {
                        return Err(bearer::tolerant_refusal(
                            Endpoint::UserInfo,
                            &response,
                            &self.party.config().profile.tolerance,
                            now,
                        )
                        .into());
                    }
                    let (config, subject) = (self.party.config(), self.id_token.subject());
                    match Answer::read(response, config, subject)? {
                        Answer::Claims(claims) => return Ok(Step::Done(self.done(claims, false))),
                        Answer::Signed(token) => {
                            State::Keys(token, self.party.key_source(&metadata)?.try_keys())
                        }
                    }
                }
                (State::Sent(_), Input::Unreachable(error)) => return Err(error),
                (State::Keys(token, mut keys), event) => {
                    let step = keys.advance(event, now, |keys| self.verify(&token, keys, now))?;
                    self.state = State::Keys(token, keys);
                    return Ok(step);
                }
                _ => return Err(ApiMisuse::WrongInput.into()),
            };
            input = Input::Start;
        }
    }
}
