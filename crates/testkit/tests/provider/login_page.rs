//! The login page: a person's clicks, made here by posting what the form would.

use tegata_core::authorize::ResponseType;
use tegata_core::url::EndpointUrl;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider, Landing, User};
use url::form_urlencoded::parse;

use super::hand::{Hand, SCOPE};

fn show(hand: &Hand<'_>, more: &[(&str, &str)]) -> String {
    let url = hand.authorization_url(ResponseType::Code, None, SCOPE, more);
    match hand.provider.browse(&url) {
        Landing::Page { status, html } if status == 200 => html,
        other => panic!("{other:?}"),
    }
}

/// Posts the request of the page with these choices, and follows.
fn click(hand: &Hand<'_>, choices: &[(&str, &str)]) -> tegata_core::http::HttpResponse {
    let url = hand.authorization_url(ResponseType::Code, None, SCOPE, &[]);
    let query = url.split_once('?').unwrap().1.to_owned();
    let mut form: Vec<(String, String)> = parse(query.as_bytes()).into_owned().collect();
    form.extend(choices.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let consent = hand.provider.address(Endpoint::Consent).unwrap();
    hand.post(&EndpointUrl::new(&consent).unwrap(), &form)
}

#[test]
fn shows_users_and_scopes_with_a_label_for_each() {
    let provider = FakeProvider::interactive(Profile::OPENID);
    let html = show(&Hand::new(&provider), &[]);
    for part in ["Alice Example", "Bob 例", "<code>email</code>", "Approve", "Decline", "<legend>"]
    {
        assert!(html.contains(part), "{part} is missing");
    }
    assert_eq!(html.matches("<label>").count(), 4, "two users, two scopes");
    assert!(!html.contains("<script"));
}

#[test]
fn a_login_hint_picks_the_user() {
    let provider = FakeProvider::interactive(Profile::OPENID);
    let html = show(&Hand::new(&provider), &[("login_hint", "bob@example.com")]);
    assert!(html.contains("value=\"bob\" checked"));
    assert!(!html.contains("value=\"alice\" checked"));
}

#[test]
fn approving_signs_the_chosen_user_in_with_the_chosen_scopes() {
    let provider = FakeProvider::interactive(Profile::OPENID);
    let hand = Hand::new(&provider);
    let choices =
        [("choice.user", "bob"), ("choice.scope.openid", "on"), ("choice.answer", "approve")];
    let answer = click(&hand, &choices);
    let landing =
        Landing::Redirect { url: answer.headers()["location"].to_str().unwrap().to_owned() };
    let front = hand.read(&landing, ResponseType::Code, None).unwrap();
    let tokens = hand.exchange(&front.code.unwrap()).unwrap();
    assert_eq!(tokens.scope().unwrap().to_string(), "openid");
    assert_eq!(hand.verify_back(&tokens).unwrap().subject(), "bob");
}

#[test]
fn declining_tells_the_client() {
    let provider = FakeProvider::interactive(Profile::OPENID);
    let answer = click(&Hand::new(&provider), &[("choice.answer", "decline")]);
    assert!(answer.headers()["location"].to_str().unwrap().contains("error=access_denied"));
}

#[test]
fn a_click_without_a_known_user_goes_nowhere() {
    let provider = FakeProvider::interactive(Profile::OPENID);
    let hand = Hand::new(&provider);
    for choices in [
        &[("choice.answer", "approve")][..],
        &[("choice.answer", "approve"), ("choice.user", "mallory")],
        &[("choice.user", "bob")],
    ] {
        assert_eq!(click(&hand, choices).status(), 400);
    }
}

#[test]
fn what_a_client_or_a_user_is_called_never_becomes_markup() {
    let provider = FakeProvider::builder(Profile::OPENID)
        .user(User::new("<b>").claim("name", "\"><script>alert(1)</script>"))
        .interactive()
        .build();
    let html = show(&Hand::new(&provider), &[("display", "\"><script>")]);
    assert!(!html.contains("<script") && !html.contains("<b>"));
}
