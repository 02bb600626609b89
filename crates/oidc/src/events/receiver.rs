//! Verifies security event tokens with the transmitter's living configuration and keys.
//!
//! ```text
//!   Token ─▶ Transmitter ─▶ Keys (twice at most) ─▶ verify ─▶ Done
//!     │ wrong in itself, whatever the keys: refused before anything is fetched
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{ApiMisuse, Error, Fault, Misbehaviour, TokenFault};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{Endpoint, HttpResponse, get, json_object, max_age};
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;
use tegata_core::url::EndpointUrl;
use tegata_jose::algorithm::AllowedAlgorithms;
use tegata_jose::backend::Backend;
use tegata_jose::id_token::IdTokenRules;
use tegata_jose::jwks::KeySet;
use tegata_jose::security_event::{SecurityEvent, UnverifiedSecurityEvent};
use url::Url;

use super::{Event, Subject};
use crate::cache::Cache;
use crate::keys::{IssuerKeys, KeyCache, KeyFormat, MAX_LIFETIME, TryKeys};
use crate::obtain::Obtain;
use crate::replay::SeenTokens;

/// How long a delivered event is remembered, so that its second delivery is known: transmitters give
/// up long before.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a transmitter's configuration is kept at least, and when its answer does not say so; at
/// most as long as keys.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// What a transmitter says about itself (Shared Signals Framework §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transmitter {
    /// `iss` of its tokens, letter for letter.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: EndpointUrl,
}

impl Transmitter {
    fn read(response: &HttpResponse, issuer: &str) -> Result<Self, Error> {
        let object = json_object(Endpoint::Discovery, response)?;
        let refuse = |fault| Misbehaviour::new(Endpoint::Discovery, fault).with_status(200);
        let text = |name| object.required_str(name).map_err(|fault| refuse(fault.into()));
        let found: String = text("issuer")?.chars().take(255).collect();
        if found != issuer {
            let expected = issuer.to_owned();
            return Err(refuse(Fault::IssuerMismatch { expected, found }).into());
        }
        let jwks_uri = EndpointUrl::new(text("jwks_uri")?)
            .map_err(|fault| refuse(Fault::Url { member: "jwks_uri".to_owned(), fault }))?;
        Ok(Self { issuer: found, jwks_uri })
    }
}

/// Receives the events of one transmitter. Clones share its configuration and keys: make one when
/// the application starts and keep it.
#[derive(Clone)]
pub struct Receiver(Arc<Inner>);

struct Inner {
    configuration: EndpointUrl,
    rules: IdTokenRules,
    backend: &'static dyn Backend,
    transmitter: Arc<Cache<Transmitter>>,
    keys: KeyCache,
}

impl Receiver {
    /// A receiver of what `issuer` sends, whose configuration stands at `configuration`. An event is
    /// accepted when its `aud` names any one of `audiences`.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Required`] without an audience; [`ApiMisuse::Url`].
    pub fn new(
        issuer: &str,
        configuration: &str,
        audiences: &[&str],
        algorithms: AllowedAlgorithms,
        backend: &'static dyn Backend,
    ) -> Result<Self, Error> {
        let (first, others) = audiences.split_first().ok_or(ApiMisuse::Required("an audience"))?;
        let rules = IdTokenRules::new(issuer, *first).with_algorithms(algorithms);
        let rules = others.iter().fold(rules, |rules, one| rules.with_trusted_audience(*one));
        Ok(Self(Arc::new(Inner {
            configuration: EndpointUrl::new(configuration)?,
            rules,
            backend,
            transmitter: Cache::new(),
            keys: KeyCache::new(),
        })))
    }

    /// Verifies a token, from [`push::read`](super::push::read) or
    /// [`Polled`](super::poll::Polled).
    #[must_use]
    pub fn receive(&self, token: CompactToken) -> Receive {
        Receive {
            receiver: self.clone(),
            token: UnverifiedSecurityEvent::new(token),
            state: State::Token,
        }
    }

    fn transmitter(&self) -> Obtain<Transmitter> {
        let Inner { configuration, rules, transmitter, .. } = &*self.0;
        let fetch = Fetch {
            url: configuration.clone(),
            issuer: rules.issuers().next().unwrap_or_default().to_owned(),
        };
        Obtain::new(transmitter, Endpoint::Discovery, fetch)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url: &Url = self.0.configuration.as_url();
        f.debug_struct("Receiver").field("configuration", &url.as_str()).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Fetch {
    url: EndpointUrl,
    issuer: String,
}

impl Flow for Fetch {
    type Output = (Transmitter, Duration);

    fn advance(&mut self, input: Input, _now: UnixTime) -> Result<Step<Self::Output>, Error> {
        match input {
            Input::Start => Ok(Step::Send(get(Endpoint::Discovery, &self.url))),
            Input::Response(response) => {
                let transmitter = Transmitter::read(&response, &self.issuer)?;
                let lifetime = max_age(response.headers()).unwrap_or(LIFETIME);
                let lifetime = lifetime.clamp(LIFETIME, MAX_LIFETIME);
                Ok(Step::Done((transmitter, lifetime)))
            }
            Input::Unreachable(error) => Err(error),
            _ => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

/// The flow that verifies a security event token.
#[derive(Debug)]
pub struct Receive {
    receiver: Receiver,
    token: UnverifiedSecurityEvent,
    state: State,
}

#[derive(Debug)]
enum State {
    Token,
    Transmitter(Obtain<Transmitter>),
    Keys(TryKeys),
}

impl Flow for Receive {
    type Output = Received;

    fn advance(&mut self, mut input: Input, now: UnixTime) -> Result<Step<Received>, Error> {
        let Self { receiver, token, state } = self;
        let Inner { keys: cache, rules, backend, .. } = &*receiver.0;
        let verify = |keys: &KeySet| token.verify(keys, rules, *backend, now).map(Received);
        loop {
            match state {
                State::Token => match verify(&KeySet::empty()) {
                    Err(error) if error.fault != TokenFault::KeyNotFound => {
                        return Err(error.into());
                    }
                    _ => *state = State::Transmitter(receiver.transmitter()),
                },
                State::Transmitter(flow) => match flow.advance(input, now)?.split() {
                    Ok(transmitter) => {
                        let (cache, url) = (cache.clone(), transmitter.jwks_uri.clone());
                        let source = IssuerKeys::Living { cache, url, format: KeyFormat::Jwks };
                        *state = State::Keys(source.try_keys());
                    }
                    Err(step) => return Ok(step),
                },
                State::Keys(keys) => return keys.advance(input, now, verify),
            }
            input = Input::Start;
        }
    }
}

/// A verified delivery: one token, one or more events about one thing that happened.
#[derive(Clone, Debug)]
pub struct Received(SecurityEvent);

impl Received {
    /// What happened.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let subject = self.0.claims().get("sub_id").and_then(Subject::read);
        self.0.events().map(move |(uri, details)| Event::new(uri, details, subject.as_ref()))
    }

    /// Whether it was delivered before, and what is to be done about it was done then:
    /// [`remember`](Self::remember).
    ///
    /// A transmitter delivers again when it got no answer. A repeated delivery is answered like the
    /// first, and leads to nothing more.
    #[must_use]
    pub fn is_known(&self, seen: &dyn SeenTokens, now: UnixTime) -> bool {
        seen.is_known(self.0.issuer(), self.0.jti(), now)
    }

    /// What is to be done about it is done, or stored where it cannot be lost: its next delivery is
    /// [known](Self::is_known).
    pub fn remember(&self, seen: &dyn SeenTokens, now: UnixTime) {
        seen.remember(self.0.issuer(), self.0.jti(), now.plus(REMEMBERED), now);
    }

    /// The token itself: `jti`, `iat`, `txn` and all other claims.
    #[must_use]
    pub const fn token(&self) -> &SecurityEvent {
        &self.0
    }
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tegata_jose::algorithm::Algorithm;
    use tegata_jose::backend::ring;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);

    fn receiver(audiences: &[&str]) -> Result<Receiver, Error> {
        let algorithms = AllowedAlgorithms::of(&[Algorithm::RS256]);
        let configuration = "https://tr.example.com/.well-known/ssf-configuration";
        Receiver::new("https://tr.example.com/", configuration, audiences, algorithms, ring())
    }

    /// A token in which nothing is wrong that can be seen without its key.
    fn event() -> CompactToken {
        let claims = serde_json::json!({
            "iss": "https://tr.example.com/", "aud": "client", "jti": "j-1", "iat": NOW.seconds(),
            "events": { "https://example.com/happened": {} },
        });
        let encode = |text: &str| tegata_jose::base64url::encode(text.as_bytes());
        let (header, claims) = (encode(r#"{"alg":"RS256"}"#), encode(&claims.to_string()));
        CompactToken::new(format!("{header}.{claims}.{}", encode(&"s".repeat(256))))
    }

    /// What the second step is, when the configuration is answered with `body`.
    fn configured(body: &str) -> Result<Step<Received>, Error> {
        let mut flow = receiver(&["client"]).unwrap().receive(event());
        let Step::Send(request) = flow.advance(Input::Start, NOW).unwrap() else { panic!("sent") };
        assert_eq!(request.uri().path(), "/.well-known/ssf-configuration");
        let response = http::Response::builder().header("content-type", "application/json");
        flow.advance(Input::Response(response.body(body.into()).unwrap()), NOW)
    }

    #[test]
    fn the_keys_are_those_of_the_configuration_of_the_right_issuer() {
        let good = r#"{"issuer":"https://tr.example.com/","jwks_uri":"https://tr.example.com/k"}"#;
        let Ok(Step::Send(request)) = configured(good) else { panic!("no request for keys") };
        assert_eq!(request.uri().path(), "/k");
        for body in [
            r#"{"issuer":"https://tr.example.com","jwks_uri":"https://tr.example.com/k"}"#,
            r#"{"issuer":"https://tr.example.com/","jwks_uri":"http://tr.example.com/k"}"#,
            r#"{"issuer":"https://tr.example.com/"}"#,
            "{}",
        ] {
            assert!(matches!(configured(body), Err(Error::Misbehaved(_))), "{body}");
        }
    }

    #[test]
    fn a_token_that_is_wrong_in_itself_costs_no_request() {
        let other = receiver(&["another client"]).unwrap();
        for (receiver, token) in
            [(&other, event()), (&receiver(&["client"]).unwrap(), CompactToken::new("h.p.s"))]
        {
            let refused = receiver.receive(token).advance(Input::Start, NOW);
            assert!(matches!(refused, Err(Error::InvalidToken(_))), "{refused:?}");
        }
    }

    #[test]
    fn a_receiver_without_an_audience_would_accept_nothing() {
        assert!(matches!(receiver(&[]), Err(Error::ApiMisuse(ApiMisuse::Required(_)))));
    }

    proptest! {
        #[test]
        fn no_configuration_makes_it_panic(body: String) {
            let _ = configured(&body);
        }
    }
}
