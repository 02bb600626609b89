//! The client as the provider knows it: its identifier and how it authenticates (RFC 6749 §2).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use crate::form::{FormWriter, encode};
use crate::http::{Endpoint, HttpRequest, post_form};
use crate::secret::ClientSecret;
use crate::url::EndpointUrl;

/// A registered client: identifier and authentication.
///
/// ```
/// use tegata_core::client::{Client, ClientAuthentication};
/// use tegata_core::secret::ClientSecret;
///
/// let secret = ClientSecret::new("7Fjfp0ZBr1KtDRbnfVdmIw");
/// let client = Client::new("s6BhdRkqt3", ClientAuthentication::Basic(secret));
/// assert_eq!(client.id(), "s6BhdRkqt3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    id: String,
    authentication: ClientAuthentication,
    basic_encoding: BasicEncoding,
}

/// How a client authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `client_secret_basic`: in the `Authorization` header. RFC 6749 §2.3.1 prefers it.
    Basic(ClientSecret),
    /// `none`: a public client names itself and proves nothing; PKCE protects it.
    None,
    /// `client_secret_post`: in the form.
    Post(ClientSecret),
}

/// How the two halves of `client_secret_basic` are written before base64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasicEncoding {
    /// Form-urlencoded, as RFC 6749 §2.3.1 says.
    #[default]
    FormUrlencoded,
    /// As they are: for servers that do not decode. Only a secret with special characters differs.
    Raw,
}

impl Client {
    /// A client with the given identifier.
    #[must_use]
    pub fn new(id: impl Into<String>, authentication: ClientAuthentication) -> Self {
        Self { id: id.into(), authentication, basic_encoding: BasicEncoding::default() }
    }

    /// The same client, for a server that reads `client_secret_basic` in another way.
    #[must_use]
    pub const fn with_basic_encoding(mut self, encoding: BasicEncoding) -> Self {
        self.basic_encoding = encoding;
        self
    }

    /// The client identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How it authenticates.
    #[must_use]
    pub const fn authentication(&self) -> &ClientAuthentication {
        &self.authentication
    }

    /// The client's secret, when it has one: the key of symmetric ID tokens.
    #[must_use]
    pub const fn secret(&self) -> Option<&ClientSecret> {
        match &self.authentication {
            ClientAuthentication::Basic(secret) | ClientAuthentication::Post(secret) => {
                Some(secret)
            }
            ClientAuthentication::None => None,
        }
    }

    /// A request to `url` with `form` and this client's authentication.
    #[must_use]
    pub fn post(&self, endpoint: Endpoint, url: &EndpointUrl, mut form: FormWriter) -> HttpRequest {
        match &self.authentication {
            ClientAuthentication::Basic(secret) => {
                let mut request = post_form(endpoint, url, form.finish());
                request.headers_mut().insert(AUTHORIZATION, self.basic(secret));
                return request;
            }
            ClientAuthentication::None => form.append("client_id", &self.id),
            ClientAuthentication::Post(secret) => {
                form.append("client_id", &self.id).append("client_secret", secret.expose())
            }
        };
        post_form(endpoint, url, form.finish())
    }

    fn basic(&self, secret: &ClientSecret) -> HeaderValue {
        let mut pair = Zeroizing::new(String::new());
        match self.basic_encoding {
            BasicEncoding::FormUrlencoded => {
                pair.extend(encode(&self.id));
                pair.push(':');
                pair.extend(encode(secret.expose()));
            }
            BasicEncoding::Raw => {
                pair.push_str(&self.id);
                pair.push(':');
                pair.push_str(secret.expose());
            }
        }
        let text = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
        // Base64 is always a valid header value.
        let mut value =
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(client: &Client) -> (Option<String>, String) {
        let url = EndpointUrl::new("https://op.example.com/token").unwrap();
        let mut form = FormWriter::new();
        form.append("grant_type", "client_credentials");
        let request = client.post(Endpoint::Token, &url, form);
        let header = request.headers().get(AUTHORIZATION);
        if let Some(value) = header {
            assert!(value.is_sensitive());
        }
        let header = header.map(|value| value.to_str().unwrap().to_owned());
        (header, String::from_utf8(request.into_body()).unwrap())
    }

    #[test]
    fn client_secret_basic_encodes_both_halves_and_keeps_the_body_clean() {
        let secret = ClientSecret::new("p:%s +é");
        let client = Client::new("a:b", ClientAuthentication::Basic(secret));
        let (header, body) = sent(&client);
        let pair = BASE64_STANDARD.decode(header.unwrap().strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(pair, b"a%3Ab:p%3A%25s+%2B%C3%A9");
        assert_eq!(body, "grant_type=client_credentials");
        let (header, _) = sent(&client.with_basic_encoding(BasicEncoding::Raw));
        let pair = BASE64_STANDARD.decode(header.unwrap().strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(pair, "a:b:p:%s +é".as_bytes());
    }

    #[test]
    fn client_secret_post_and_none_put_the_client_into_the_body() {
        let secret = ClientSecret::new("s&");
        let (header, body) = sent(&Client::new("id", ClientAuthentication::Post(secret)));
        assert_eq!(header, None);
        assert_eq!(body, "grant_type=client_credentials&client_id=id&client_secret=s%26");
        let (_, body) = sent(&Client::new("id", ClientAuthentication::None));
        assert_eq!(body, "grant_type=client_credentials&client_id=id");
    }
}
