//! The clients and users that the provider knows.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{Faults, SigningAlgorithm};

/// Encrypts a content for one client, which is a signed token or is none. `None`: it shall not be
/// encrypted this time.
pub(crate) type Encrypt = Arc<dyn Fn(&str, bool, &Faults) -> Option<String> + Send + Sync>;

/// A client as it is registered with the provider.
///
/// ```
/// use tegata_testkit::Client;
///
/// let web = Client::confidential("shop", "s3cret").redirect_uri("https://shop.example/callback");
/// let native = Client::public("app").redirect_uri("http://127.0.0.1/callback");
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) backchannel_logout_uri: Option<String>,
    pub(crate) frontchannel_logout_uri: Option<String>,
    pub(crate) frontchannel_logout_session_required: bool,
    pub(crate) userinfo_signing: Option<SigningAlgorithm>,
    pub(crate) encrypt_id_token: Option<Encrypt>,
    pub(crate) encrypt_userinfo: Option<Encrypt>,
}

impl Client {
    /// The identifier of the client that every fake provider knows.
    pub const DEFAULT_ID: &'static str = "test-client";
    /// Its secret.
    pub const DEFAULT_SECRET: &'static str = "test-secret-with-at-least-32-bytes";
    /// Its redirect URI. [`Client::LOOPBACK_REDIRECT_URI`] is registered too.
    pub const DEFAULT_REDIRECT_URI: &'static str = "https://app.example.com/callback";
    /// A redirect URI on this machine, good with every port (RFC 8252 §7.3).
    pub const LOOPBACK_REDIRECT_URI: &'static str = "http://127.0.0.1/callback";
    /// The identifier of [`Client::odd`].
    pub const ODD_ID: &'static str = "client_ !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~%41";
    /// Its secret.
    pub const ODD_SECRET: &'static str = "secret_~}|{`_^]\\[@?>=<;:/.-,+*)('&%$#\"! with%20more";

    /// A client with a secret. Both halves may hold any character.
    #[must_use]
    pub fn confidential(id: &str, secret: &str) -> Self {
        Self { secret: Some(secret.to_owned()), ..Self::public(id) }
    }

    /// A client whose identifier and secret hold every character that RFC 6749 App. A allows and
    /// that some encoding somewhere treats in its own way, at [`Client::DEFAULT_REDIRECT_URI`].
    ///
    /// A program that can sign in with it writes both as it should: form-urlencoded in HTTP Basic,
    /// percent-encoded in addresses, as they are in `aud`.
    #[must_use]
    pub fn odd() -> Self {
        Self::confidential(Self::ODD_ID, Self::ODD_SECRET).redirect_uri(Self::DEFAULT_REDIRECT_URI)
    }

    /// A client without a secret.
    #[must_use]
    pub fn public(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            userinfo_signing: None,
            encrypt_id_token: None,
            encrypt_userinfo: None,
        }
    }

    /// Registers a redirect URI. It must match letter for letter, but for the port of a loopback
    /// address that is registered without one (RFC 8252 §7.3).
    #[must_use]
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.push(uri.to_owned());
        self
    }

    /// Registers where the browser may go after signing out. It must match letter for letter.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: &str) -> Self {
        self.post_logout_redirect_uris.push(uri.to_owned());
        self
    }

    /// Registers where logout tokens are posted when a session ends (OpenID Connect Back-Channel
    /// Logout §2.2).
    ///
    /// A provider that is served posts them by itself to an `http` address of this machine, before it
    /// answers the browser, and waits ten seconds for each; every other one stands in
    /// [`FakeProvider::take_logout_requests`].
    ///
    /// [`FakeProvider::take_logout_requests`]: crate::FakeProvider::take_logout_requests
    ///
    /// # Panics
    ///
    /// When `uri` is none.
    #[must_use]
    pub fn backchannel_logout_uri(mut self, uri: &str) -> Self {
        assert!(uri.parse::<http::Uri>().is_ok(), "{uri} is no URI");
        self.backchannel_logout_uri = Some(uri.to_owned());
        self
    }

    /// Registers what is loaded in a frame when a session ends (OpenID Connect Front-Channel Logout
    /// §2).
    #[must_use]
    pub fn frontchannel_logout_uri(mut self, uri: &str) -> Self {
        self.frontchannel_logout_uri = Some(uri.to_owned());
        self
    }

    /// That address is given `iss` and `sid` (`frontchannel_logout_session_required`).
    #[must_use]
    pub const fn frontchannel_logout_session_required(mut self) -> Self {
        self.frontchannel_logout_session_required = true;
        self
    }

    /// Registers `userinfo_signed_response_alg`: UserInfo is signed by an algorithm of its own.
    #[must_use]
    pub const fn userinfo_signed_response_alg(mut self, algorithm: SigningAlgorithm) -> Self {
        self.userinfo_signing = Some(algorithm);
        self
    }

    /// An ID token or a logout token, as the client is to get it.
    pub(crate) fn id_token(&self, signed: String, faults: &Faults) -> String {
        let encrypt = self.encrypt_id_token.as_ref();
        encrypt.and_then(|encrypt| encrypt(&signed, true, faults)).unwrap_or(signed)
    }

    pub(crate) fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|known| known == uri || is_same_but_port(known, uri))
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::confidential(Self::DEFAULT_ID, Self::DEFAULT_SECRET)
            .redirect_uri(Self::DEFAULT_REDIRECT_URI)
            .redirect_uri(Self::LOOPBACK_REDIRECT_URI)
            .post_logout_redirect_uri("https://app.example.com/signed-out")
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("redirect_uris", &self.redirect_uris)
            .finish_non_exhaustive()
    }
}

/// RFC 8252 §7.3: only a loopback address, and only when it is registered without a port.
fn is_same_but_port(known: &str, uri: &str) -> bool {
    let loopback = ["http://127.0.0.1", "http://[::1]"];
    loopback.into_iter().any(|host| {
        let (Some(path), Some(rest)) = (known.strip_prefix(host), uri.strip_prefix(host)) else {
            return false;
        };
        let Some(port_and_path) = rest.strip_prefix(':') else { return false };
        let port = port_and_path.bytes().take_while(u8::is_ascii_digit).count();
        port > 0 && !path.starts_with(':') && port_and_path.get(port..) == Some(path)
    })
}

/// A person who can sign in.
///
/// ```
/// use tegata_testkit::User;
///
/// let carol = User::new("carol").claim("email", "carol@example.com").claim("email_verified", true);
/// ```
#[derive(Clone, Debug)]
pub struct User {
    pub(crate) subject: String,
    pub(crate) claims: Map<String, Value>,
}

impl User {
    /// Somebody of whom nothing is known but the subject identifier.
    #[must_use]
    pub fn new(subject: &str) -> Self {
        Self { subject: subject.to_owned(), claims: Map::new() }
    }

    /// Adds what is known of them; which scope brings it is OpenID Connect Core §5.4.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Whether `hint` is their subject identifier or e-mail address.
    pub(crate) fn is(&self, hint: &str) -> bool {
        let email = self.claims.get("email").and_then(Value::as_str);
        self.subject == hint || email == Some(hint)
    }

    /// The two users that every fake provider knows: `alice`, who signs in when nothing else is
    /// said, and `bob`.
    pub(crate) fn defaults() -> Vec<Self> {
        vec![
            Self::new("alice")
                .claim("name", "Alice Example")
                .claim("given_name", "Alice")
                .claim("family_name", "Example")
                .claim("preferred_username", "alice")
                .claim("picture", "https://images.example.com/alice.png")
                .claim("locale", "en-GB")
                .claim("email", "alice@example.com")
                .claim("email_verified", true)
                .claim("phone_number", "+44 20 7946 0000")
                .claim("phone_number_verified", false)
                .claim("address", json!({ "locality": "London", "country": "GB" })),
            Self::new("bob")
                .claim("name", "Bob 例")
                .claim("email", "bob@example.com")
                .claim("email_verified", false),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_match_letter_for_letter() {
        let client = Client::default();
        assert!(client.may_redirect_to("https://app.example.com/callback"));
        for wrong in [
            "https://app.example.com/callback/",
            "https://app.example.com/callback?x=1",
            "https://APP.example.com/callback",
            "https://app.example.com:443/callback",
            "http://localhost:80/callback",
        ] {
            assert!(!client.may_redirect_to(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_loopback_address_without_a_port_takes_every_port() {
        let client = Client::default();
        assert!(client.may_redirect_to("http://127.0.0.1:49152/callback"));
        assert!(!client.may_redirect_to("http://127.0.0.1:49152/other"));
        assert!(!client.may_redirect_to("http://127.0.0.1:/callback"));
        assert!(!client.may_redirect_to("http://127.0.0.1:1@evil.example/callback"));
        let fixed = Client::public("x").redirect_uri("http://127.0.0.1:8080/callback");
        assert!(!fixed.may_redirect_to("http://127.0.0.1:8081/callback"));
    }
}
