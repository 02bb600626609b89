//! The provider says that a session is over: the token is verified with living keys, once.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::error::{ApiMisuse, Error, Fault, Remedy, TokenFault, TokenKind};
use tegata_core::http::{Endpoint, HttpRequest};
use tegata_oidc::logout::back_channel::{Ended, Logout, answer};
use tegata_oidc::replay::SeenInMemory;
use tegata_testkit::profile::Profile;
use tegata_testkit::{
    Client, Endpoint as At, FakeProvider, Fault as Misbehave, OldKeys, TestClock,
};
use tegata_tests::fake::{self, BEGINNING};
use tegata_tests::verdict::Verdict;

use super::backend;
use super::stage::Stage;

const BACK: &str = "https://app.example.com/back-channel";

/// A stage whose client is told, and remembers what it was told.
struct Told {
    stage: Stage,
    seen: Arc<SeenInMemory>,
}

impl Told {
    fn new() -> Self {
        let client = Client::default().backchannel_logout_uri(BACK);
        let clock = TestClock::at(BEGINNING);
        let provider = FakeProvider::builder(Profile::OPENID).client(client).clock(clock).build();
        Self { stage: Stage::serve(provider), seen: Arc::default() }
    }

    /// The request of a session that ended just now.
    fn signed_out(&self) -> HttpRequest {
        self.stage.signed_in();
        self.stage.provider.sign_out();
        let [request] = self.stage.provider.take_logout_requests().try_into().unwrap();
        request
    }

    /// The same client after a restart: it knows neither metadata nor keys.
    fn fresh(&self) -> backend::Client {
        let provider = &self.stage.provider;
        backend::client(fake::config(provider).unwrap(), provider.clock()).unwrap()
    }

    fn receive(&self, request: &HttpRequest) -> Result<Logout, Error> {
        self.stage.client.receive_logout(request, self.seen.clone())
    }
}

/// The status of the answer to the provider, and whether nobody may keep it.
fn answered(ended: &Result<Ended, Error>) -> (u16, bool) {
    let response = answer(ended);
    (response.status().as_u16(), response.headers()["cache-control"] == "no-store")
}

#[test]
fn names_the_session_that_is_over_and_costs_nothing_when_the_keys_are_known() {
    let told = Told::new();
    let session_id = told.stage.signed_in().claims().session_id().map(str::to_owned);
    told.stage.provider.sign_out();
    let [request] = told.stage.provider.take_logout_requests().try_into().unwrap();
    let before = told.stage.sent();
    let logout = told.receive(&request).unwrap();
    let named = (logout.token().subject(), logout.token().session_id());
    assert_eq!(named, (Some("alice"), session_id.as_deref()));
    assert_eq!(told.stage.sent(), before);
    assert_eq!(answered(&Ok(logout.ended())), (200, true));
}

/// Told of an end by a token whose key nobody here has seen yet.
fn told_by_a_new_key() -> (Told, HttpRequest) {
    let told = Told::new();
    told.stage.signed_in();
    told.stage.wait(60);
    told.stage.provider.rotate_keys(OldKeys::Dropped);
    told.stage.provider.sign_out();
    let [request] = told.stage.provider.take_logout_requests().try_into().unwrap();
    (told, request)
}

#[test]
fn a_key_that_came_since_is_fetched_once() {
    let (told, request) = told_by_a_new_key();
    let keys = told.stage.provider.count(At::Jwks);
    assert!(told.receive(&request).is_ok());
    assert_eq!(told.stage.provider.count(At::Jwks), keys + 1);
}

#[test]
fn a_key_that_nobody_has_is_looked_for_once_in_a_while() {
    let (told, request) = told_by_a_new_key();
    told.stage.provider.rotate_keys(OldKeys::Dropped);
    let keys = told.stage.provider.count(At::Jwks);
    // In between nobody can tell whether the key is new or made up: it may come again.
    let later = |seconds| Remedy::Retry { after: Some(Duration::from_secs(seconds)) };
    for (wait, remedy) in [(0, Remedy::SecurityIncident), (0, later(30)), (29, later(1))] {
        told.stage.wait(wait);
        let error = told.receive(&request).unwrap_err();
        assert_eq!(error.remedy(), remedy);
        let verdict = Verdict::on::<()>(Err(error));
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::LogoutToken, TokenFault::KeyNotFound));
    }
    assert_eq!(told.stage.provider.count(At::Jwks), keys + 1);
}

#[test]
fn a_client_that_starts_with_a_logout_asks_for_what_it_needs() {
    let told = Told::new();
    let request = told.signed_out();
    let fresh = told.fresh();
    let before = [At::Discovery, At::Jwks].map(|at| told.stage.provider.count(at));
    let _ = fresh.receive_logout(&request, told.seen.clone()).unwrap();
    let after = [At::Discovery, At::Jwks].map(|at| told.stage.provider.count(at));
    assert_eq!(after, before.map(|count| count + 1));
}

#[test]
fn a_token_that_is_wrong_in_itself_costs_no_request() {
    let told = Told::new();
    told.stage.signed_in();
    let fresh = told.fresh();
    let _ = told.stage.provider.on(At::EndSession).once(Misbehave::LogoutTokenEventWrong);
    told.stage.provider.sign_out();
    let [request] = told.stage.provider.take_logout_requests().try_into().unwrap();
    let before = told.stage.sent();
    let verdict = Verdict::on(fresh.receive_logout(&request, told.seen.clone()));
    assert_eq!(verdict, Verdict::InvalidToken(TokenKind::LogoutToken, TokenFault::Events));
    assert_eq!(told.stage.sent(), before);
}

#[test]
fn a_token_that_comes_again_is_refused_and_its_refusal_is_answered() {
    let told = Told::new();
    let request = told.signed_out();
    let ended = told.receive(&request).map(Logout::ended);
    assert_eq!(answered(&ended), (200, true));
    let again = told.receive(&request).map(Logout::ended);
    assert_eq!(answered(&again), (400, true));
    let verdict = Verdict::on(again);
    assert_eq!(verdict, Verdict::InvalidToken(TokenKind::LogoutToken, TokenFault::Replayed));
    // It is remembered for as long as it could come: until it ends, and the clocks' difference.
    told.stage.wait(120 + 59);
    let verdict = Verdict::on(told.receive(&request));
    assert_eq!(verdict, Verdict::InvalidToken(TokenKind::LogoutToken, TokenFault::Replayed));
    told.stage.wait(2);
    let verdict = Verdict::on(told.receive(&request));
    assert_eq!(verdict, Verdict::InvalidToken(TokenKind::LogoutToken, TokenFault::Expired));
}

#[test]
fn a_logout_that_the_application_could_not_do_may_come_again() {
    let told = Told::new();
    let request = told.signed_out();
    let nowhere = |_: Logout| Err(Error::from(ApiMisuse::Required("a database")));
    for _ in 0..2 {
        assert_eq!(answered(&told.receive(&request).and_then(nowhere)), (400, true));
    }
    assert_eq!(answered(&told.receive(&request).map(Logout::ended)), (200, true));
}

#[test]
fn what_could_not_be_verified_may_come_again() {
    let told = Told::new();
    let request = told.signed_out();
    let fresh = told.fresh();
    let _ = told.stage.provider.on(At::Jwks).once(Misbehave::Unavailable);
    let receive = || fresh.receive_logout(&request, told.seen.clone());
    let verdict = Verdict::on(receive());
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::Jwks, Fault::Status));
    told.stage.wait(60);
    assert!(receive().is_ok());
}

#[test]
fn only_a_posted_form_with_a_token_is_read() {
    let told = Told::new();
    let request = told.signed_out();
    let refused = |change: fn(&mut HttpRequest)| {
        let mut request = request.clone();
        change(&mut request);
        Verdict::on(told.receive(&request))
    };
    let verdict = |fault| Verdict::Misbehaved(Endpoint::BackChannelLogout, fault);
    let get = refused(|request| *request.method_mut() = http::Method::GET);
    assert_eq!(get, verdict(Fault::Method));
    let json = refused(|request| {
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    });
    assert_eq!(json, verdict(Fault::ContentType));
    let empty = refused(|request| request.body_mut().clear());
    assert_eq!(empty, verdict(Fault::MissingParameter { name: "logout_token" }));
    let twice = refused(|request| request.body_mut().extend(b"&logout_token=x"));
    assert!(matches!(twice, Verdict::Misbehaved(_, Fault::Form(_))), "{twice:?}");
    assert!(told.receive(&request).is_ok(), "none of these was remembered");
}
