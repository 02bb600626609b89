//! Google, Cross-Account Protection: events that are received, and the stream that they come by.

use serde_json::{Value, json};
use tegata_core::error::{Error, ErrorCode, Remedy};
use tegata_core::flow::{Flow as _, Input, Step};
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, RefreshToken};
use tegata_core::url::EndpointUrl;
use tegata_jose::backend::ring;
use tegata_oidc::events::poll::{Poll, PollRequest};
use tegata_oidc::events::{
    EventType, Necessity, Reaction, Received, Receiver, Subject, advise, push,
};
use tegata_oidc::replay::SeenInMemory;
use tegata_providers::google::ServiceAccount;
use tegata_providers::google::risc::{self, Status, StreamApi};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Client, Endpoint as At, OldKeys};
use tegata_tests::fake::BEGINNING;

use super::stage::{Stage, tokens};

/// Where Google posts to. Nobody listens there: the tests hand over what is posted.
const RECEIVER: &str = "https://app.example.com/events";
const TOO: &str = "123-ios.apps.googleusercontent.com";

/// Google as far as events are concerned, over real sockets.
struct Google {
    stage: Stage,
    receiver: Receiver,
}

impl Google {
    fn new() -> Self {
        let stage = Stage::served(Profile::GOOGLE);
        let issuer = format!("{}/", stage.provider.issuer());
        let configuration = stage.provider.address(At::EventConfiguration).unwrap();
        let ids = [Client::DEFAULT_ID, TOO];
        let receiver = risc::receiver_at(&issuer, &configuration, &ids, ring()).unwrap();
        Self { stage, receiver }
    }

    /// What the application's handler does with a request, and what it answers.
    fn receive(&self, request: &HttpRequest) -> (Result<Received, Error>, HttpResponse) {
        let received = push::read(request)
            .and_then(|token| self.stage.client.run(self.receiver.receive(token)));
        let answer = push::answer(&received);
        (received, answer)
    }

    fn deliver(&self, token: &str) -> (Result<Received, Error>, HttpResponse) {
        self.receive(&http::Request::post("/events").body(token.as_bytes().to_vec()).unwrap())
    }

    /// A token about one event, with some claims changed.
    fn token(&self, kind: &EventType, event: &Value, changed: &[(&str, Value)]) -> String {
        let mut claims = self.stage.provider.event(kind.uri(), event.clone());
        let changed = changed.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        claims.as_object_mut().unwrap().extend(changed);
        self.stage.provider.sign_event(&claims)
    }

    fn asked(&self) -> usize {
        [At::EventConfiguration, At::Jwks].iter().map(|at| self.stage.provider.count(*at)).sum()
    }

    fn account(&self) -> ServiceAccount {
        let backend = self.stage.client.relying_party().backend();
        ServiceAccount::parse(&self.stage.provider.service_account_file(), backend).unwrap()
    }

    fn stream(&self) -> StreamApi {
        let address = self.stage.provider.address(At::EventStream).unwrap();
        StreamApi::new(self.account()).at(address.strip_suffix("/stream").unwrap())
    }

    /// A stream that posts everything to [`RECEIVER`].
    fn streaming(&self) -> StreamApi {
        let stream = self.stream();
        self.stage.client.run(stream.update(RECEIVER, risc::EVENTS).unwrap()).unwrap();
        stream
    }
}

fn about_alice() -> Value {
    json!({ "subject": {
        "subject_type": "iss-sub", "iss": "https://accounts.google.com/", "sub": "alice" } })
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    let answer =
        http::Response::builder().status(status).header("content-type", "application/json");
    answer.body(body.to_string().into_bytes()).unwrap()
}

fn reactions(received: &Received) -> Vec<(Necessity, Reaction)> {
    let events: Vec<_> = received.events().collect();
    let advice = events.iter().flat_map(|event| advise(risc::ADVICE, event));
    advice.map(|advice| (advice.necessity, advice.reaction)).collect()
}

#[test]
fn an_event_is_verified_accepted_and_says_what_has_to_be_done() {
    let google = Google::new();
    google.streaming();
    google.stage.provider.send_event(EventType::SessionsRevoked.uri(), about_alice());
    let [posted] = google.stage.provider.take_event_requests().try_into().unwrap();
    assert_eq!(posted.uri(), RECEIVER);
    let (received, answer) = google.receive(&posted);
    assert_eq!((answer.status().as_u16(), answer.body().len()), (202, 0));
    let received = received.unwrap();
    let event = received.events().next().unwrap();
    assert_eq!(event.kind(), &EventType::SessionsRevoked);
    let Some(Subject::IssuerSubject { subject, .. }) = event.subject() else { panic!("nobody") };
    // The subject is that of the sign-in: whose grant it is about.
    assert_eq!(subject, google.stage.signed_in().claims().subject());
    assert_eq!(reactions(&received), [(Necessity::Required, Reaction::EndSessions)]);
    // Configuration and keys are asked for once; the sign-in asked for the keys too.
    let _ = google.receive(&posted);
    assert_eq!(google.asked(), 3);
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
        let token = google.token(&EventType::AccountDisabled, &event, &[]);
        let received = google.deliver(&token).0.unwrap();
        assert_eq!(reactions(&received), [expected], "{reason:?}");
    }
}

#[test]
fn the_audience_is_any_one_of_the_client_ids_and_nothing_expires() {
    let google = Google::new();
    for (changed, code) in [
        (("aud", json!(TOO)), None),
        (("aud", json!(["stranger", TOO])), None),
        (("iat", json!(BEGINNING.seconds() - 86_400)), None),
        (("exp", json!(1)), None),
        (("aud", json!("stranger")), Some("invalid_audience")),
        (("iss", json!(google.stage.provider.issuer())), Some("invalid_issuer")),
        (("jti", json!("")), Some("invalid_request")),
        (("events", json!({})), Some("invalid_request")),
    ] {
        let changes = std::slice::from_ref(&changed);
        let token = google.token(&EventType::TokensRevoked, &about_alice(), changes);
        let (received, answer) = google.deliver(&token);
        assert_eq!(received.is_ok(), code.is_none(), "{changed:?}");
        if let Some(code) = code {
            let body: Value = serde_json::from_slice(answer.body()).unwrap();
            let found = (answer.status().as_u16(), &body["err"]);
            assert_eq!(found, (400, &json!(code)), "{changed:?}");
        }
    }
}

#[test]
fn an_unknown_key_is_asked_for_once_and_refused() {
    let google = Google::new();
    let token = || google.token(&EventType::TokensRevoked, &about_alice(), &[]);
    let old = token();
    google.stage.provider.rotate_keys(OldKeys::Dropped);
    let answer = google.deliver(&old).1;
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((answer.status().as_u16(), &body["err"]), (400, &json!("invalid_key")));
    // For a while nobody asks again: what comes meanwhile may be good, and is to come once more.
    for (wait, after) in [(0, "30"), (20, "10")] {
        google.stage.wait(wait);
        let answer = google.deliver(&old).1;
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], after);
    }
    // The configuration, the keys, and the keys once more.
    assert_eq!(google.asked(), 3);
    let mut forged = token();
    forged.truncate(forged.len() - 8);
    forged.push_str("AAAAAAAA");
    assert_eq!(google.deliver(&forged).1.status(), 400);
    assert_eq!(google.deliver(&token()).1.status(), 202);
}

#[test]
fn keys_that_were_rotated_meanwhile_are_found() {
    let google = Google::new();
    let token = || google.token(&EventType::TokensRevoked, &about_alice(), &[]);
    assert_eq!(google.deliver(&token()).1.status(), 202);
    google.stage.provider.rotate_keys(OldKeys::Published);
    google.stage.wait(31);
    assert_eq!(google.deliver(&token()).1.status(), 202);
}

#[test]
fn a_second_delivery_is_answered_alike_and_known() {
    let google = Google::new();
    let seen = SeenInMemory::new();
    let token = google.token(&EventType::AccountEnabled, &about_alice(), &[]);
    let delivered = || {
        let (received, answer) = google.deliver(&token);
        assert_eq!(answer.status(), 202);
        received.unwrap()
    };
    assert!(!delivered().is_known(&seen, BEGINNING));
    let second = delivered();
    assert!(!second.is_known(&seen, BEGINNING), "nothing was done about the first");
    second.remember(&seen, BEGINNING);
    assert!(delivered().is_known(&seen, BEGINNING));
    let another = google.token(&EventType::AccountEnabled, &about_alice(), &[]);
    assert!(!google.deliver(&another).0.unwrap().is_known(&seen, BEGINNING));
}

#[test]
fn a_revoked_token_is_found_by_its_prefix_or_its_double_hash() {
    let google = Google::new();
    let signed_in = google.stage.signed_in();
    let stored = tokens(&signed_in).refresh_token().unwrap();
    for (algorithm, identifier) in [
        ("prefix", risc::prefix(stored)),
        ("hash_base64_sha512_sha512", risc::double_hash(stored, ring())),
    ] {
        let event = json!({ "subject": {
            "subject_type": "oauth_token", "token_type": "refresh_token",
            "token_identifier_alg": algorithm, "token": identifier } });
        let token = google.token(&EventType::TokenRevoked, &event, &[]);
        let received = google.deliver(&token).0.unwrap();
        let event = received.events().next().unwrap();
        let Some(Subject::Token(subject)) = event.subject() else { panic!("no token") };
        assert!(risc::names(subject, stored, ring()), "{algorithm}");
        assert!(!risc::names(subject, &RefreshToken::new("1//other"), ring()), "{algorithm}");
        assert_eq!(reactions(&received), [(Necessity::Required, Reaction::DeleteNamedToken)]);
    }
}

#[test]
fn a_verification_brings_back_the_state() {
    let google = Google::new();
    let stream = google.streaming();
    google.stage.client.run(stream.verify("ours").unwrap()).unwrap();
    let [posted] = google.stage.provider.take_event_requests().try_into().unwrap();
    let received = google.receive(&posted).0.unwrap();
    let event = received.events().next().unwrap();
    assert_eq!((event.state(), event.subject()), (Some("ours"), None));
}

#[test]
fn the_stream_is_managed_with_a_jwt_that_the_service_account_signs_itself() {
    let google = Google::new();
    let stream = google.stream();
    macro_rules! run {
        ($call:expr) => {
            google.stage.client.run($call.unwrap())
        };
    }
    let error = run!(stream.get()).unwrap_err();
    assert_eq!(error.status(), Some(404), "there is no stream yet");
    run!(stream.update(RECEIVER, &[EventType::TokenRevoked])).unwrap();
    let configuration = run!(stream.get()).unwrap();
    assert_eq!(configuration.receiver.as_deref(), Some(RECEIVER));
    assert_eq!(configuration.events_requested, [EventType::TokenRevoked]);
    assert_eq!(run!(stream.status()).unwrap(), Status::Enabled);

    let happen = |kind: &EventType| {
        google.stage.provider.send_event(kind.uri(), about_alice());
        google.stage.provider.take_event_requests().len()
    };
    assert_eq!((happen(&EventType::TokenRevoked), happen(&EventType::AccountEnabled)), (1, 0));
    run!(stream.set_status(Status::Disabled)).unwrap();
    assert_eq!(run!(stream.status()).unwrap(), Status::Disabled);
    assert_eq!(happen(&EventType::TokenRevoked), 0, "nothing is kept while it is off");
    run!(stream.set_status(Status::Enabled)).unwrap();
    assert_eq!(happen(&EventType::TokenRevoked), 1);

    let seen = google.stage.provider.requests().pop().unwrap();
    let bearer = seen.header("authorization").unwrap().to_owned();
    let payload = bearer.strip_prefix("Bearer ").unwrap().split('.').nth(1).unwrap();
    let payload = tegata_jose::base64url::decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((&claims["aud"], &claims["iss"]), (&json!(risc::AUDIENCE), &claims["sub"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
}

#[test]
fn what_the_stream_refuses_is_a_matter_of_configuration_or_of_the_program() {
    let google = Google::new();
    let stream = google.stream();
    // 403: a receiver that is not https. On loopback our own check lets it pass.
    let insecure = stream.update("http://127.0.0.1/events", risc::EVENTS).unwrap();
    let error = google.stage.client.run(insecure).unwrap_err();
    assert_eq!((error.status(), error.remedy()), (Some(403), Remedy::FixConfiguration));
    // 401: the clock of the service account is an hour behind.
    let clock = google.stage.provider.clock();
    let file = google.account();
    let late = file.self_signed(risc::AUDIENCE, BEGINNING).unwrap();
    google.stage.wait(3600);
    let mut request = http::Request::get(google.stage.provider.address(At::EventStream).unwrap())
        .body(Vec::new())
        .unwrap();
    tegata_core::bearer::authorize(&mut request, &late).unwrap();
    assert_eq!(google.stage.provider.handle(&request).status(), 401);
    clock.set(BEGINNING);
    for (status, remedy) in [
        (400, Remedy::FixProgram),
        (401, Remedy::FixConfiguration),
        (403, Remedy::FixConfiguration),
        (404, Remedy::FixConfiguration),
        (503, Remedy::Retry { after: None }),
    ] {
        let body = json!({ "error": { "code": status, "message": "no" } });
        google.stage.provider.on(At::EventStream).respond_once(answer(status, &body));
        let error = google.stage.client.run(stream.get().unwrap()).unwrap_err();
        assert_eq!((error.status(), error.remedy()), (Some(status), remedy));
    }
}

#[test]
fn a_service_account_exchanges_an_assertion_for_an_access_token() {
    let google = Google::new();
    let endpoint = google.stage.provider.address(At::Token).unwrap();
    let scope = Scope::parse("https://www.googleapis.com/auth/devstorage.read_only").unwrap();
    let account = google.account().with_token_endpoint(&endpoint).on_behalf_of("alice");
    let tokens = google.stage.client.run(account.access_token(&scope).unwrap()).unwrap();
    assert!(tokens.access_token().expose().starts_with("ya29."));
    assert!(tokens.refresh_token().is_none());
    let seen = google.stage.provider.requests().pop().unwrap();
    let grant_type = seen.parameter("grant_type");
    assert_eq!(grant_type.as_deref(), Some("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    assert_eq!(seen.parameter("client_secret"), None);
    let called = google.stage.client.call(google.stage.api_request(), tokens.access_token());
    assert_eq!(called.unwrap().body(), br#"{"message":"hello, alice"}"#);
    // An assertion for another server, or for Google's own from a test, is refused.
    let elsewhere = google.account().with_token_endpoint(&format!("{endpoint}?other"));
    let error = google.stage.client.run(elsewhere.access_token(&scope).unwrap()).unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::InvalidGrant));
}

#[test]
fn events_can_be_polled_for_and_are_acknowledged() {
    let google = Google::new();
    let url = google.stage.provider.address(At::Api).unwrap();
    let url = EndpointUrl::new(&url).unwrap();
    let access_token = AccessToken::new("t");
    let poll = |request: &PollRequest, sets: &Value| {
        let body = json!({ "sets": sets, "moreAvailable": false });
        google.stage.provider.on(At::Api).respond_once(answer(200, &body));
        google.stage.client.run(Poll::new(&url, &access_token, request).unwrap()).unwrap()
    };
    let token = google.token(&EventType::SessionsRevoked, &about_alice(), &[("jti", json!("j1"))]);
    let polled = poll(&PollRequest::new(), &json!({ "j1": token }));
    let mut next = PollRequest::new().with_max_events(0);
    for (jti, token) in polled.tokens {
        next = match google.stage.client.run(google.receiver.receive(token)) {
            Ok(received) => {
                assert_eq!(received.token().jti(), jti);
                next.acknowledge(&jti)
            }
            Err(_) => next.refuse(&jti, ErrorCode::InvalidRequest),
        };
    }
    poll(&next, &json!({}));
    let mut flow = Poll::new(&url, &access_token, &next).unwrap();
    let Step::Send(sent) = flow.advance(Input::Start, BEGINNING).unwrap() else { panic!("done") };
    let body: Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!((&body["ack"], &body["maxEvents"]), (&json!(["j1"]), &json!(0)));
}
