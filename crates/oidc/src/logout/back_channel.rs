//! Back-channel logout: the provider says, server to server, that a session is over (OpenID Connect
//! Back-Channel Logout 1.0 §2.5–2.8).
//!
//! ```text
//!   read the form ─▶ Token ─▶ Metadata ─▶ Keys (twice at most) ─▶ verify ─▶ first time? ─▶ Done
//!                      │ wrong in itself, whatever the keys: refused before anything is fetched
//! ```

use std::fmt;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use tegata_core::error::{Error, Fault, InvalidToken, Misbehaviour, TokenFault, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::form::Form;
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse, is_media_type};
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;
use tegata_jose::id_token::MAX_LEEWAY;
use tegata_jose::jwks::KeySet;
use tegata_jose::logout_token::{LogoutToken, UnverifiedLogoutToken};

use crate::keys::TryKeys;
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;
use crate::replay::SeenTokens;

/// The flow that receives a logout token. What it is done with names the sessions to end: by
/// `sid` the one, by `sub` without `sid` all of that user. Answer the provider with [`answer`].
///
/// Nobody is signed in when it comes, and no cookie either: an application finds its sessions by
/// what it kept of the ID token, `iss` with `sid` and `sub`.
///
/// A token that was accepted once is refused from then on. So an application that cannot end the
/// sessions at that moment notes that it must, rather than wait for the provider to repeat itself.
pub struct ReceiveLogout {
    party: RelyingParty,
    token: UnverifiedLogoutToken,
    seen: Arc<dyn SeenTokens>,
    state: State,
}

#[derive(Debug)]
enum State {
    Token,
    Metadata(ObtainMetadata),
    Keys(TryKeys),
}

impl ReceiveLogout {
    pub(crate) fn new(
        party: &RelyingParty,
        request: &HttpRequest,
        seen: Arc<dyn SeenTokens>,
    ) -> Result<Self, Error> {
        let token = read(request)?;
        Ok(Self { party: party.clone(), token, seen, state: State::Token })
    }
}

impl Flow for ReceiveLogout {
    type Output = LogoutToken;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<LogoutToken>, Error> {
        let Self { party, token, seen, state } = self;
        let rules = &party.config().rules;
        let verify = |keys: &KeySet| token.verify(keys, rules, party.backend(), now);
        loop {
            match state {
                State::Token => match verify(&KeySet::empty()) {
                    Err(error) if error.fault != TokenFault::KeyNotFound => {
                        return Err(error.into());
                    }
                    _ => *state = State::Metadata(party.metadata()),
                },
                State::Metadata(flow) => match flow.advance(input, now)?.split() {
                    Ok(metadata) => *state = State::Keys(party.key_source(&metadata)?.try_keys()),
                    Err(step) => return Ok(step),
                },
                State::Keys(keys) => {
                    return match keys.advance(input, now, verify)?.split() {
                        Ok(verified) => accept(verified, &**seen, now).map(Step::Done),
                        Err(step) => Ok(step),
                    };
                }
            }
            input = Input::Start;
        }
    }
}

/// §2.6 (7): each token ends a session once.
fn accept(token: LogoutToken, seen: &dyn SeenTokens, now: UnixTime) -> Result<LogoutToken, Error> {
    // A token may come until it ends, and the clocks may differ.
    let until = token.expires_at().plus(MAX_LEEWAY);
    if seen.first_time(token.issuer(), token.jti(), until, now) {
        return Ok(token);
    }
    Err(InvalidToken::new(TokenKind::LogoutToken, TokenFault::Replayed).into())
}

impl fmt::Debug for ReceiveLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveLogout").field("state", &self.state).finish_non_exhaustive()
    }
}

/// What to answer the provider: 200 when the sessions are ended, 400 when the token is not good
/// (§2.8). Neither may be cached.
#[must_use]
pub fn answer<T>(ended: &Result<T, Error>) -> HttpResponse {
    let (status, body) = match ended {
        Ok(_) => (StatusCode::OK, ""),
        Err(_) => (StatusCode::BAD_REQUEST, r#"{"error":"invalid_request"}"#),
    };
    let mut response = HttpResponse::new(body.as_bytes().to_vec());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// §2.5: a form with `logout_token`; other parameters are ignored.
fn read(request: &HttpRequest) -> Result<UnverifiedLogoutToken, Error> {
    let refuse = |fault| Error::from(Misbehaviour::new(Endpoint::BackChannelLogout, fault));
    let form_type = "application/x-www-form-urlencoded";
    if request.method() != Method::POST || !is_media_type(request.headers(), form_type) {
        return Err(refuse(Fault::ContentType));
    }
    let text = std::str::from_utf8(request.body()).map_err(|_| refuse(Fault::ContentType))?;
    let form = Form::parse(text).map_err(|fault| refuse(fault.into()))?;
    let token = form.get("logout_token");
    let token = token.ok_or_else(|| refuse(Fault::MissingParameter { name: "logout_token" }))?;
    Ok(UnverifiedLogoutToken::new(CompactToken::new(token)))
}
