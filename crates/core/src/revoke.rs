//! Token revocation (RFC 7009): take a token away.

use crate::client::Client;
use crate::error::{Error, ErrorCode};
use crate::form::FormWriter;
use crate::http::{Endpoint, HttpRequest, HttpResponse};
use crate::secret::{AccessToken, RefreshToken};
use crate::time::UnixTime;
use crate::token::refusal;
use crate::tolerance::Tolerance;
use crate::url::EndpointUrl;

/// The token to take away.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Revocable<'a> {
    /// An access token. With Google its refresh token goes along.
    Access(&'a AccessToken),
    /// A refresh token: the whole grant (RFC 7009 §2.1).
    Refresh(&'a RefreshToken),
}

/// How a revocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revoked {
    /// The server accepted it. RFC 7009 §2.2 says so for unknown tokens too.
    Accepted,
    /// The server says that the token was dead already (Google).
    AlreadyInvalid,
}

/// A revocation request.
#[must_use]
pub fn request(client: &Client, url: &EndpointUrl, token: Revocable<'_>) -> HttpRequest {
    let (text, hint) = match token {
        Revocable::Access(token) => (token.expose(), "access_token"),
        Revocable::Refresh(token) => (token.expose(), "refresh_token"),
    };
    let mut form = FormWriter::new();
    form.append("token", text).append("token_type_hint", hint);
    client.post(Endpoint::Revocation, url, form)
}

/// Reads the answer to a revocation request.
///
/// # Errors
///
/// [`Error::Refused`]; with 503, take it that the token lives on (RFC 7009 §2.2.1).
pub fn read(
    response: &HttpResponse,
    tolerance: &Tolerance,
    now: UnixTime,
) -> Result<Revoked, Error> {
    if response.status() == 200 {
        return Ok(Revoked::Accepted);
    }
    let error = refusal(Endpoint::Revocation, response, tolerance, now);
    if tolerance.revocation_of_unknown_refused && error.code() == Some(&ErrorCode::InvalidToken) {
        return Ok(Revoked::AlreadyInvalid);
    }
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientAuthentication;

    fn read_as(status: u16, body: &str, tolerance: Tolerance) -> Result<Revoked, Error> {
        let response = ::http::Response::builder().status(status);
        let response = response.header("content-type", "application/json");
        let response = response.body(body.as_bytes().to_vec()).unwrap();
        read(&response, &tolerance, UnixTime::from_seconds(0))
    }

    #[test]
    fn names_the_kind_of_token() {
        let client = Client::new("id", ClientAuthentication::None);
        let url = EndpointUrl::new("https://op.example.com/revoke").unwrap();
        let request = request(&client, &url, Revocable::Refresh(&RefreshToken::new("r")));
        assert_eq!(request.body(), b"token=r&token_type_hint=refresh_token&client_id=id");
    }

    #[test]
    fn a_dead_token_is_an_answer_only_where_the_preset_says_so() {
        let body = r#"{"error":"invalid_token"}"#;
        let google = Tolerance { revocation_of_unknown_refused: true, ..Tolerance::NONE };
        assert_eq!(read_as(400, body, google).unwrap(), Revoked::AlreadyInvalid);
        assert!(read_as(400, body, Tolerance::NONE).is_err());
        assert_eq!(read_as(200, "", Tolerance::NONE).unwrap(), Revoked::Accepted);
        assert_eq!(read_as(503, "", google).unwrap_err().status(), Some(503));
    }
}
