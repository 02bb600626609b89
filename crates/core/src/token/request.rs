//! Token requests: authorization code (RFC 6749 §4.1.3), refresh (§6), client credentials (§4.4.2).

use crate::client::Client;
use crate::form::FormWriter;
use crate::http::{Endpoint, HttpRequest};
use crate::scope::Scope;
use crate::secret::{AuthorizationCode, CodeVerifier, RefreshToken};
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

/// Buys a new access token. `scope` narrows it; `None` asks for what was granted.
///
/// With a server that rotates refresh tokens, sending one twice can end the grant
/// (RFC 9700 §4.14.2).
#[must_use]
pub fn refresh(
    client: &Client,
    url: &EndpointUrl,
    refresh_token: &RefreshToken,
    scope: Option<&Scope>,
) -> HttpRequest {
    let mut form = grant("refresh_token");
    form.append("refresh_token", refresh_token.expose());
    if let Some(scope) = scope {
        form.append("scope", &scope.to_string());
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
        let request = refresh(&client, &url, &RefreshToken::new("r"), Some(&scope));
        assert_eq!(
            body(request),
            "grant_type=refresh_token&refresh_token=r&scope=a+b&client_id=id"
        );
        let request = client_credentials(&client, &url, &Scope::empty());
        assert_eq!(body(request), "grant_type=client_credentials&client_id=id");
    }
}
