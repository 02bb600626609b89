//! Token requests: authorization code (RFC 6749 §4.1.3), refresh (§6), client credentials (§4.4.2),
//! device code (RFC 8628 §3.4), JWT bearer (RFC 7523 §2.1).

use crate::client::Client;
use crate::form::FormWriter;
use crate::http::{Endpoint, HttpRequest, post_form};
use crate::scope::Scope;
use crate::secret::{AuthorizationCode, CodeVerifier, CompactToken, DeviceCode, RefreshToken};
use crate::url::EndpointUrl;

/// Exchanges a code. `redirect_uri` is the text that the authorization request carried.
///
/// Never send it twice: a server revokes what it issued when a code comes again
/// (RFC 6749 §4.1.2).
#[must_use]
pub fn code(
    client: &Client,
    url: &EndpointUrl,
    code: &AuthorizationCode,
    redirect_uri: &str,
    code_verifier: Option<&CodeVerifier>,
) -> HttpRequest {
    let mut form = grant("authorization_code");
    form.append("code", code.expose()).append("redirect_uri", redirect_uri);
    if let Some(verifier) = code_verifier {
        form.append("code_verifier", verifier.expose());
    }
    client.post(Endpoint::Token, url, form)
}

/// What to buy with a refresh token. All but the token is `None` at first: what was granted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Refresh<'a> {
    /// What it is bought with.
    pub refresh_token: &'a RefreshToken,
    /// Narrows the access token.
    pub scope: Option<&'a Scope>,
    /// The API that the access token is for (RFC 8707 §2.2).
    pub resource: Option<&'a str>,
    /// For a server that documents it here too, where RFC 6749 §6 does not.
    pub redirect_uri: Option<&'a str>,
}

impl<'a> Refresh<'a> {
    /// An access token as it was granted.
    #[must_use]
    pub const fn new(refresh_token: &'a RefreshToken) -> Self {
        Self { refresh_token, scope: None, resource: None, redirect_uri: None }
    }
}

/// Buys a new access token.
///
/// With a server that rotates refresh tokens, sending one twice can end the grant
/// (RFC 9700 §4.14.2).
#[must_use]
pub fn refresh(client: &Client, url: &EndpointUrl, refresh: &Refresh<'_>) -> HttpRequest {
    let mut form = grant("refresh_token");
    form.append("refresh_token", refresh.refresh_token.expose());
    if let Some(scope) = refresh.scope {
        form.append("scope", &scope.to_string());
    }
    if let Some(resource) = refresh.resource {
        form.append("resource", resource);
    }
    if let Some(redirect_uri) = refresh.redirect_uri {
        form.append("redirect_uri", redirect_uri);
    }
    client.post(Endpoint::Token, url, form)
}

/// Asks for an access token of the client itself, with no user.
#[must_use]
pub fn client_credentials(client: &Client, url: &EndpointUrl, scope: &Scope) -> HttpRequest {
    let mut form = grant("client_credentials");
    if !scope.is_empty() {
        form.append("scope", &scope.to_string());
    }
    client.post(Endpoint::Token, url, form)
}

/// Asks whether the user has answered at the other device (RFC 8628 §3.4): not more often than the
/// server allows.
#[must_use]
pub fn device_code(client: &Client, url: &EndpointUrl, device_code: &DeviceCode) -> HttpRequest {
    let mut form = grant("urn:ietf:params:oauth:grant-type:device_code");
    form.append("device_code", device_code.expose());
    client.post(Endpoint::Token, url, form)
}

/// Exchanges a signed assertion for an access token (RFC 7523 §2.1). `None` for the client: the
/// assertion alone says who asks, as with a service account of Google.
#[must_use]
pub fn jwt_bearer(
    client: Option<&Client>,
    url: &EndpointUrl,
    assertion: &CompactToken,
    scope: Option<&Scope>,
) -> HttpRequest {
    let mut form = grant("urn:ietf:params:oauth:grant-type:jwt-bearer");
    form.append("assertion", assertion.expose());
    if let Some(scope) = scope {
        form.append("scope", &scope.to_string());
    }
    match client {
        Some(client) => client.post(Endpoint::Token, url, form),
        None => post_form(Endpoint::Token, url, form.finish()),
    }
}

fn grant(grant_type: &str) -> FormWriter {
    let mut form = FormWriter::new();
    form.append("grant_type", grant_type);
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientAuthentication;

    fn body(request: HttpRequest) -> String {
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        String::from_utf8(request.into_body()).unwrap()
    }

    #[test]
    fn each_grant_writes_its_parameters() {
        let client = Client::new("id", ClientAuthentication::None);
        let url = EndpointUrl::new("https://op.example.com/token").unwrap();
        let verifier = CodeVerifier::new("v");
        let request = code(
            &client,
            &url,
            &AuthorizationCode::new("4/P7q7"),
            "https://app.example.com/cb",
            Some(&verifier),
        );
        assert_eq!(
            body(request),
            "grant_type=authorization_code&code=4%2FP7q7\
             &redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&code_verifier=v&client_id=id"
        );
        let scope = Scope::parse("a b").unwrap();
        let refresh_token = RefreshToken::new("r");
        let mut wanted = Refresh::new(&refresh_token);
        let request = refresh(&client, &url, &wanted);
        assert_eq!(body(request), "grant_type=refresh_token&refresh_token=r&client_id=id");
        wanted.scope = Some(&scope);
        wanted.resource = Some("urn:x");
        wanted.redirect_uri = Some("a:b");
        assert_eq!(
            body(refresh(&client, &url, &wanted)),
            "grant_type=refresh_token&refresh_token=r&scope=a+b&resource=urn%3Ax\
             &redirect_uri=a%3Ab&client_id=id"
        );
        let request = client_credentials(&client, &url, &Scope::empty());
        assert_eq!(body(request), "grant_type=client_credentials&client_id=id");
        assert_eq!(
            body(device_code(&client, &url, &DeviceCode::new("d/1"))),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d%2F1\
             &client_id=id"
        );
        let assertion = CompactToken::new("h.p.s");
        assert_eq!(
            body(jwt_bearer(None, &url, &assertion, Some(&scope))),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=h.p.s\
             &scope=a+b"
        );
        assert!(body(jwt_bearer(Some(&client), &url, &assertion, None)).ends_with("&client_id=id"));
    }
}
