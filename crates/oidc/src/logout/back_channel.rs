//! Back-channel logout: the provider says, server to server, that a session is over (OpenID Connect
//! Back-Channel Logout 1.0 §2.5–2.8).
//!
//! ```text
//!   read the form ─▶ Metadata ─▶ Keys (twice at most) ─▶ verify ─▶ first time? ─▶ Done
//! ```

use std::fmt;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use tegata_core::error::{Error, Fault, InvalidToken, Misbehaviour, TokenFault, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::form::Form;
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse, is_media_type};
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;
use tegata_jose::id_token::MAX_LEEWAY;
use tegata_jose::logout_token::{LogoutToken, UnverifiedLogoutToken};

use crate::keys::{ObtainKeys, PartyKeys};
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;
use crate::replay::SeenTokens;

/// The flow that receives a logout token. What it is done with names the sessions to end: by
/// `sid` the one, by `sub` without `sid` all of that user. Answer the provider with [`answer`].
pub struct ReceiveLogout {
    party: RelyingParty,
    token: UnverifiedLogoutToken,
    seen: Arc<dyn SeenTokens>,
    state: State,
}

#[derive(Debug)]
enum State {
    Metadata(ObtainMetadata),
    Keys { source: PartyKeys, keys: ObtainKeys, again: bool },
}

impl ReceiveLogout {
    pub(crate) fn new(
        party: &RelyingParty,
        request: &HttpRequest,
        seen: Arc<dyn SeenTokens>,
    ) -> Result<Self, Error> {
        let token = read(request)?;
        let state = State::Metadata(party.metadata());
        Ok(Self { party: party.clone(), token, seen, state })
    }

    fn keys(&self, metadata: &ServerMetadata) -> Result<State, Error> {
        let source = self.party.key_source(metadata)?;
        let keys = source.obtain();
        Ok(State::Keys { source, keys, again: false })
    }

    fn accept(&self, token: LogoutToken, now: UnixTime) -> Result<LogoutToken, Error> {
        // §2.6 (7). A token may come until it ends, and the clocks may differ.
        let until = token.expires_at().plus(MAX_LEEWAY);
        if self.seen.first_time(token.issuer(), token.jti(), until, now) {
            return Ok(token);
        }
        Err(InvalidToken::new(TokenKind::LogoutToken, TokenFault::Replayed).into())
    }
}

impl Flow for ReceiveLogout {
    type Output = LogoutToken;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<LogoutToken>, Error> {
        loop {
            match &mut self.state {
                State::Metadata(flow) => match flow.advance(input, now)?.split() {
                    Ok(metadata) => self.state = self.keys(&metadata)?,
                    Err(step) => return Ok(step),
                },
                State::Keys { source, keys, again } => {
                    let found = match keys.advance(input, now)?.split() {
                        Ok(found) => found,
                        Err(step) => return Ok(step),
                    };
                    let (rules, backend) = (&self.party.config().rules, self.party.backend());
                    match self.token.verify(&found, rules, backend, now) {
                        Err(error) if error.fault == TokenFault::KeyNotFound && !*again => {
                            *again = true;
                            *keys = source.obtain_beyond(&found);
                        }
                        verified => return self.accept(verified?, now).map(Step::Done),
                    }
                }
            }
            input = Input::Start;
        }
    }
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
