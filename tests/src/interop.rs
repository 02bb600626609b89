//! The providers of `tests/interop`: where they are, who their clients are, and a browser that walks
//! through their pages.

#![expect(clippy::indexing_slicing, reason = "a test without its provider's data cannot go on")]
#![expect(clippy::panic, reason = "a test without its provider's pages cannot go on")]
#![expect(clippy::unwrap_used, reason = "a test without its provider's data cannot go on")]

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::io::Write as _;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
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
use tegata_oidc::config::KeySource;
use tegata_oidc::decryption::{
    ContentEncryption, Decryption, DecryptionKey, Encryption, KeyManagement,
};
use tegata_oidc::profile::Profile;
use url::Url;

/// What the provider printed when it was ready.
#[derive(Debug)]
pub struct Provider(Value);

impl Provider {
    /// The certified provider that `cargo xtask interop` started; `None` after saying so aloud.
    #[must_use]
    pub fn started() -> Option<Self> {
        static SAID: Once = Once::new();
        Self::printed("TEGATA_INTEROP", &SAID)
    }

    /// The second provider, by another author in another language, in the same way.
    #[must_use]
    pub fn second() -> Option<Self> {
        static SAID: Once = Once::new();
        Self::printed("TEGATA_INTEROP_SECOND", &SAID)
    }

    fn printed(variable: &str, said: &Once) -> Option<Self> {
        let Ok(line) = env::var(variable) else {
            // Written past the test harness, which hides what a passing test prints.
            said.call_once(|| {
                let how = "run it by `cargo xtask interop`";
                let _ = writeln!(std::io::stderr(), "SKIPPED: {variable} is not set: {how}");
            });
            return None;
        };
        Some(Self(serde_json::from_str(&line).unwrap()))
    }

    /// The provider, over http.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0["issuer"].as_str().unwrap()
    }

    /// The same provider over http and, if it has that, over https.
    #[must_use]
    pub fn issuers(&self) -> Vec<&str> {
        let urls = ["issuer", "secure_issuer"].into_iter().filter_map(|name| self.0[name].as_str());
        urls.collect()
    }

    /// An issuer of the certified provider whose keys nobody else rotates.
    #[must_use]
    pub fn rotating_issuer(&self) -> &str {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let issuers = &self.0["rotating_issuers"];
        issuers[NEXT.fetch_add(1, Ordering::SeqCst)].as_str().unwrap()
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
        let config = Config::new(Issuer::new(issuer).unwrap(), Profile::OPENID, registered);
        let keys =
            if algorithm.is_symmetric() { KeySource::ClientSecret } else { KeySource::Discovered };
        let config = match at("userinfo_signed_response_alg").and_then(Algorithm::parse) {
            Some(algorithm) => config.with_signed_user_info(AllowedAlgorithms::of(&[algorithm])),
            None => config,
        };
        let config = match self.decryption(client) {
            Some(decryption) => config.with_decryption(decryption),
            None => config,
        };
        config
            .with_keys(keys)
            .with_id_token_rules(|rules| rules.with_algorithms(AllowedAlgorithms::of(&[algorithm])))
            .with_redirect_uri(redirect_uri)
            .unwrap()
    }

    /// What the client registered to get encrypted.
    fn decryption(&self, client: &str) -> Option<Decryption> {
        let registered = &self.0["clients"][client];
        let agreed = |kind: &str| {
            let at =
                |member: &str| registered[format!("{kind}_encrypted_response_{member}")].as_str();
            let key = KeyManagement::parse(at("alg")?)?;
            Some(Encryption::new(key, ContentEncryption::parse(at("enc")?)?))
        };
        let id_tokens = agreed("id_token")?;
        let key = if registered["jwks"].is_null() {
            let secret = ClientSecret::new(registered["client_secret"].as_str()?);
            DecryptionKey::from_client_secret(&secret, id_tokens)
        } else {
            DecryptionKey::from_jwk(self.0["decryption_key"].to_string().as_bytes())
        };
        let decryption = Decryption::new([key.unwrap()]).with_id_tokens(id_tokens);
        Some(match agreed("userinfo") {
            Some(user_info) => decryption.with_user_info(user_info),
            None => decryption,
        })
    }

    /// The same provider, as a client that has got its secret wrong knows it.
    #[must_use]
    pub fn with_wrong_secret(mut self, client: &str) -> Self {
        self.0["clients"][client]["client_secret"] = "wrong".into();
        self
    }

    /// The same provider, as a client that does not know what it registered to get encrypted.
    #[must_use]
    pub fn without_encryption(mut self, client: &str) -> Self {
        self.0["clients"][client]["id_token_encrypted_response_alg"] = Value::Null;
        self
    }

    /// Options for a transport that reaches both ports and trusts the certificate authority.
    #[must_use]
    pub fn transport_options(&self) -> TransportOptions {
        let options = TransportOptions::new().allow_loopback_http();
        match self.0["ca"].as_str() {
            Some(ca) => options.add_root_certificate(ca),
            None => options,
        }
    }
}

/// A person's browser: it keeps cookies, follows redirects, and clicks through every page.
pub struct Browser<'s> {
    cookies: BTreeMap<String, String>,
    send: Box<dyn Fn(HttpRequest) -> HttpResponse + 's>,
}

impl<'s> Browser<'s> {
    /// A browser without cookies, that sends by `send`.
    pub fn new(send: impl Fn(HttpRequest) -> HttpResponse + 's) -> Self {
        Self { cookies: BTreeMap::new(), send: Box::new(send) }
    }

    /// Opens `url` and clicks on until the provider sends the browser back to the client.
    ///
    /// # Panics
    ///
    /// When the provider shows a page that nobody can click through.
    pub fn sign_in(&mut self, url: Url, redirect_uri: &str) -> Callback {
        match self.walk(url, redirect_uri) {
            Arrival::At(url) => Callback::from_url(url.as_str()).unwrap(),
            Arrival::Posting(form) => Callback::from_form_post(form.as_bytes()).unwrap(),
        }
    }

    /// Opens the logout `url`, confirms, and returns where the provider sends the browser.
    ///
    /// # Panics
    ///
    /// As [`Browser::sign_in`].
    pub fn sign_out(&mut self, url: Url, return_to: &str) -> Url {
        match self.walk(url, return_to) {
            Arrival::At(url) => url,
            Arrival::Posting(_) => panic!("a form is posted after signing out"),
        }
    }

    /// One page, whatever it is.
    ///
    /// # Panics
    ///
    /// When it cannot be had.
    pub fn open(&mut self, url: &Url) -> HttpResponse {
        self.visit(url, None)
    }

    fn walk(&mut self, mut url: Url, end: &str) -> Arrival {
        let mut form = None;
        for _ in 0..MAX_STEPS {
            if url.as_str().starts_with(end) {
                return Arrival::At(url);
            }
            let response = self.visit(&url, form.take());
            if let Some(location) = response.headers().get(LOCATION) {
                url = url.join(location.to_str().unwrap()).unwrap();
                continue;
            }
            let page = String::from_utf8_lossy(response.body());
            let next = Page::read(&page, &url);
            if next.action.as_str().starts_with(end) {
                return Arrival::Posting(next.form);
            }
            (url, form) = (next.action, Some(next.form));
        }
        panic!("the provider redirects without end");
    }

    fn visit(&mut self, url: &Url, form: Option<String>) -> HttpResponse {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let method = if form.is_some() { http::Method::POST } else { http::Method::GET };
        let request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(COOKIE, cookies)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(Endpoint::Authorization)
            .body(form.unwrap_or_default().into_bytes())
            .unwrap();
        let response = (self.send)(request);
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

impl fmt::Debug for Browser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("cookies", &self.cookies.keys()).finish_non_exhaustive()
    }
}

/// How the provider sends the browser back.
enum Arrival {
    At(Url),
    Posting(String),
}

/// The first form of a page, as it is sent by its first button.
struct Page {
    action: Url,
    form: String,
}

impl Page {
    fn read(page: &str, at: &Url) -> Self {
        let tags = |name: &'static str| page.split('<').filter(move |tag| tag.starts_with(name));
        let form = tags("form ").next().unwrap_or_else(|| panic!("no form to send: {page}"));
        let action = attribute(form, "action");
        let action = action.map_or_else(|| at.clone(), |text| at.join(&text).unwrap());
        let mut writer = FormWriter::new();
        let hidden = tags("input ").filter(|tag| tag.contains("type=\"hidden\""));
        // The one user of either provider may be on a button; so is the wish to sign out.
        let buttons = tags("button ")
            .filter(|tag| tag.contains("name=\"sub\"") || tag.contains("name=\"logout\""));
        for tag in hidden.chain(buttons.take(1)) {
            let value = attribute(tag, "value").unwrap_or_default();
            writer.append(&attribute(tag, "name").unwrap(), &value);
        }
        Self { action, form: writer.finish() }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&#39;", "'").replace("&amp;", "&"))
}

/// Login, consent, and back: a provider needs six redirects.
const MAX_STEPS: u8 = 12;
