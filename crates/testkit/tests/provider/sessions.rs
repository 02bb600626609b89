//! Sessions: what a client learns of one while it lasts, and how it is told of the end.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use tegata_core::authorize::ResponseType;
use tegata_core::error::TokenFault;
use tegata_core::form::Form;
use tegata_core::http::HttpRequest;
use tegata_core::secret::CompactToken;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend;
use tegata_jose::logout_token::{LogoutToken, UnverifiedLogoutToken};
use tegata_testkit::profile::Profile;
use tegata_testkit::{
    Browser, Client, Decision, Endpoint, FakeProvider, Fault, Landing, Place, SigningAlgorithm,
};

use super::hand::{Hand, SCOPE};

const BACK: &str = "https://app.example.com/back-channel";
const FRONT: &str = "https://app.example.com/front-channel?own=1";
const BYE: &str = "https://app.example.com/signed-out";

fn provider(client: Client) -> FakeProvider {
    FakeProvider::builder(Profile::OPENID).client(client).build()
}

fn end_session(provider: &FakeProvider, more: &[(&str, &str)]) -> Landing {
    let url = provider.address(Endpoint::EndSession).unwrap();
    provider.browse(url::Url::parse_with_params(&url, more).unwrap().as_str())
}

fn signed_out(provider: &FakeProvider) -> Landing {
    let back = ("post_logout_redirect_uri", BYE);
    end_session(provider, &[("client_id", Client::DEFAULT_ID), back, ("state", "s")])
}

fn verify(hand: &Hand<'_>, request: &HttpRequest) -> Result<LogoutToken, TokenFault> {
    verify_by(Algorithm::RS256, hand, request)
}

fn verify_by(
    algorithm: Algorithm,
    hand: &Hand<'_>,
    request: &HttpRequest,
) -> Result<LogoutToken, TokenFault> {
    let form = Form::parse(std::str::from_utf8(request.body()).unwrap()).unwrap();
    assert_eq!(form.get("ignored_parameter"), Some("ignored"));
    let token = CompactToken::new(form.get("logout_token").unwrap());
    let rules = hand.rules().with_algorithms(AllowedAlgorithms::of(&[algorithm]));
    UnverifiedLogoutToken::new(token)
        .verify(&hand.keys(), &rules, backend::ring(), hand.now())
        .map_err(|error| error.fault)
}

#[test]
fn every_id_token_of_a_session_names_it() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let session_id = |more: &[(&str, &str)]| {
        let front = hand.authorize(ResponseType::CodeIdToken, None, SCOPE, more).unwrap();
        let in_front = hand.verify_front(&front).unwrap();
        let back = hand.exchange(&front.code.unwrap()).unwrap();
        let behind = hand.verify_back(&back).unwrap();
        assert_eq!(in_front.session_id(), behind.session_id());
        behind.session_id().unwrap().to_owned()
    };
    let first = session_id(&[]);
    assert_eq!(first.len(), 35);
    assert_eq!(session_id(&[("prompt", "none")]), first);
    provider.sign_out();
    assert_ne!(session_id(&[]), first);
}

#[test]
fn the_frame_tells_a_session_that_goes_on_from_one_that_is_over() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let address = provider.address(Endpoint::CheckSession).unwrap();
    let ask = |client: &str, session_state: &str, origin: &str| {
        let question =
            [("client_id", client), ("session_state", session_state), ("origin", origin)];
        let url = url::Url::parse_with_params(&address, question).unwrap();
        let answer = provider.handle(&http::Request::get(url.as_str()).body(vec![]).unwrap());
        String::from_utf8(answer.into_body()).unwrap()
    };
    let (client, origin) = (Client::DEFAULT_ID, "https://app.example.com");
    let session_state = || {
        let response = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap();
        response.session_state.unwrap()
    };
    let (one, two) = (session_state(), session_state());
    assert_ne!(one, two, "each has a salt of its own");
    assert_eq!(ask(client, &one, origin), "unchanged");
    assert_eq!(ask(client, &two, origin), "unchanged");
    assert_eq!(ask(client, &one, "https://evil.example"), "changed");
    assert_eq!(ask(client, &one.replacen('.', "x.", 1), origin), "changed");
    assert_eq!(ask("stranger", &one, origin), "error");
    assert_eq!(ask(client, "no-salt", origin), "error");
    assert_eq!(ask(client, "", origin), "error");
    provider.sign_out();
    assert_eq!(ask(client, &one, origin), "changed");
    assert_eq!(ask(client, &session_state(), origin), "unchanged");
}

#[test]
fn the_page_of_the_frame_needs_no_other_script_than_its_own() {
    let provider = FakeProvider::new(Profile::OPENID);
    let address = provider.address(Endpoint::CheckSession).unwrap();
    let page = provider.handle(&http::Request::get(address).body(vec![]).unwrap());
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; connect-src 'self'; script-src 'sha256-"));
    assert!(!policy.contains("unsafe") && !page.headers().contains_key("x-frame-options"));
    assert!(std::str::from_utf8(page.body()).unwrap().contains("addEventListener('message'"));
}

#[test]
fn a_profile_without_the_address_says_nothing_of_sessions() {
    let provider = FakeProvider::new(Profile::GOOGLE);
    let hand = Hand::new(&provider);
    let response = hand.authorize(ResponseType::Code, None, SCOPE, &[]).unwrap();
    assert_eq!(response.session_state, None);
    let id_token = hand.verify_back(&hand.exchange(&response.code.unwrap()).unwrap()).unwrap();
    assert_eq!(id_token.session_id(), None);
    assert!(hand.metadata.endpoint("end_session_endpoint").is_none());
    assert!(!hand.metadata.is_true("backchannel_logout_supported"));
}

#[test]
fn a_client_of_the_session_is_told_by_a_token_and_a_stranger_is_not() {
    let other = Client::public("other").backchannel_logout_uri(BACK).frontchannel_logout_uri(FRONT);
    let client = Client::default().backchannel_logout_uri(BACK);
    let provider = FakeProvider::builder(Profile::OPENID).client(client).client(other).build();
    let hand = Hand::new(&provider);
    assert!(hand.metadata.is_true("backchannel_logout_session_supported"));
    let id_token = hand.verify_back(&hand.sign_in(SCOPE, &[]).unwrap()).unwrap();
    assert_eq!(signed_out(&provider).url(), format!("{BYE}?state=s"));
    let requests = provider.take_logout_requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].uri(), BACK);
    let token = verify(&hand, &requests[0]).unwrap();
    assert_eq!(token.subject(), Some("alice"));
    assert_eq!(token.session_id(), id_token.session_id());
    signed_out(&provider);
    assert!(provider.take_logout_requests().is_empty(), "there was no session any more");
}

#[test]
fn frames_are_loaded_and_the_browser_goes_on() {
    let client = Client::default().frontchannel_logout_uri(FRONT);
    for required in [false, true] {
        let client = client.clone();
        let client = if required { client.frontchannel_logout_session_required() } else { client };
        let provider = provider(client);
        let hand = Hand::new(&provider);
        let sign_in = || hand.verify_back(&hand.sign_in(SCOPE, &[]).unwrap()).unwrap();
        let id_token = sign_in();
        let Landing::Frames { frames, url } = signed_out(&provider) else { panic!("no frames") };
        assert_eq!(url, Some(format!("{BYE}?state=s")));
        let [frame] = frames.try_into().unwrap();
        let frame = url::Url::parse(&frame).unwrap();
        let pairs: Vec<_> = frame.query_pairs().into_owned().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut expected = vec![pair("own", "1")];
        if required {
            expected.push(pair("iss", "https://op.example.com"));
            expected.push(pair("sid", id_token.session_id().unwrap()));
        }
        assert_eq!(pairs, expected);

        sign_in();
        let landing = end_session(&provider, &[]);
        assert!(matches!(&landing, Landing::Frames { url: None, frames } if frames.len() == 1));
        assert!(!format!("{landing:?}").contains("sid="));
    }
}

#[test]
fn a_strict_verifier_sees_every_fault_of_a_logout_token() {
    let expected = |fault| match fault {
        Fault::LogoutTokenAlgNone | Fault::LogoutTokenAlgWrong => {
            Some(TokenFault::AlgorithmNotAllowed)
        }
        Fault::LogoutTokenAudInvalid | Fault::LogoutTokenAudOther => Some(TokenFault::Audience),
        Fault::LogoutTokenEventWrong | Fault::LogoutTokenEventsMissing => Some(TokenFault::Events),
        Fault::LogoutTokenIssMismatch | Fault::LogoutTokenIssOther => Some(TokenFault::Issuer),
        Fault::LogoutTokenJtiMissing => Some(TokenFault::JtiMissing),
        Fault::LogoutTokenNonceAdded => Some(TokenFault::NonceForbidden),
        _ => None,
    };
    let legal =
        [Fault::LogoutTokenLongLived, Fault::LogoutTokenSidMissing, Fault::LogoutTokenSubMissing];
    for fault in Fault::ALL.iter().filter(|fault| fault.place() == Place::LogoutToken) {
        let provider = provider(Client::default().backchannel_logout_uri(BACK));
        let hand = Hand::new(&provider);
        hand.sign_in(SCOPE, &[]).unwrap();
        provider.on(Endpoint::EndSession).once(*fault);
        provider.sign_out();
        let [request] = provider.take_logout_requests().try_into().unwrap();
        let found = verify(&hand, &request);
        assert_eq!(found.as_ref().err(), expected(*fault).as_ref(), "{fault}");
        assert_eq!(found.is_ok(), legal.contains(fault), "{fault}");
        if let Ok(token) = found {
            assert_eq!(token.session_id().is_none(), *fault == Fault::LogoutTokenSidMissing);
            assert_eq!(token.subject().is_none(), *fault == Fault::LogoutTokenSubMissing);
        }
    }
}

#[test]
fn a_logout_token_of_another_algorithm_is_signed_by_a_key_that_is_published() {
    for (agreed, other) in
        [(SigningAlgorithm::RS256, Algorithm::ES256), (SigningAlgorithm::ES256, Algorithm::RS256)]
    {
        let mut profile = Profile::OPENID;
        profile.signing = agreed;
        let client = Client::default().backchannel_logout_uri(BACK);
        let provider = FakeProvider::builder(profile).client(client).build();
        let hand = Hand::new(&provider);
        hand.sign_in(SCOPE, &[]).unwrap();
        provider.on(Endpoint::EndSession).once(Fault::LogoutTokenAlgWrong);
        provider.sign_out();
        let [request] = provider.take_logout_requests().try_into().unwrap();
        // Whoever allows the algorithm finds nothing else wrong.
        verify_by(other, &hand, &request).unwrap();
        let agreed = Algorithm::parse(agreed.as_str()).unwrap();
        let refused = verify_by(agreed, &hand, &request).unwrap_err();
        assert_eq!(refused, TokenFault::AlgorithmNotAllowed);
    }
}

#[test]
fn two_browsers_have_two_sessions() {
    let client = Client::default().backchannel_logout_uri(BACK);
    let provider = FakeProvider::builder(Profile::OPENID).client(client).build();
    let hand = Hand::new(&provider);
    let ask = |more: &[(&str, &str)]| hand.authorization_url(ResponseType::Code, None, SCOPE, more);
    let (of_alice, of_bob) = (Browser::new(), Browser::new());
    provider.browse_in(&of_alice, &ask(&[]));
    provider.consent(Decision::approve().user("bob"));
    provider.browse_in(&of_bob, &ask(&[]));
    let is_signed_in = |browser: &Browser, user: &str| {
        let silently = ask(&[("prompt", "none"), ("login_hint", user)]);
        provider.browse_in(browser, &silently).url().contains("code=")
    };
    assert!(is_signed_in(&of_alice, "alice") && is_signed_in(&of_bob, "bob"));
    assert!(!is_signed_in(&of_alice, "bob") && !is_signed_in(&Browser::new(), "alice"));

    let _ = provider.browse_in(&of_alice, &provider.address(Endpoint::EndSession).unwrap());
    let told = |requests: Vec<HttpRequest>| -> Vec<_> {
        let tokens = requests.iter().map(|request| verify(&hand, request).unwrap());
        tokens.map(|token| token.subject().unwrap().to_owned()).collect()
    };
    assert_eq!(told(provider.take_logout_requests()), ["alice"]);
    assert!(!is_signed_in(&of_alice, "alice") && is_signed_in(&of_bob, "bob"));
    provider.sign_out();
    assert_eq!(told(provider.take_logout_requests()), ["bob"]);
    assert!(!is_signed_in(&of_bob, "bob"));
}

#[test]
fn a_form_that_another_site_posts_ends_the_session_that_its_hint_is_of() {
    let provider = provider(Client::default().backchannel_logout_uri(BACK));
    let hand = Hand::new(&provider);
    let tokens = hand.sign_in(SCOPE, &[]).unwrap();
    let post = |form: String| {
        let request = http::Request::post(provider.address(Endpoint::EndSession).unwrap());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        provider.handle(&request.body(form.into_bytes()).unwrap()).status()
    };
    assert_eq!(post(format!("client_id={}", Client::DEFAULT_ID)), 200);
    assert!(provider.take_logout_requests().is_empty(), "whose session?");
    let hint = tokens.id_token().unwrap().expose();
    assert_eq!(post(format!("id_token_hint={hint}")), 200);
    assert_eq!(provider.take_logout_requests().len(), 1);
}

#[test]
fn a_browser_is_known_by_a_cookie_that_no_script_reads() {
    let provider = FakeProvider::new(Profile::OPENID);
    let hand = Hand::new(&provider);
    let url = hand.authorization_url(ResponseType::Code, None, SCOPE, &[]);
    let cookie = |brought: Option<&str>, url: &str| {
        let mut request = http::Request::get(url);
        if let Some(brought) = brought {
            request = request.header("cookie", format!("other=1; {brought}"));
        }
        let answer = provider.handle(&request.body(vec![]).unwrap());
        answer.headers().get("set-cookie").map(|it| it.to_str().unwrap().to_owned())
    };
    let given = cookie(None, &url).unwrap();
    let (pair, attributes) = given.split_once(';').unwrap();
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(cookie(Some(pair), &url), None, "the session goes on");
    assert_ne!(cookie(None, &url).unwrap(), given);
    let end = provider.address(Endpoint::EndSession).unwrap();
    assert!(cookie(Some(pair), &end).unwrap().ends_with("; Max-Age=0"));
    assert_ne!(cookie(Some(pair), &url).unwrap(), given, "another session begins");
}

#[test]
fn the_state_comes_back_changed_or_not_at_all() {
    let provider = FakeProvider::new(Profile::OPENID);
    provider
        .on(Endpoint::EndSession)
        .once(Fault::PostLogoutStateMismatch)
        .once(Fault::PostLogoutStateMissing);
    let urls = [(); 3].map(|()| signed_out(&provider).url().to_owned());
    let [mismatch, missing, honest] = urls;
    assert_eq!(mismatch, format!("{BYE}?state=s_INVALID"));
    assert_eq!(missing, BYE);
    assert_eq!(honest, format!("{BYE}?state=s"));
}

#[test]
fn a_served_provider_posts_to_this_machine_and_to_no_other() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = format!("http://{}/back-channel", listener.local_addr().unwrap());
    let receiving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = vec![0; 64 * 1024];
        let count = stream.read(&mut bytes).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\ncache-control: no-store\r\n\r\n").unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    });
    let far = Client::public("far").redirect_uri(Client::DEFAULT_REDIRECT_URI);
    let provider = FakeProvider::builder(Profile::OPENID)
        .client(Client::default().backchannel_logout_uri(&near))
        .client(far.backchannel_logout_uri(BACK))
        .build();
    let _server = provider.serve().unwrap();
    let hand = Hand::new(&provider);
    hand.sign_in(SCOPE, &[]).unwrap();
    let far = hand.authorization_url(ResponseType::Code, None, SCOPE, &[]);
    provider.browse(&far.replace(Client::DEFAULT_ID, "far"));
    provider.sign_out();
    assert!(receiving.join().unwrap().starts_with("POST /back-channel HTTP/1.1\r\n"));
    let [answer] = provider.logout_answers().try_into().unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["cache-control"]),
        (204, &"no-store".parse().unwrap())
    );
    let [waiting] = provider.take_logout_requests().try_into().unwrap();
    assert_eq!(waiting.uri(), BACK);
}
