//! Asks for a device's tokens until the user has answered (RFC 8628 §3.4, §3.5).
//!
//! ```text
//!   Ready ─▶ Pause ─▶ Sent ─┬─ tokens ─▶ Done
//!              ▲            │
//!              └────────────┴─ pending, slow_down, no answer
//! ```
//!
//! Whatever the server says, it ends: by time, and by a number of polls.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{ApiMisuse, Error, ErrorCode, Remedy, ServerError};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::metadata::ServerMetadata;
use tegata_core::secret::DeviceCode;
use tegata_core::time::UnixTime;
use tegata_core::token::{self, TokenSet};

use super::PendingDevice;
use crate::relying_party::RelyingParty;

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

/// The flow that polls.
#[derive(Debug)]
pub(super) struct Poll {
    party: RelyingParty,
    metadata: Arc<ServerMetadata>,
    device_code: DeviceCode,
    begun_at: UnixTime,
    expires_at: UnixTime,
    interval: Duration,
    polls: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Ready,
    Pause,
    Sent(UnixTime),
}

impl Poll {
    pub(super) fn new(
        party: &RelyingParty,
        metadata: &Arc<ServerMetadata>,
        pending: &PendingDevice,
    ) -> Self {
        Self {
            party: party.clone(),
            metadata: Arc::clone(metadata),
            device_code: pending.authorization.device_code().clone(),
            begun_at: pending.begun_at,
            expires_at: pending.expires_at,
            interval: pending.authorization.interval().max(MIN_INTERVAL),
            polls: 0,
            state: State::Ready,
        }
    }

    /// Waits for the next poll, or gives up.
    fn pause(&mut self, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        if self.polls >= MAX_POLLS || now.plus(self.interval) >= self.expires_at {
            return Err(expired());
        }
        self.state = State::Pause;
        Ok(Step::Wait(self.interval))
    }

    fn poll(&mut self, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        if now >= self.expires_at {
            return Err(expired());
        }
        let url = self.metadata.required_endpoint("token_endpoint", Endpoint::Token)?;
        self.polls += 1;
        self.state = State::Sent(now);
        let client = self.party.config().client();
        Ok(Step::Send(token::device_code(client, url, &self.device_code)))
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
}

impl Flow for Poll {
    type Output = TokenSet;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<TokenSet>, Error> {
        let answer = match (self.state, input) {
            // Time is in whole seconds: only more than the interval is surely the interval.
            (State::Ready, Input::Start) if now.since(self.begun_at) <= self.interval => {
                return self.pause(now);
            }
            (State::Ready, Input::Start) | (State::Pause, Input::Woken) => return self.poll(now),
            (State::Sent(sent_at), Input::Response(response)) => {
                self.party.config().read_tokens(&response, sent_at)
            }
            (State::Sent(_), Input::Unreachable(error)) => Err(error),
            _ => return Err(ApiMisuse::WrongInput.into()),
        };
        match answer {
            Ok(tokens) => Ok(Step::Done(tokens)),
            Err(error) => {
                self.slow_down(error)?;
                self.pause(now)
            }
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
    use crate::sign_in::{DeviceRequest, Grant};

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
