//! The certified provider of `tests/interop`: where it is, who its clients are, and a browser that
//! walks through its pages.

#![expect(clippy::indexing_slicing, reason = "a test without its provider's data cannot go on")]
#![expect(clippy::panic, reason = "a test without its provider's pages cannot go on")]
#![expect(clippy::unwrap_used, reason = "a test without its provider's data cannot go on")]

use std::collections::BTreeMap;
use std::env;
use std::io::Write as _;
use std::sync::Once;

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::Value;
use tegata_core::authorize::Callback;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::form::FormWriter;
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse};
use tegata_core::secret::ClientSecret;
use tegata_core::transport::TransportOptions;
use tegata_core::url::Issuer;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_oidc::Config;
use tegata_oidc::profile::Profile;
use url::Url;

/// What the provider printed when it was ready.
#[derive(Debug)]
pub struct Provider(Value);

impl Provider {
    /// The provider that `cargo xtask interop` started; `None` after saying so aloud.
    #[must_use]
    pub fn started() -> Option<Self> {
        let Ok(line) = env::var("TEGATA_INTEROP") else {
            static SAID: Once = Once::new();
            // Written past the test harness, which hides what a passing test prints.
            SAID.call_once(|| {
                let _ = writeln!(std::io::stderr(), "SKIPPED: run it by `cargo xtask interop`");
            });
            return None;
        };
        Some(Self(serde_json::from_str(&line).unwrap()))
    }

    /// The same provider over http and over https.
    #[must_use]
    pub fn issuers(&self) -> [&str; 2] {
        [self.text("/issuer"), self.text("/secure_issuer")]
    }

    /// A claim of the one user.
    #[must_use]
    pub fn claim(&self, name: &str) -> &Value {
        &self.0["account"][name]
    }

    /// The configuration of the client that the provider knows by this name.
    #[must_use]
    pub fn config(&self, issuer: &str, client: &str) -> Config {
        let at = |member: &str| self.0["clients"][client][member].as_str();
        let secret = || ClientSecret::new(at("client_secret").unwrap());
        let authentication = match at("token_endpoint_auth_method").unwrap() {
            "client_secret_basic" => ClientAuthentication::Basic(secret()),
            "client_secret_post" => ClientAuthentication::Post(secret()),
            _ => ClientAuthentication::None,
        };
        let algorithm = at("id_token_signed_response_alg").unwrap_or("RS256");
        let algorithm = Algorithm::parse(algorithm).unwrap();
        let registered = Client::new(at("client_id").unwrap(), authentication);
        let redirect_uri = self.0["clients"][client]["redirect_uris"][0].as_str().unwrap();
        Config::new(Issuer::new(issuer).unwrap(), Profile::OPENID, registered)
            .with_id_token_rules(|rules| rules.with_algorithms(AllowedAlgorithms::of(&[algorithm])))
            .with_redirect_uri(redirect_uri)
            .unwrap()
    }

    /// The same provider, as a client that has got its secret wrong knows it.
    #[must_use]
    pub fn with_wrong_secret(mut self, client: &str) -> Self {
        self.0["clients"][client]["client_secret"] = "wrong".into();
        self
    }

    /// Options for a transport that reaches both ports and trusts the certificate authority.
    #[must_use]
    pub fn transport_options(&self) -> TransportOptions {
        TransportOptions::new().allow_loopback_http().add_root_certificate(self.text("/ca"))
    }

    fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap()
    }
}

/// Opens `url` as a browser does, with cookies and redirects, until the provider sends it back.
///
/// # Panics
///
/// When the provider shows a page that nobody can click through.
pub fn browse(
    mut url: Url,
    redirect_uri: &str,
    send: impl Fn(HttpRequest) -> HttpResponse,
) -> Callback {
    let mut cookies = BTreeMap::new();
    for _ in 0..MAX_STEPS {
        if url.as_str().starts_with(redirect_uri) {
            return Callback::from_url(url.as_str()).unwrap();
        }
        let response = send(request(&url, &cookies));
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        match response.headers().get(LOCATION) {
            Some(location) => url = url.join(location.to_str().unwrap()).unwrap(),
            None => return form_post(&String::from_utf8_lossy(response.body())),
        }
    }
    panic!("the provider redirects without end");
}

/// A `GET` of a page.
///
/// # Panics
///
/// When the address is none.
#[must_use]
pub fn page(url: &Url) -> HttpRequest {
    request(url, &BTreeMap::new())
}

fn request(url: &Url, cookies: &BTreeMap<String, String>) -> HttpRequest {
    let cookies: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    http::Request::get(url.as_str())
        .header(COOKIE, cookies.join("; "))
        .extension(Endpoint::Authorization)
        .body(Vec::new())
        .unwrap()
}

/// What a browser posts when such a page is loaded: its hidden inputs.
fn form_post(page: &str) -> Callback {
    let mut form = FormWriter::new();
    for input in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        let (value, _) = rest.split_once('"').unwrap();
        form.append(name, &value.replace("&#39;", "'").replace("&amp;", "&"));
    }
    let body = form.finish();
    assert!(!body.is_empty(), "no form to post: {page}");
    Callback::from_form_post(body.as_bytes()).unwrap()
}

/// Login, consent, and back: the provider needs six redirects.
const MAX_STEPS: u8 = 12;
