//! Signing out at the certified provider, and hearing of it from server to server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use tegata_core::Error;
use tegata_core::authorize::Prompt;
use tegata_core::error::{ErrorCode, TokenFault};
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::secret::State;
use tegata_oidc::logout::back_channel::{self, Logout};
use tegata_oidc::logout::{LogoutRequest, check_return};
use tegata_oidc::replay::{SeenInMemory, SeenTokens};
use tegata_oidc::sign_in::{SignInRequest, SignedIn};
use tegata_tests::interop::{Browser, Provider};
use tegata_ureq::OsRandom;
use url::Url;

use super::party::Party;

const RETURN_TO: &str = "https://app.example.com/signed-out";

fn request() -> SignInRequest {
    SignInRequest::new().scope("openid").unwrap()
}

fn sign_out(party: &Party, browser: &mut Browser<'_>, signed_in: &SignedIn) -> (Url, State) {
    let request = LogoutRequest::new().id_token_hint(signed_in.claims());
    let request = request.return_to(RETURN_TO).unwrap();
    let (request, state) = request.with_state(&OsRandom::new()).unwrap();
    let url = party.run(party.party.logout_url(request)).unwrap();
    (browser.sign_out(url, RETURN_TO), state)
}

#[test]
fn the_browser_comes_back_with_the_state_and_the_session_is_over() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "basic");
        let mut browser = party.browser();
        let signed_in = party.sign_in_with(&mut browser, request()).unwrap();
        let silently = || request().prompt(&[Prompt::None]).unwrap();
        party.sign_in_with(&mut browser, silently()).unwrap();

        let (returned, state) = sign_out(&party, &mut browser, &signed_in);
        check_return(returned.query().unwrap(), &state).unwrap();

        let error = party.sign_in_with(&mut browser, silently()).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::LoginRequired), "{issuer}");
    }
}

#[test]
fn nobody_is_sent_on_to_an_address_that_is_not_registered() {
    let Some(provider) = Provider::started() else { return };
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "basic");
        let mut browser = party.browser();
        let signed_in = party.sign_in_with(&mut browser, request()).unwrap();
        let elsewhere = LogoutRequest::new().id_token_hint(signed_in.claims());
        let elsewhere = elsewhere.return_to("https://evil.example/").unwrap();
        let url = party.run(party.party.logout_url(elsewhere)).unwrap();
        assert_eq!(browser.open(&url).status(), 400, "{issuer}");
    }
}

/// What the provider posts to clients whose logout tokens have so many parts: three when signed, five
/// when encrypted.
fn told(party: &Party, issuer: &str, parts: usize) -> Vec<HttpRequest> {
    let answer: HttpResponse =
        party.browser().open(&Url::parse(&format!("{issuer}/test/told")).unwrap());
    let forms: Vec<String> = serde_json::from_slice(answer.body()).unwrap();
    let request = |form: String| {
        http::Request::post("https://app.example.com/back-channel-logout")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .unwrap()
    };
    let forms = forms.into_iter().filter(|form| form.split('.').count() == parts);
    forms.map(request).collect()
}

fn receive(
    party: &Party,
    request: &HttpRequest,
    seen: &Arc<SeenInMemory>,
) -> Result<Logout, Error> {
    let seen: Arc<dyn SeenTokens> = Arc::<SeenInMemory>::clone(seen);
    party.run(party.party.receive_logout(request, seen)?)
}

#[test]
fn hears_from_server_to_server_which_session_is_over_and_hears_it_once() {
    let Some(provider) = Provider::started() else { return };
    let kinds =
        [("back-channel", 3, TokenFault::Audience), ("encrypted", 5, TokenFault::Encrypted)];
    let issuers = provider.issuers().into_iter();
    for (issuer, (client, parts, to_others)) in issuers.flat_map(|it| kinds.map(|kind| (it, kind)))
    {
        let party = Party::new(&provider, issuer, client);
        let mut browser = party.browser();
        let signed_in = party.sign_in_with(&mut browser, request()).unwrap();
        let session = signed_in.claims().session_id();
        assert!(session.is_some(), "{issuer}: no sid in the ID token");
        sign_out(&party, &mut browser, &signed_in);

        let seen = Arc::new(SeenInMemory::new());
        let requests = told(&party, issuer, parts);
        let received = requests.iter().map(|request| receive(&party, request, &seen));
        let mut received: Vec<_> = received.collect();
        let at = received.iter().position(|logout| {
            let logout = logout.as_ref().unwrap_or_else(|error| panic!("{issuer}: {error}"));
            logout.token().session_id() == session
        });
        let at = at.unwrap_or_else(|| panic!("{issuer}: nothing was said of the session"));
        let logout = received.swap_remove(at).unwrap();
        assert_eq!(logout.token().subject(), Some("alice"));
        let ended = Ok::<_, Error>(logout.ended());
        assert_eq!(back_channel::answer(&ended).status(), 200);

        let again = receive(&party, &requests[at], &seen).map(Logout::ended);
        assert_eq!(back_channel::answer(&again).status(), 400);
        match again {
            Err(Error::InvalidToken(error)) => assert_eq!(error.fault, TokenFault::Replayed),
            other => panic!("{issuer}: {other:?}"),
        }

        // The other clients of the provider are not meant.
        let other = Party::new(&provider, issuer, "basic");
        match receive(&other, &requests[at], &Arc::new(SeenInMemory::new())) {
            Err(Error::InvalidToken(error)) => assert_eq!(error.fault, to_others),
            other => panic!("{issuer}: {other:?}"),
        }
    }
}
