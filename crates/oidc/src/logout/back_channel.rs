//! Back-channel logout: the provider says, server to server, that a session is over (OpenID Connect
//! Back-Channel Logout 1.0 §2.5–2.8).
//!
//! ```text
//!   read the form ─▶ Token ─▶ Metadata ─▶ Keys (twice at most) ─▶ verify ─▶ ended before? ─▶ Logout
//!                      │ wrong in itself, whatever the keys: refused before anything is fetched
//!
//!   Logout ─▶ the application ends the sessions ─▶ ended() ─▶ Ended ─▶ answer: 200
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

/// The flow that receives a logout token, and refuses one whose sessions were [`ended`](Logout::ended)
/// already.
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
        // §2.6 (1): encrypted exactly when ID tokens are.
        let token = party.config().open_signed(TokenKind::LogoutToken, read(request)?)?;
        let token = UnverifiedLogoutToken::new(token);
        Ok(Self { party: party.clone(), token, seen, state: State::Token })
    }
}

impl Flow for ReceiveLogout {
    type Output = Logout;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Logout>, Error> {
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
                        Ok(verified) => accept(verified, seen, now).map(Step::Done),
                        Err(step) => Ok(step),
                    };
                }
            }
            input = Input::Start;
        }
    }
}

/// §2.6: a token whose sessions were ended comes in vain.
fn accept(token: LogoutToken, seen: &Arc<dyn SeenTokens>, now: UnixTime) -> Result<Logout, Error> {
    if seen.is_known(token.issuer(), token.jti(), now) {
        return Err(InvalidToken::new(TokenKind::LogoutToken, TokenFault::Replayed).into());
    }
    Ok(Logout { token, seen: Arc::clone(seen), now })
}

impl fmt::Debug for ReceiveLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveLogout").field("state", &self.state).finish_non_exhaustive()
    }
}

/// A verified logout: end the sessions that its token names, then say so by [`ended`](Self::ended).
///
/// Nobody is signed in when it comes, and no cookie either: an application finds its sessions by
/// what it kept of the ID token, `iss` with `sid` and `sub`.
///
/// An application that cannot end them now lets it go: the provider is told that it failed, and what
/// it sends again is taken like the first time.
#[must_use]
pub struct Logout {
    token: LogoutToken,
    seen: Arc<dyn SeenTokens>,
    now: UnixTime,
}

impl Logout {
    /// Which sessions to end: by `sid` the one, by `sub` without `sid` all of that user.
    #[must_use]
    pub const fn token(&self) -> &LogoutToken {
        &self.token
    }

    /// The sessions are ended: the token is remembered, and refused from now on.
    pub fn ended(self) -> Ended {
        // A token may come until it ends, and the clocks may differ.
        let until = self.token.expires_at().plus(MAX_LEEWAY);
        self.seen.remember(self.token.issuer(), self.token.jti(), until, self.now);
        Ended(())
    }
}

impl fmt::Debug for Logout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logout").field("token", &self.token).finish_non_exhaustive()
    }
}

/// The sessions of a logout are ended, and its token comes in vain from now on.
#[derive(Debug)]
#[must_use]
pub struct Ended(());

/// What to answer the provider: 200 when the sessions are [`ended`](Logout::ended); 400 when the
/// token is not good, when nobody could tell because the keys were not to be had, and when the
/// sessions could not be ended (§2.8 knows no other). Neither may be cached.
#[must_use]
pub fn answer<E>(ended: &Result<Ended, E>) -> HttpResponse {
    let (status, body) = match ended {
        Ok(Ended(())) => (StatusCode::OK, ""),
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
fn read(request: &HttpRequest) -> Result<CompactToken, Error> {
    let refuse = |fault| Error::from(Misbehaviour::new(Endpoint::BackChannelLogout, fault));
    let form_type = "application/x-www-form-urlencoded";
    if request.method() != Method::POST {
        return Err(refuse(Fault::Method));
    }
    if !is_media_type(request.headers(), form_type) {
        return Err(refuse(Fault::ContentType));
    }
    let text = std::str::from_utf8(request.body()).map_err(|_| refuse(Fault::ContentType))?;
    let form = Form::parse(text).map_err(|fault| refuse(fault.into()))?;
    let token = form.get("logout_token");
    let token = token.ok_or_else(|| refuse(Fault::MissingParameter { name: "logout_token" }))?;
    Ok(CompactToken::new(token))
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, KeySource};
    use crate::profile::Profile;
    use crate::replay::SeenInMemory;
    use proptest::prelude::*;
    use tegata_core::client::{Client, ClientAuthentication};
    use tegata_core::error::ApiMisuse;
    use tegata_core::metadata::ServerMetadata;
    use tegata_core::secret::ClientSecret;
    use tegata_core::url::Issuer;
    use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
    use tegata_jose::sign::{SigningKey, typ};

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn secret(letter: &str) -> ClientSecret {
        ClientSecret::new(letter.repeat(32))
    }

    /// A client that needs no request: its metadata is given, and its keys are its secret.
    fn party() -> RelyingParty {
        let issuer = Issuer::new("https://op.example.com").unwrap();
        let client = Client::new("client-1", ClientAuthentication::Basic(secret("s")));
        let algorithms = AllowedAlgorithms::of(&[Algorithm::HS256]);
        let config = Config::new(issuer.clone(), Profile::OPENID, client)
            .with_metadata(ServerMetadata::new(issuer))
            .unwrap()
            .with_keys(KeySource::ClientSecret)
            .with_id_token_rules(|rules| rules.with_algorithms(algorithms));
        RelyingParty::new(config)
    }

    fn receive(body: &[u8]) -> Result<Logout, Error> {
        receive_once(body, &Arc::default())
    }

    fn receive_once(body: &[u8], seen: &Arc<SeenInMemory>) -> Result<Logout, Error> {
        let request = http::Request::post("/back-channel")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        let request = request.body(body.to_vec()).unwrap();
        let mut flow = party().receive_logout(&request, seen.clone())?;
        match flow.advance(Input::Start, NOW)? {
            Step::Done(logout) => Ok(logout),
            step => panic!("nothing was to be fetched: {step:?}"),
        }
    }

    fn signed_by(letter: &str) -> String {
        let claims = serde_json::json!({
            "iss": "https://op.example.com", "aud": "client-1", "sid": "s-1", "jti": "j-1",
            "iat": NOW.seconds(), "exp": NOW.seconds() + 120,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let ring = tegata_jose::backend::ring();
        let key = SigningKey::from_client_secret(Algorithm::HS256, &secret(letter), ring).unwrap();
        let token = key.sign(&typ("logout+jwt"), claims.to_string().as_bytes()).unwrap();
        format!("logout_token={}&ignored=1", token.expose())
    }

    #[test]
    fn a_token_by_the_client_secret_is_a_token_where_that_was_agreed_on() {
        let logout = receive(signed_by("s").as_bytes()).unwrap();
        assert_eq!(logout.token().session_id(), Some("s-1"));
        assert!(matches!(receive(signed_by("x").as_bytes()), Err(Error::InvalidToken(_))));
    }

    #[test]
    fn a_logout_is_refused_once_its_sessions_are_ended_and_not_before() {
        let (seen, request) = (Arc::default(), signed_by("s"));
        let received = || receive_once(request.as_bytes(), &seen);
        // The first time the application's database is down, and the provider hears of it.
        let failed = received().and_then(|_| Err(ApiMisuse::Required("a database").into()));
        assert_eq!(answer::<Error>(&failed).status(), 400);
        let ended = received().map(Logout::ended);
        assert_eq!(answer(&ended).status(), 200);
        let again = received().map(Logout::ended);
        assert_eq!(answer(&again).status(), 400);
        let Err(Error::InvalidToken(error)) = again else { panic!("twice") };
        assert_eq!(error.fault, TokenFault::Replayed);
    }

    proptest! {
        #[test]
        fn no_form_of_a_stranger_ends_a_session(
            body: Vec<u8>,
            text in "logout_token=[A-Za-z0-9_.%&=-]{0,80}",
            cut in 0_usize..200,
            byte: u8,
        ) {
            prop_assert!(receive(&body).is_err());
            prop_assert!(receive(text.as_bytes()).is_err());
            let mut spoilt = signed_by("s").into_bytes();
            let at = spoilt.len() - "&ignored=1".len() - 1 - cut;
            prop_assume!(spoilt[at] != byte && byte != b'&');
            spoilt[at] = byte;
            prop_assert!(receive(&spoilt).is_err());
        }
    }
}
