//! One request on its way through the provider: what it says, who sent it, what is remembered.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use tegata_core::form::Form;
use tegata_core::http::HttpRequest;
use tegata_core::time::UnixTime;

use super::answer::Refusal;
use super::state::{Settings, State};
use crate::Client;
use crate::fault::Faults;

/// Everything that an endpoint needs to answer.
pub(crate) struct Exchange<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a HttpRequest,
    pub(crate) now: UnixTime,
    /// What the browser is known by, when somebody is signed in there.
    pub(crate) cookie: Option<String>,
    /// What is to go wrong in this answer.
    pub(crate) faults: Faults,
}

/// The parameters of a request, each at most once.
pub(crate) type Parameters = Vec<(String, String)>;

impl Exchange<'_> {
    /// The parameters of the query (GET) or of the form (POST).
    pub(crate) fn parameters(&self) -> Result<Parameters, Refusal> {
        if self.request.method() == Method::GET {
            return read(self.request.uri().query().unwrap_or_default());
        }
        self.form()
    }

    /// The parameters of a POSTed form.
    pub(crate) fn form(&self) -> Result<Parameters, Refusal> {
        if self.request.method() != Method::POST {
            let refusal = Refusal::new("invalid_request", "only POST is allowed here");
            return Err(refusal.with_status(StatusCode::METHOD_NOT_ALLOWED));
        }
        let content_type = self.request.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::new("invalid_request", "the body is no form"));
        }
        let text = std::str::from_utf8(self.request.body());
        read(text.map_err(|_| Refusal::new("invalid_request", "the body is not UTF-8"))?)
    }

    /// The client that sent this form, authenticated (RFC 6749 §2.3.1, OpenID Connect Core §9).
    pub(crate) fn client(&self, form: &Parameters) -> Result<&Client, Refusal> {
        let basic = self.authorization("Basic").map(|text| read_basic(&text));
        let (in_body, secret) = (get(form, "client_id"), get(form, "client_secret"));
        let (id, secret) = match (basic, in_body, secret) {
            (None, Some(id), secret) => (id.to_owned(), secret.map(str::to_owned)),
            (Some(Some((id, secret))), named, None) if named.is_none_or(|named| named == id) => {
                (id, Some(secret))
            }
            (Some(None), _, _) => return Err(invalid_client("the Basic header is unreadable")),
            (Some(_), _, _) => {
                return Err(Refusal::new("invalid_request", "two ways of authentication at once"));
            }
            (None, None, _) => return Err(invalid_client("no client")),
        };
        let known = self.settings.client(&id);
        match known {
            Some(client) if client.secret == secret => Ok(client),
            Some(_) => Err(invalid_client("the client secret is wrong")),
            None => Err(invalid_client("the client is unknown")),
        }
    }

    /// What stands behind `scheme` in the `Authorization` header.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<String> {
        let header = self.request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (found, credentials) = header.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then(|| credentials.trim().to_owned())
    }
}

/// The value of a parameter; an empty one counts as absent (RFC 6749 §3.1).
pub(crate) fn get<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    let found = parameters.iter().find(|(known, value)| known == name && !value.is_empty());
    found.map(|(_, value)| value.as_str())
}

pub(crate) fn read(text: &str) -> Result<Parameters, Refusal> {
    let form = Form::parse(text)
        .map_err(|_| Refusal::new("invalid_request", "a parameter is unreadable or repeated"))?;
    Ok(form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Both halves are form-urlencoded (RFC 6749 §2.3.1), which is what clients forget.
fn read_basic(text: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((decode(id)?, decode(secret)?))
}

fn decode(half: &str) -> Option<String> {
    let encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"*-._+%".contains(&byte);
    if !half.bytes().all(encoded) {
        return None;
    }
    let form = read(&format!("half={half}")).ok()?;
    form.into_iter().next().map(|(_, value)| value)
}

fn invalid_client(description: &'static str) -> Refusal {
    Refusal::new("invalid_client", description)
        .with_status(StatusCode::UNAUTHORIZED)
        .with_challenge("Basic realm=\"client\"")
}
