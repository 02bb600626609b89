//! The end of a session, told to every client that took part in it: by a page that loads their
//! addresses in frames (Front-Channel Logout §3), and by a token that is posted to them
//! (Back-Channel Logout §2.4, §2.5).

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use tegata_core::form::FormWriter;
use tegata_core::http::{HttpRequest, HttpResponse};

use super::answer::{escape, page};
use super::exchange::Exchange;
use super::session::Session;
use crate::keys::{base64url, sha256};
use crate::{Client, misbehave};

/// How long a logout token is good, in seconds.
const LIFETIME: i64 = 120;

/// Tells the clients of a session that it ended. What is to be posted waits in the state; what is to
/// be loaded in frames comes back.
pub(crate) fn tell(exchange: &mut Exchange<'_>, session: &Session) -> Vec<String> {
    let settings = exchange.settings;
    let clients = settings.clients.iter().filter(|client| session.clients.contains(&client.id));
    let mut frames = Vec::new();
    for client in clients {
        if let Some(uri) = &client.backchannel_logout_uri {
            let token = logout_token(exchange, client, session);
            let request = post(uri, &client.id_token(token, &exchange.faults));
            exchange.state.logout_requests.push(request);
        }
        frames.extend(frame(exchange, client, session));
    }
    frames
}

/// A page with `frames`, which goes on to `location` when all of them are loaded.
pub(crate) fn signed_out(frames: &[String], location: Option<&str>) -> HttpResponse {
    let frame = |uri: &String| format!("<iframe src=\"{}\" hidden></iframe>\n", escape(uri));
    let mut content = "<p>You are signed out.</p>\n".to_owned();
    content.extend(frames.iter().map(frame));
    if let Some(location) = location {
        content.push_str(&format!(
            "<p class=\"actions\"><a id=\"continue\" href=\"{}\">Continue</a></p>\n\
             <script>addEventListener('load',()=>document.links[0].click())</script>",
            escape(location)
        ));
    }
    page(StatusCode::OK, "Signed out", &content)
}

fn frame(exchange: &Exchange<'_>, client: &Client, session: &Session) -> Option<String> {
    let uri = client.frontchannel_logout_uri.clone()?;
    if !client.frontchannel_logout_session_required {
        return Some(uri);
    }
    let mut form = FormWriter::new();
    form.append("iss", &exchange.state.issuer(&exchange.settings.profile));
    form.append("sid", &session.id);
    Some(with_query(&uri, form))
}

/// `uri` with more parameters behind its own.
pub(crate) fn with_query(uri: &str, form: FormWriter) -> String {
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{}", form.finish())
}

/// §2.5, with a parameter beside the token that a client must ignore.
fn post(uri: &str, token: &str) -> HttpRequest {
    let mut form = FormWriter::new();
    form.append("logout_token", token).append("ignored_parameter", "ignored");
    let mut request = HttpRequest::new(form.finish().into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.parse().expect("a backchannel_logout_uri is a URL");
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form);
    request
}

/// §2.4, with a claim more that a client must ignore, and no `typ`: it is recommended, and older
/// providers have none.
fn logout_token(exchange: &Exchange<'_>, client: &Client, session: &Session) -> String {
    let (faults, keys) = (&exchange.faults, &exchange.state.keys);
    let profile = &exchange.settings.profile;
    let now = exchange.now.seconds();
    let mut claims = Map::new();
    let name = sha256(&format!("logout {} {}", session.id, client.id));
    for (name, value) in [
        ("iss", json!(exchange.state.issuer(profile))),
        ("sub", json!(session.subject)),
        ("aud", json!(client.id)),
        ("iat", json!(now)),
        ("exp", json!(now + LIFETIME)),
        ("jti", json!(base64url(name.as_ref()))),
        ("sid", json!(session.id)),
        ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
        ("ignored_claim", json!("ignored")),
    ] {
        claims.insert(name.to_owned(), value);
    }
    misbehave::logout_claims(faults, &mut claims);

    let algorithm = misbehave::logout_algorithm(faults, profile.signing);
    let mut header = Map::new();
    header.insert("alg".into(), algorithm.map_or("none", |algorithm| algorithm.as_str()).into());
    header.insert("kid".into(), keys.kid(algorithm.unwrap_or(profile.signing)).into());
    let part = |object: Map<String, Value>| base64url(Value::Object(object).to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(claims));
    let secret = client.secret.as_deref().unwrap_or_default();
    let sign = |algorithm| match misbehave::logout_of_stranger(faults) {
        true => keys.sign_as_stranger(algorithm, message.as_bytes()),
        false => keys.sign(algorithm, secret.as_bytes(), message.as_bytes()),
    };
    let signature = algorithm.map(sign).unwrap_or_default();
    format!("{message}.{}", base64url(&signature))
}
