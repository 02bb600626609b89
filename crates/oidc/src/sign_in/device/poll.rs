//! Finishes a sign-in on a device: polls until the user has answered (RFC 8628 §3.4, §3.5).
//!
//! ```text
//!   Metadata ─▶ Keys ─▶ Pause ─▶ Sent ─┬─ tokens ─▶ Verify ─▶ Done
//!                         ▲            ├─ no openid ────────▶ Done
//!                         └────────────┴─ pending, slow_down, no answer
//! ```
//!
//! The keys are obtained before the first poll: when they cannot be had, the user's answer is not
//! lost. Whatever the server says, a flow ends: by time, and by a number of polls.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{ApiMisuse, Error, ErrorCode, Remedy, ServerError, TokenKind};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{Endpoint, HttpRequest};
use tegata_core::metadata::ServerMetadata;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};
use tegata_jose::id_token::IdToken;

use super::PendingDevice;
use crate::keys::ObtainKeys;
use crate::metadata::ObtainMetadata;
use crate::relying_party::RelyingParty;
use crate::sign_in::exchange::missing;
use crate::sign_in::signed_in::{Grant, Outcome, SignedIn};
use crate::sign_in::{Expected, VerifyIdToken};

/// How long a device waits for its user, at most: an hour, whatever the server allows.
pub(super) const MAX_LIFETIME: Duration = Duration::from_secs(3600);

/// How often it asks, at most: 1,000 times.
const MAX_POLLS: u32 = 1000;

/// How long it waits between two polls, at least: a second, where a server asks for none.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// How far it slows down by itself when there is no answer, at most: a minute.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// What `slow_down` adds, for good (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// The flow that finishes a sign-in on a device.
#[derive(Debug)]
pub struct FinishDevice(Exchange);

impl FinishDevice {
    pub(crate) fn new(party: &RelyingParty, pending: PendingDevice) -> Self {
        Self(Exchange::new(party, pending))
    }
}

impl Flow for FinishDevice {
    type Output = SignedIn;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<SignedIn>, Error> {
        if !self.0.wants_identity() {
            return Err(ApiMisuse::ScopeOpenidMissing.into());
        }
        Ok(match self.0.advance(input, now)?.split() {
            Ok((tokens, id_token)) => {
                let id_token = id_token.ok_or_else(|| missing("id_token"))?;
                let outcome = self.0.outcome(&tokens);
                Step::Done(SignedIn::new(id_token, Outcome { tokens: Some(tokens), ..outcome }))
            }
            Err(step) => step,
        })
    }
}

/// The flow that finishes an authorization of a device that asked for no identity.
#[derive(Debug)]
pub struct FinishDeviceGrant(Exchange);

impl FinishDeviceGrant {
    pub(crate) fn new(party: &RelyingParty, pending: PendingDevice) -> Self {
        Self(Exchange::new(party, pending))
    }
}

impl Flow for FinishDeviceGrant {
    type Output = Grant;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Grant>, Error> {
        Ok(match self.0.advance(input, now)?.split() {
            Ok((tokens, _)) => {
                let outcome = self.0.outcome(&tokens);
                Step::Done(Grant::new(tokens, outcome))
            }
            Err(step) => step,
        })
    }
}

/// What both have in common: everything.
#[derive(Debug)]
struct Exchange {
    party: RelyingParty,
    pending: PendingDevice,
    interval: Duration,
    polls: u32,
    metadata: Option<Arc<ServerMetadata>>,
    state: State,
}

#[derive(Debug)]
enum State {
    Metadata(ObtainMetadata),
    Keys(ObtainKeys),
    Ready,
    Pause,
    Sent(UnixTime),
    Verify(TokenSet, Box<VerifyIdToken>),
    Over,
}

impl Exchange {
    fn new(party: &RelyingParty, pending: PendingDevice) -> Self {
        Self {
            interval: pending.authorization.interval().max(MIN_INTERVAL),
            polls: 0,
            metadata: None,
            state: State::Metadata(party.metadata()),
            party: party.clone(),
            pending,
        }
    }

    fn wants_identity(&self) -> bool {
        self.pending.scope.contains("openid")
    }

    fn after_metadata(&mut self, metadata: Arc<ServerMetadata>) -> Result<State, Error> {
        let config = self.party.config();
        let pending = &self.pending;
        if pending.issuer != config.issuer.as_str() || pending.client_id != config.client.id() {
            let fault = "it belongs to another issuer or client".to_owned();
            return Err(ApiMisuse::Configuration { what: "pending device", fault }.into());
        }
        let state = if self.wants_identity() {
            State::Keys(self.party.key_source(&metadata)?.obtain())
        } else {
            State::Ready
        };
        self.metadata = Some(metadata);
        Ok(state)
    }

    /// Waits for the next poll, or gives up.
    fn pause<T>(&mut self, now: UnixTime) -> Result<Step<T>, Error> {
        if self.polls >= MAX_POLLS || now.plus(self.interval) >= self.pending.expires_at {
            return Err(expired());
        }
        self.state = State::Pause;
        Ok(Step::Wait(self.interval))
    }

    /// The next poll is later when the server or the network wants it so; what is no reason to go on
    /// is given back.
    fn slow_down(&mut self, error: Error) -> Result<(), Error> {
        self.interval = match (error.code(), error.remedy()) {
            (Some(ErrorCode::AuthorizationPending), _) => self.interval,
            (Some(ErrorCode::SlowDown), _) => self.interval.saturating_add(SLOWER),
            (_, Remedy::Retry { after }) => {
                let doubled = self.interval.saturating_mul(2).min(MAX_BACKOFF);
                self.interval.max(doubled).max(after.unwrap_or_default())
            }
            _ => return Err(error),
        };
        Ok(())
    }

    fn poll(&mut self, now: UnixTime) -> Result<HttpRequest, Error> {
        let metadata = self.metadata.as_ref().ok_or(ApiMisuse::WrongInput)?;
        let url = metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
        self.polls += 1;
        self.state = State::Sent(now);
        let code = self.pending.authorization.device_code();
        Ok(token::device_code(&self.party.config().client, url, code))
    }

    fn verify(&self, tokens: &TokenSet) -> Result<Box<VerifyIdToken>, Error> {
        let metadata = self.metadata.as_ref().ok_or(ApiMisuse::WrongInput)?;
        let token = tokens.id_token().cloned().ok_or_else(|| missing("id_token"))?;
        let access_token = Some(tokens.access_token().clone());
        let expected = Expected { access_token, ..Expected::of(TokenKind::IdToken) };
        VerifyIdToken::new(&self.party, metadata, token, expected).map(Box::new)
    }

    fn outcome(&self, tokens: &TokenSet) -> Outcome {
        let profile = &self.party.config().profile;
        Outcome {
            granted: profile.scopes.compare(&self.pending.scope, tokens.scope()),
            offline_ignored: self.pending.offline && tokens.refresh_token().is_none(),
            tokens: None,
            front_tokens: None,
            return_to: None,
            session_state: None,
            tolerance: profile.tolerance,
        }
    }
}

impl Flow for Exchange {
    type Output = (TokenSet, Option<IdToken>);

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Self::Output>, Error> {
        loop {
            self.state = match (std::mem::replace(&mut self.state, State::Over), input) {
                (State::Metadata(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(metadata) => self.after_metadata(metadata)?,
                    Err(step) => {
                        self.state = State::Metadata(flow);
                        return Ok(step);
                    }
                },
                (State::Keys(mut flow), event) => match flow.advance(event, now)?.split() {
                    Ok(_) => State::Ready,
                    Err(step) => {
                        self.state = State::Keys(flow);
                        return Ok(step);
                    }
                },
                (State::Ready, Input::Start) => {
                    // Time is in whole seconds: only more than the interval is surely the interval.
                    if now.since(self.pending.begun_at) <= self.interval {
                        return self.pause(now);
                    }
                    if now >= self.pending.expires_at {
                        return Err(expired());
                    }
                    return self.poll(now).map(Step::Send);
                }
                (State::Pause, Input::Woken) if now >= self.pending.expires_at => {
                    return Err(expired());
                }
                (State::Pause, Input::Woken) => return self.poll(now).map(Step::Send),
                (State::Sent(sent_at), Input::Response(response)) => {
                    let profile = &self.party.config().profile;
                    match token::read(&response, &profile.tolerance, sent_at) {
                        Ok(tokens) => {
                            let lifetime = profile.refresh_token_lifetime;
                            let tokens = tokens.or_refresh_token_lifetime(lifetime);
                            if !self.wants_identity() {
                                return Ok(Step::Done((tokens, None)));
                            }
                            let verify = self.verify(&tokens)?;
                            State::Verify(tokens, verify)
                        }
                        Err(error) => {
                            self.slow_down(error)?;
                            return self.pause(now);
                        }
                    }
                }
                (State::Sent(_), Input::Unreachable(error)) => {
                    self.slow_down(error)?;
                    return self.pause(now);
                }
                (State::Verify(tokens, mut flow), event) => {
                    match flow.advance(event, now)?.split() {
                        Ok(id_token) => return Ok(Step::Done((tokens, Some(id_token)))),
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

/// What the server would say to one poll more.
fn expired() -> Error {
    ServerError::new(Endpoint::Token, Some(ErrorCode::ExpiredToken)).into()
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use tegata_core::client::{Client, ClientAuthentication};
    use tegata_core::error::{TransportError, TransportFault};
    use tegata_core::http::HttpResponse;
    use tegata_core::url::{EndpointUrl, Issuer};

    use super::*;
    use crate::config::Config;
    use crate::profile::Profile;
    use crate::sign_in::DeviceRequest;

    const BEGINNING: i64 = 1_800_000_000;
    const ISSUER: &str = "https://op.example.com";

    fn party(client_id: &str) -> RelyingParty {
        let client = Client::new(client_id, ClientAuthentication::None);
        let issuer = Issuer::new(ISSUER).unwrap();
        let url = |path| EndpointUrl::new(&format!("{ISSUER}{path}")).unwrap();
        let metadata = ServerMetadata::new(issuer.clone())
            .with_endpoint("device_authorization_endpoint", url("/device"))
            .with_endpoint("token_endpoint", url("/token"));
        let config = Config::new(issuer, Profile::OPENID, client);
        RelyingParty::new(config.with_metadata(metadata).unwrap())
    }

    fn answer(status: u16, body: &str) -> HttpResponse {
        let response = http::Response::builder().status(status);
        let response = response.header("content-type", "application/json");
        response.body(body.as_bytes().to_vec()).unwrap()
    }

    fn refused(code: &str) -> Input {
        Input::Response(answer(400, &format!(r#"{{"error":"{code}"}}"#)))
    }

    fn tokens() -> Input {
        Input::Response(answer(200, r#"{"access_token":"a","token_type":"Bearer"}"#))
    }

    fn timeout() -> Input {
        Input::Unreachable(TransportError::new(Endpoint::Token, TransportFault::Timeout).into())
    }

    fn pending(expires_in: u64, interval: u64) -> PendingDevice {
        let request = DeviceRequest::new().scope("files").unwrap();
        let mut flow = party("tv").start_device(request).unwrap();
        let now = UnixTime::from_seconds(BEGINNING);
        let Step::Send(_) = flow.advance(Input::Start, now).unwrap() else { panic!("no request") };
        let body = format!(
            r#"{{"device_code":"d","user_code":"WDJB-MJHT","expires_in":{expires_in},
                "interval":{interval},"verification_uri":"{ISSUER}/device"}}"#
        );
        let response = Input::Response(answer(200, &body));
        let Step::Done(pending) = flow.advance(response, now).unwrap() else { panic!("no codes") };
        pending
    }

    /// Goes through the flow; every wait moves the clock. Answers how long each was.
    fn drive(
        pending: PendingDevice,
        mut answer: impl FnMut(usize) -> Input,
    ) -> (Vec<u64>, Result<Grant, Error>) {
        let mut flow = party("tv").finish_device_grant(pending);
        let mut now = UnixTime::from_seconds(BEGINNING);
        let (mut input, mut waits, mut polls) = (Input::Start, Vec::new(), 0);
        loop {
            input = match flow.advance(input, now) {
                Err(error) => return (waits, Err(error)),
                Ok(Step::Done(grant)) => return (waits, Ok(grant)),
                Ok(Step::Wait(time)) => {
                    waits.push(time.as_secs());
                    now = now.plus(time);
                    Input::Woken
                }
                Ok(Step::Send(_)) => {
                    polls += 1;
                    answer(polls)
                }
            };
        }
    }

    #[test]
    fn waits_before_each_poll_and_longer_when_told_to_slow_down() {
        let answers = ["authorization_pending", "slow_down", "authorization_pending", "slow_down"];
        let (waits, grant) = drive(pending(1800, 5), |poll| {
            answers.get(poll - 1).map_or_else(tokens, |code| refused(code))
        });
        assert_eq!(waits, [5, 5, 10, 10, 15]);
        assert_eq!(grant.unwrap().tokens().access_token().expose(), "a");
    }

    #[test]
    fn silence_and_an_overloaded_server_double_the_interval_up_to_a_minute() {
        let busy = || {
            let mut response = answer(503, "{}");
            response.headers_mut().insert("retry-after", "90".parse().unwrap());
            Input::Response(response)
        };
        let (waits, grant) = drive(pending(1800, 10), |poll| match poll {
            1..=4 => timeout(),
            5 => busy(),
            _ => tokens(),
        });
        assert_eq!(waits, [10, 20, 40, 60, 60, 90]);
        assert!(grant.is_ok());
    }

    #[test]
    fn gives_up_when_the_codes_end_and_when_the_user_says_no() {
        let code = |(_, result): (Vec<u64>, Result<Grant, Error>)| {
            result.unwrap_err().code().cloned().unwrap()
        };
        let (waits, late) = drive(pending(30, 10), |_| refused("authorization_pending"));
        assert_eq!(waits, [10, 10]);
        assert_eq!(late.unwrap_err().remedy(), Remedy::SignInAgain);
        let impatient = pending(1800, 5).with_patience(Duration::from_secs(12));
        let (waits, _) = drive(impatient, |_| refused("authorization_pending"));
        assert_eq!(waits, [5, 5]);
        for (told, expected) in [
            ("access_denied", ErrorCode::AccessDenied),
            ("expired_token", ErrorCode::ExpiredToken),
            ("invalid_grant", ErrorCode::InvalidGrant),
        ] {
            assert_eq!(code(drive(pending(1800, 5), |_| refused(told))), expected);
        }
    }

    #[test]
    fn a_server_that_never_decides_gets_so_many_polls_and_no_more() {
        let mut polls = 0;
        let (waits, result) = drive(pending(u64::MAX, 0), |poll| {
            polls = poll;
            refused("authorization_pending")
        });
        assert_eq!((polls, waits.first()), (usize::try_from(MAX_POLLS).unwrap(), Some(&1)));
        assert_eq!(result.unwrap_err().code(), Some(&ErrorCode::ExpiredToken));
        let waits = drive(pending(u64::MAX, 30), |_| refused("authorization_pending")).0;
        assert!(waits.iter().sum::<u64>() <= MAX_LIFETIME.as_secs());
    }

    #[test]
    fn a_user_who_took_their_time_is_asked_for_at_once() {
        let mut flow = party("tv").finish_device_grant(pending(1800, 5));
        let late = UnixTime::from_seconds(BEGINNING + 6);
        assert!(matches!(flow.advance(Input::Start, late), Ok(Step::Send(_))));
        let mut flow = party("tv").finish_device_grant(pending(1800, 5));
        let soon = UnixTime::from_seconds(BEGINNING + 5);
        assert!(matches!(flow.advance(Input::Start, soon), Ok(Step::Wait(_))));
    }

    #[test]
    fn what_belongs_to_another_client_and_what_has_no_identity_is_refused() {
        let now = UnixTime::from_seconds(BEGINNING);
        let mut flow = party("radio").finish_device_grant(pending(1800, 5));
        assert!(matches!(flow.advance(Input::Start, now), Err(Error::ApiMisuse(_))));
        let mut flow = party("tv").finish_device(pending(1800, 5));
        let error = flow.advance(Input::Start, now).unwrap_err();
        assert!(matches!(error, Error::ApiMisuse(ApiMisuse::ScopeOpenidMissing)));
    }

    #[test]
    fn shows_no_code() {
        let shown = format!("{:?}", party("tv").finish_device_grant(pending(1800, 5)));
        assert!(!shown.contains("WDJB"), "{shown}");
    }
}
