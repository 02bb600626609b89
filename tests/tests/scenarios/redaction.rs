//! The canary: no secret of a whole run stands in anything that a program might log.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use http::header::{AUTHORIZATION, LOCATION};
use serde_json::Value;
use tegata_core::Error;
use tegata_core::authorize::ResponseType;
use tegata_core::http::HttpResponse;
use tegata_core::time::Clock as _;
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::sign_in::{CookieKey, PendingSignIn};
use tegata_testkit::profile::{Profile, RefreshPolicy};
use tegata_testkit::{Client, Decision, Endpoint as At, FakeProvider, Fault as Fake};
use tegata_tests::fake;
use tegata_tests::requests::shown;

use super::backend;
use super::stage::{request, tokens};

/// Parameters and members whose values are secret, wherever they stand.
const SECRET: [&str; 9] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "nonce",
    "refresh_token",
    "state",
    "token",
];

/// What must not be shown, and what was shown.
#[derive(Default)]
struct Watch {
    secrets: BTreeSet<String>,
    shown: Vec<String>,
}

impl Watch {
    fn show(&mut self, value: &dyn Debug) {
        self.shown.push(format!("{value:?} {value:#?}"));
    }

    fn meet<T>(&mut self, result: Result<T, Error>) {
        let error = result.err().expect("this was to fail");
        self.shown.push(shown(&error));
    }

    /// The secret ones among the parameters of a query, a fragment or a form.
    fn learn_form(&mut self, text: &str) {
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        let secret = pairs.filter(|(name, _)| SECRET.contains(&name.as_ref()));
        self.secrets.extend(secret.map(|(_, value)| value.into_owned()));
    }

    fn learn_answer(&mut self, response: &HttpResponse) {
        let json: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let members = SECRET.iter().filter_map(|name| json.get(name)?.as_str());
        self.secrets.extend(members.map(str::to_owned));
        if let Some(location) = response.headers().get(LOCATION) {
            let location = location.to_str().unwrap();
            self.learn_form(location.split(['?', '#']).nth(1).unwrap_or_default());
        }
    }

    fn learn_requests(&mut self, provider: &FakeProvider) {
        for seen in provider.requests() {
            let request = seen.request();
            self.learn_form(request.uri().query().unwrap_or_default());
            self.learn_form(std::str::from_utf8(request.body()).unwrap());
            if let Some(header) = request.headers().get(AUTHORIZATION) {
                let (_, credentials) = header.to_str().unwrap().split_once(' ').unwrap();
                self.secrets.insert(credentials.to_owned());
            }
        }
    }
}

/// One run through everything; `faults` are met one after the other in sign-ins of their own.
fn run(profile: Profile, kind: ResponseType) -> Watch {
    let provider = fake::provider(profile);
    let mut watch = Watch::default();
    let answers: Arc<Mutex<Vec<HttpResponse>>> = Arc::default();
    let (transport, log) = (provider.transport(), Arc::clone(&answers));
    let transport = move |request| {
        let response = transport(request)?;
        log.lock().unwrap().push(response.clone());
        Ok(response)
    };
    let config = fake::config(&provider).unwrap();
    watch.show(&config);
    let client = backend::client_through(config, provider.clock(), transport).unwrap();
    let cookie_key = CookieKey::new(*b"cookie-key-canary-cookie-key-can");
    watch.secrets.insert("cookie-key-canary".to_owned());
    watch.secrets.insert(Client::DEFAULT_SECRET.to_owned());
    watch.show(&cookie_key);

    let start = |watch: &mut Watch| {
        let request = request().response_type(kind).offline().return_to("/inbox");
        watch.show(&request);
        let (url, pending) = client.start(request).unwrap();
        watch.show(&pending);
        let landing = provider.browse(url.as_str());
        watch.show(&landing);
        let (_, answer) = landing.url().split_once(['?', '#']).unwrap_or_default();
        watch.learn_form(answer);
        let callback = landing.callback();
        if let Ok(callback) = &callback {
            watch.show(callback);
        }
        (pending, callback)
    };

    let (pending, callback) = start(&mut watch);
    let cookie = pending.seal(&cookie_key).unwrap();
    watch.secrets.insert(cookie.clone());
    let now = provider.clock().now();
    let open = |text: &str| PendingSignIn::open(&cookie_key, text, now);
    watch.meet(open(&cookie[1..]));
    let callback = callback.unwrap();
    let signed_in = client.finish(open(&cookie).unwrap(), callback.clone()).unwrap();
    let (tokens, first) = (tokens(&signed_in), signed_in.claims().as_first());
    watch.show(&signed_in);
    watch.show(signed_in.claims());
    watch.show(tokens);
    watch.show(&first);
    let info = client.user_info(tokens, signed_in.claims()).unwrap();
    watch.show(&info);
    let refreshed = client.refresh(tokens, Some(&first)).unwrap();
    watch.show(&refreshed);
    watch.show(&LogoutRequest::new().id_token_hint(signed_in.claims()));
    watch.meet(client.finish(open(&cookie).unwrap(), callback));

    for (at, fault) in [
        (At::Authorization, Fake::CallbackStateMismatch),
        (At::Authorization, Fake::CallbackStateDuplicate),
        (At::Authorization, Fake::CallbackErrorAdded),
        (At::Token, Fake::AccessTokenMissing),
        (At::Token, Fake::BodyTruncated),
        (At::Token, Fake::ContentTypeWrong),
        (At::Token, Fake::NonceInvalid),
        (At::Token, Fake::SignatureInvalid),
        (At::Token, Fake::TokenResponseDuplicate),
        (At::Token, Fake::TokenTypeUnknown),
        (At::Token, Fake::Unavailable),
    ] {
        let _ = provider.on(at).once(fault);
        let (pending, callback) = start(&mut watch);
        watch.meet(callback.and_then(|callback| client.finish(pending, callback)));
    }
    provider.consent(Decision::decline());
    let (pending, callback) = start(&mut watch);
    watch.meet(callback.and_then(|callback| client.finish(pending, callback)));

    provider.clock().advance(std::time::Duration::from_secs(3600));
    watch.meet(client.user_info(refreshed.tokens(), signed_in.claims()));
    let _ = client.revoke(refreshed.tokens());
    watch.show(&client);
    watch.learn_requests(&provider);
    for answer in answers.lock().unwrap().iter() {
        watch.learn_answer(answer);
    }
    watch
}

#[test]
fn no_secret_of_a_whole_run_is_shown() {
    let mut rotating = Profile::OPENID;
    rotating.refresh_policy = RefreshPolicy::Rotate;
    for profile in Profile::ALL.into_iter().chain([rotating]) {
        for kind in [ResponseType::Code, ResponseType::CodeIdTokenToken] {
            let watch = run(profile.clone(), kind);
            // Of every kind of secret there were several: the watch has eyes.
            assert!(watch.secrets.len() > 40, "{} {:?}", profile.name, watch.secrets);
            for shown in &watch.shown {
                for secret in &watch.secrets {
                    assert!(
                        !shown.contains(secret.as_str()),
                        "{}: {secret} in {shown}",
                        profile.name
                    );
                }
            }
        }
    }
}
