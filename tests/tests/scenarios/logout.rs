//! Signing out at the provider too, where it has an address for that.

use tegata_core::error::Fault;
use tegata_core::http::Endpoint;
use tegata_core::secret::{CompactToken, State};
use tegata_oidc::logout::{LogoutRequest, check_return};
use tegata_testkit::CountingRandom;
use tegata_testkit::profile::Profile;
use tegata_tests::verdict::Verdict;
use url::Url;

use super::stage::{Stage, request};

const BYE: &str = "https://app.example.com/signed-out";

fn goodbye() -> (LogoutRequest, State) {
    let request = LogoutRequest::new().return_to(BYE).unwrap();
    request.with_state(&CountingRandom::new()).unwrap()
}

#[test]
fn the_browser_comes_back_with_the_state_and_the_session_is_over() {
    let stage = Stage::served(Profile::OPENID);
    let signed_in = stage.signed_in();
    let (request_out, state) = goodbye();
    let url = stage.client.logout_url(request_out.id_token_hint(signed_in.claims())).unwrap();
    let landing = stage.provider.browse(url.as_str());
    let landed = Url::parse(landing.url()).unwrap();
    assert!(landed.as_str().starts_with(BYE));
    assert!(check_return(landed.query().unwrap(), &state).is_ok());
    assert!(check_return(landed.query().unwrap(), &State::new("another")).is_err());

    let silently = request().prompt(&[tegata_core::authorize::Prompt::None]).unwrap();
    let error = stage.sign_in(silently).unwrap_err();
    assert_eq!(error.code().map(|code| code.as_str()), Some("login_required"));
}

#[test]
fn an_id_token_of_long_ago_is_a_hint_still() {
    let stage = Stage::direct(Profile::OPENID);
    let signed_in = stage.signed_in();
    stage.wait(365 * 24 * 60 * 60);
    // What a session keeps of it in a database.
    let kept = signed_in.claims().raw().expose().to_owned();
    let request = LogoutRequest::new().raw_id_token_hint(CompactToken::new(kept));
    let url = stage.client.logout_url(request.return_to(BYE).unwrap()).unwrap();
    assert_eq!(stage.provider.browse(url.as_str()).url(), BYE);
}

#[test]
fn a_provider_without_the_address_says_so() {
    for profile in [Profile::GOOGLE, Profile::YAHOO, Profile::YAHOO_JAPAN] {
        let stage = Stage::direct(profile);
        let verdict = Verdict::on(stage.client.logout_url(goodbye().0));
        assert_eq!(verdict, Verdict::Misbehaved(Endpoint::EndSession, Fault::NoEndpoint));
    }
}
