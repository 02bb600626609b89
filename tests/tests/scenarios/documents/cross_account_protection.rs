//! Google, Cross-Account Protection: events that are received, and the stream that they come by.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tegata_core::error::{Error, ErrorCode, Remedy};
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::url::EndpointUrl;
use tegata_jose::algorithm::Algorithm;
use tegata_jose::backend::ring;
use tegata_jose::sign::{SigningKey, typ};
use tegata_oidc::events::poll::{Poll, PollRequest};
use tegata_oidc::events::{
    EventType, Necessity, Reaction, Received, Receiver, Subject, advise, push,
};
use tegata_oidc::replay::SeenInMemory;
use tegata_providers::google::risc::{self, Status, StreamApi};
use tegata_providers::google::{self, ServiceAccount};
use tegata_testkit::TestClock;
use tegata_tests::fake::BEGINNING;

use super::backend::{self, Client};

const KEY: &str = include_str!("../../../../crates/jose/tests/keys/rsa2048.pem");
const US: &str = "123-web.apps.googleusercontent.com";
const TOO: &str = "123-ios.apps.googleusercontent.com";

fn key(id: &str) -> SigningKey {
    SigningKey::from_pem(Algorithm::RS256, KEY, ring()).unwrap().with_key_id(id)
}

/// Google as far as events are concerned: every request that it got, and what it answers.
struct Google {
    client: Client,
    receiver: Receiver,
    seen: Arc<Mutex<Vec<HttpRequest>>>,
}

impl Google {
    fn new() -> Self {
        Self::answering(|_| None)
    }

    fn answering(
        other: impl Fn(&HttpRequest) -> Option<(u16, Value)> + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let transport = move |request: HttpRequest| {
            let (status, body) = match request.uri().to_string().as_str() {
                risc::CONFIGURATION => (
                    200,
                    json!({
                        "issuer": risc::ISSUER,
                        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
                    }),
                ),
                "https://www.googleapis.com/oauth2/v3/certs" => {
                    (200, json!({ "keys": [key("k1").public_jwk()] }))
                }
                _ => other(&request).unwrap_or((404, json!({}))),
            };
            log.lock().unwrap().push(request);
            Ok(answer(status, &body))
        };
        let config = google::config(US, "secret").unwrap();
        let clock = TestClock::at(BEGINNING);
        let client = backend::client_through(config, clock, transport).unwrap();
        let receiver = risc::receiver(&[US, TOO], ring()).unwrap();
        Self { client, receiver, seen }
    }

    fn deliver(&self, token: &str) -> (Result<Received, Error>, HttpResponse) {
        let request = http::Request::post("/events").body(token.as_bytes().to_vec()).unwrap();
        let received =
            push::read(&request).and_then(|token| self.client.run(self.receiver.receive(token)));
        let answer = push::answer(&received);
        (received, answer)
    }

    fn last(&self) -> HttpRequest {
        self.seen.lock().unwrap().last().unwrap().clone()
    }

    fn account(&self) -> ServiceAccount {
        let file = json!({
            "type": "service_account", "project_id": "p", "private_key_id": "k1",
            "private_key": KEY, "client_email": "risc@p.iam.gserviceaccount.com",
            "token_uri": "https://evil.example/token",
        });
        let backend = self.client.relying_party().backend();
        ServiceAccount::parse(&file.to_string(), backend).unwrap()
    }
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    let answer =
        http::Response::builder().status(status).header("content-type", "application/json");
    answer.body(body.to_string().into_bytes()).unwrap()
}

fn token(key_id: &str, changed: &[(&str, Value)], uri: &str, event: &Value) -> String {
    let mut claims = json!({
        "iss": risc::ISSUER, "aud": [US], "iat": BEGINNING.seconds() - 86_400, "jti": "j1",
        "events": { uri: event },
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let token = key(key_id).sign(&typ("secevent+jwt"), claims.to_string().as_bytes()).unwrap();
    token.expose().to_owned()
}

fn about_alice() -> Value {
    json!({ "subject": {
        "subject_type": "iss-sub", "iss": "https://accounts.google.com/", "sub": "alice" } })
}

fn reactions(received: &Received) -> Vec<(Necessity, Reaction)> {
    let events: Vec<_> = received.events().collect();
    let advice = events.iter().flat_map(|event| advise(risc::ADVICE, event));
    advice.map(|advice| (advice.necessity, advice.reaction)).collect()
}

#[test]
fn an_event_is_verified_accepted_and_says_what_has_to_be_done() {
    let google = Google::new();
    let uri = EventType::SessionsRevoked.uri().to_owned();
    let (received, answer) = google.deliver(&token("k1", &[], &uri, &about_alice()));
    assert_eq!((answer.status().as_u16(), answer.body().len()), (202, 0));
    let received = received.unwrap();
    let event = received.events().next().unwrap();
    assert_eq!(event.kind(), &EventType::SessionsRevoked);
    let Some(Subject::IssuerSubject { subject, .. }) = event.subject() else { panic!("nobody") };
    assert_eq!(subject, "alice");
    assert_eq!(reactions(&received), [(Necessity::Required, Reaction::EndSessions)]);
    // Configuration and keys are asked for once.
    let _ = google.deliver(&token("k1", &[], &uri, &about_alice()));
    assert_eq!(google.seen.lock().unwrap().len(), 2);
}

#[test]
fn an_account_that_is_disabled_has_a_reaction_for_each_reason() {
    use Necessity::{Required, Suggested};
    let google = Google::new();
    for (reason, expected) in [
        (Some("hijacking"), (Required, Reaction::EndSessions)),
        (Some("bulk-account"), (Suggested, Reaction::ExamineActivity)),
        (None, (Suggested, Reaction::ForbidSignIn)),
    ] {
        let mut event = about_alice();
        if let Some(reason) = reason {
            event["reason"] = json!(reason);
        }
        let token = token("k1", &[], EventType::AccountDisabled.uri(), &event);
        let received = google.deliver(&token).0.unwrap();
        assert_eq!(reactions(&received), [expected], "{reason:?}");
    }
}

#[test]
fn the_audience_is_any_one_of_the_client_ids_and_nothing_expires() {
    let google = Google::new();
    let uri = EventType::TokensRevoked.uri();
    for (changed, code) in [
        (("aud", json!(TOO)), None),
        (("aud", json!(["stranger", TOO])), None),
        (("exp", json!(1)), None),
        (("aud", json!("stranger")), Some("invalid_audience")),
        (("iss", json!("https://accounts.google.com")), Some("invalid_issuer")),
        (("jti", json!("")), Some("invalid_request")),
        (("events", json!({})), Some("invalid_request")),
    ] {
        let (received, answer) =
            google.deliver(&token("k1", std::slice::from_ref(&changed), uri, &about_alice()));
        assert_eq!(received.is_ok(), code.is_none(), "{changed:?}");
        if let Some(code) = code {
            let body: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(
                (answer.status().as_u16(), &body["err"]),
                (400, &json!(code)),
                "{changed:?}"
            );
        }
    }
}

#[test]
fn an_unknown_key_is_asked_for_once_and_refused() {
    let google = Google::new();
    let uri = EventType::TokensRevoked.uri();
    for _ in 0..3 {
        let (_, answer) = google.deliver(&token("k9", &[], uri, &about_alice()));
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(body["err"], "invalid_key");
    }
    // The configuration, the keys, and the keys once more.
    assert_eq!(google.seen.lock().unwrap().len(), 3);
    let mut forged = token("k1", &[], uri, &about_alice());
    forged.truncate(forged.len() - 8);
    forged.push_str("AAAAAAAA");
    assert_eq!(google.deliver(&forged).1.status(), 400);
}

#[test]
fn a_second_delivery_is_answered_alike_and_known() {
    let google = Google::new();
    let seen = SeenInMemory::new();
    let token = token("k1", &[], EventType::AccountEnabled.uri(), &about_alice());
    let mut first = Vec::new();
    for _ in 0..2 {
        let (received, answer) = google.deliver(&token);
        assert_eq!(answer.status(), 202);
        first.push(received.unwrap().is_first_delivery(&seen, BEGINNING));
    }
    assert_eq!(first, [true, false]);
}

#[test]
fn a_revoked_token_is_found_by_its_prefix_or_its_double_hash() {
    let google = Google::new();
    let stored = RefreshToken::new("1//0gCanaryRefreshToken");
    for (algorithm, identifier) in [
        ("prefix", risc::prefix(&stored)),
        ("hash_base64_sha512_sha512", risc::double_hash(&stored, ring())),
    ] {
        let event = json!({ "subject": {
            "subject_type": "oauth_token", "token_type": "refresh_token",
            "token_identifier_alg": algorithm, "token": identifier } });
        let token = token("k1", &[], EventType::TokenRevoked.uri(), &event);
        let received = google.deliver(&token).0.unwrap();
        let event = received.events().next().unwrap();
        let Some(Subject::Token(subject)) = event.subject() else { panic!("no token") };
        assert!(risc::names(subject, &stored, ring()), "{algorithm}");
        assert!(!risc::names(subject, &RefreshToken::new("1//other"), ring()), "{algorithm}");
        assert_eq!(reactions(&received), [(Necessity::Required, Reaction::DeleteNamedToken)]);
    }
}

#[test]
fn a_verification_brings_back_the_state() {
    let google = Google::new();
    let event = json!({ "state": "ours" });
    let token = token("k1", &[], EventType::VerificationOfRisc.uri(), &event);
    let received = google.deliver(&token).0.unwrap();
    let event = received.events().next().unwrap();
    assert_eq!((event.state(), event.subject()), (Some("ours"), None));
}

#[test]
fn the_stream_is_managed_with_a_jwt_that_the_service_account_signs_itself() {
    let google = Google::answering(|request| {
        let body = match request.uri().path() {
            "/v1beta/stream" => json!({
                "delivery": { "url": "https://app.example.com/events" },
                "events_requested": [EventType::TokenRevoked.uri()],
            }),
            "/v1beta/stream/status" => json!({ "status": "enabled" }),
            _ => json!({}),
        };
        Some((200, body))
    });
    let stream = StreamApi::new(google.account());
    google
        .client
        .run(stream.update("https://app.example.com/events", risc::EVENTS).unwrap())
        .unwrap();
    let sent = google.last();
    assert_eq!(sent.uri(), "https://risc.googleapis.com/v1beta/stream:update");
    let body: Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(body["delivery"]["url"], "https://app.example.com/events");
    assert_eq!(body["events_requested"].as_array().unwrap().len(), risc::EVENTS.len());
    let bearer = sent.headers()["authorization"].to_str().unwrap().to_owned();
    let payload = bearer.strip_prefix("Bearer ").unwrap().split('.').nth(1).unwrap();
    let claims: Value =
        serde_json::from_slice(&tegata_jose::base64url::decode(payload).unwrap()).unwrap();
    assert_eq!(claims["aud"], risc::AUDIENCE);
    assert_eq!((&claims["iss"], &claims["sub"]), (&claims["sub"], &claims["iss"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);

    let configuration = google.client.run(stream.get().unwrap()).unwrap();
    assert_eq!(configuration.receiver.as_deref(), Some("https://app.example.com/events"));
    assert_eq!(configuration.events_requested, [EventType::TokenRevoked]);
    assert_eq!(google.client.run(stream.status().unwrap()).unwrap(), Status::Enabled);
    google.client.run(stream.set_status(Status::Disabled).unwrap()).unwrap();
    assert_eq!(google.last().body(), br#"{"status":"disabled"}"#);
    google.client.run(stream.verify("ours").unwrap()).unwrap();
    assert_eq!(google.last().body(), br#"{"state":"ours"}"#);
}

#[test]
fn what_the_stream_refuses_is_a_matter_of_configuration_or_of_the_program() {
    for (status, remedy) in [
        (400, Remedy::FixProgram),
        (401, Remedy::FixConfiguration),
        (403, Remedy::FixConfiguration),
        (404, Remedy::FixConfiguration),
        (503, Remedy::Retry { after: None }),
    ] {
        let google = Google::answering(move |_| {
            Some((status, json!({ "error": { "code": status, "message": "no" } })))
        });
        let stream = StreamApi::new(google.account());
        let error = google.client.run(stream.get().unwrap()).unwrap_err();
        assert_eq!((error.status(), error.remedy()), (Some(status), remedy));
    }
}

#[test]
fn a_service_account_exchanges_an_assertion_for_an_access_token() {
    let google = Google::answering(|request| {
        let token = json!({ "access_token": "ya29.s", "token_type": "Bearer", "expires_in": 3599 });
        Some(match request.uri().host() {
            Some("oauth2.googleapis.com") => (200, token),
            _ => (500, json!({})),
        })
    });
    let scope = Scope::parse("https://www.googleapis.com/auth/devstorage.read_only").unwrap();
    let account = google.account().on_behalf_of("hanako@example.com");
    let tokens = google.client.run(account.access_token(&scope).unwrap()).unwrap();
    assert_eq!(tokens.access_token().expose(), "ya29.s");
    assert!(tokens.refresh_token().is_none());
    let body = String::from_utf8(google.last().into_body()).unwrap();
    assert!(body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"));
    assert!(!body.contains("client_secret"));
}

#[test]
fn events_can_be_polled_for_and_are_acknowledged() {
    let google = Google::answering(|_| {
        let token = token("k1", &[], EventType::SessionsRevoked.uri(), &about_alice());
        Some((200, json!({ "sets": { "j1": token }, "moreAvailable": false })))
    });
    let url = EndpointUrl::new("https://events.example.com/poll").unwrap();
    let access_token = AccessToken::new("t");
    let poll = |request: &PollRequest| {
        google.client.run(Poll::new(&url, &access_token, request).unwrap()).unwrap()
    };
    let polled = poll(&PollRequest::new());
    let mut next = PollRequest::new().with_max_events(0);
    for (jti, token) in polled.tokens {
        next = match google.client.run(google.receiver.receive(token)) {
            Ok(received) => {
                assert_eq!(received.token().jti(), jti);
                next.acknowledge(&jti)
            }
            Err(_) => next.refuse(&jti, ErrorCode::InvalidRequest),
        };
    }
    poll(&next);
    let body: Value = serde_json::from_slice(google.last().body()).unwrap();
    assert_eq!((&body["ack"], &body["maxEvents"]), (&json!(["j1"]), &json!(0)));
}
