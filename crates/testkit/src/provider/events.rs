//! Security events (RFC 8417) as Google sends them: the configuration, the API that manages the one
//! stream, and the tokens that the stream posts (RFC 8935).
//!
//! ```text
//!   stream:update ─▶ a stream ── an event happens, or stream:verify ──▶ a POST for the receiver
//! ```

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use tegata_core::http::{HttpRequest, HttpResponse};
use tegata_core::time::Clock as _;

use super::answer;
use super::exchange::Exchange;
use super::service_account;
use super::state::{Settings, State};
use crate::keys::base64url;
use crate::profile::path_of;
use crate::{Endpoint, FakeProvider};

/// Whom the JWT that opens the API is for.
const AUDIENCE: &str =
    "https://risc.googleapis.com/google.identity.risc.v1beta.RiscManagementService";

/// The way of delivery that there is.
const PUSH: &str = "https://schemas.openid.net/secevent/risc/delivery-method/push";

const VERIFICATION: &str = "https://schemas.openid.net/secevent/risc/event-type/verification";

/// Where events go, and which.
pub(crate) struct Stream {
    url: String,
    requested: Vec<String>,
    enabled: bool,
}

/// What the provider knows about events.
pub(crate) struct Events {
    stream: Option<Stream>,
    waiting: Vec<HttpRequest>,
    minted: u64,
}

impl Events {
    pub(crate) const fn new() -> Self {
        Self { stream: None, waiting: Vec::new(), minted: 0 }
    }
}

impl FakeProvider {
    /// The claims of a security event token about one event, for every client: to be changed, or to
    /// be [signed](Self::sign_event) as they are.
    ///
    /// ```
    /// use serde_json::json;
    /// use tegata_testkit::FakeProvider;
    /// use tegata_testkit::profile::Profile;
    ///
    /// let provider = FakeProvider::new(Profile::GOOGLE);
    /// let revoked = "https://schemas.openid.net/secevent/risc/event-type/sessions-revoked";
    /// let alice = json!({ "subject_type": "iss-sub",
    ///     "iss": "https://accounts.google.com/", "sub": "alice" });
    /// let mut claims = provider.event(revoked, json!({ "subject": alice }));
    /// claims["aud"] = json!("somebody else");
    /// assert_eq!(provider.sign_event(&claims).split('.').count(), 3);
    /// ```
    #[must_use]
    pub fn event(&self, event_type: &str, event: Value) -> Value {
        let mut state = self.shared().lock();
        claims(&self.shared().settings, &mut state, event_type, event)
    }

    /// Signs a security event token with the key that signs ID tokens.
    #[must_use]
    pub fn sign_event(&self, claims: &Value) -> String {
        sign(&self.shared().settings, &self.shared().lock(), claims)
    }

    /// Something happens to an account: when the stream is on and was asked for such events, a
    /// request waits in [`take_event_requests`](Self::take_event_requests).
    pub fn send_event(&self, event_type: &str, event: Value) {
        post(&self.shared().settings, &mut self.shared().lock(), event_type, event);
    }

    /// What the stream has posted since: whole requests, for the receiver's handler.
    #[must_use]
    pub fn take_event_requests(&self) -> Vec<HttpRequest> {
        std::mem::take(&mut self.shared().lock().events.waiting)
    }
}

/// Where the keys are (OpenID RISC Profile; Google's "RISC configuration").
pub(crate) fn configuration(exchange: &Exchange<'_>) -> HttpResponse {
    let (settings, state) = (exchange.settings, &exchange.state);
    answer::cached(answer::json(&json!({
        "issuer": issuer(settings, state),
        "jwks_uri": state.address(&settings.profile, Endpoint::Jwks),
        "delivery_methods_supported": [PUSH],
    })))
}

/// The API that manages the stream.
pub(crate) fn stream(exchange: &mut Exchange<'_>) -> HttpResponse {
    let token = exchange.authorization("Bearer").unwrap_or_default();
    let account = service_account::verify(&token, AUDIENCE, exchange.now);
    if account.is_none_or(|claims| claims.get("sub") != claims.get("iss")) {
        return refuse(StatusCode::UNAUTHORIZED, "the JWT is not good");
    }
    let base = exchange.settings.profile.address(Endpoint::EventStream).map(path_of);
    let call = exchange.request.uri().path().strip_prefix(base.unwrap_or_default());
    let body: Value = serde_json::from_slice(exchange.request.body()).unwrap_or_default();
    match (exchange.request.method(), call.unwrap_or_default()) {
        (&Method::POST, ":update") => update(exchange, &body),
        (&Method::GET, "") => with_stream(exchange, |stream| {
            Ok(json!({
                "delivery": { "delivery_method": PUSH, "url": stream.url },
                "events_requested": stream.requested,
            }))
        }),
        (&Method::GET, "/status") => with_stream(exchange, |stream| {
            Ok(json!({ "status": if stream.enabled { "enabled" } else { "disabled" } }))
        }),
        (&Method::POST, "/status:update") => with_stream(exchange, |stream| {
            stream.enabled = match body.get("status").and_then(Value::as_str) {
                Some("enabled") => true,
                Some("disabled") => false,
                _ => return Err("no such status"),
            };
            Ok(json!({}))
        }),
        (&Method::POST, ":verify") => {
            let answer = with_stream(exchange, |_| Ok(json!({})));
            if answer.status() == StatusCode::OK {
                let event = json!({ "state": body.get("state") });
                post(exchange.settings, exchange.state, VERIFICATION, event);
            }
            answer
        }
        _ => refuse(StatusCode::NOT_FOUND, "no such method"),
    }
}

fn update(exchange: &mut Exchange<'_>, body: &Value) -> HttpResponse {
    let text = |path| body.pointer(path).and_then(Value::as_str);
    let requested = body.get("events_requested").and_then(Value::as_array);
    let (Some(url), Some(requested)) = (text("/delivery/url"), requested) else {
        return refuse(StatusCode::BAD_REQUEST, "delivery.url and events_requested are required");
    };
    if text("/delivery/delivery_method") != Some(PUSH) || !url.starts_with("https://") {
        return refuse(StatusCode::FORBIDDEN, "events are pushed to an https address");
    }
    let requested = requested.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let enabled = exchange.state.events.stream.as_ref().is_none_or(|stream| stream.enabled);
    exchange.state.events.stream = Some(Stream { url: url.to_owned(), requested, enabled });
    answer::json(&json!({}))
}

fn with_stream(
    exchange: &mut Exchange<'_>,
    call: impl FnOnce(&mut Stream) -> Result<Value, &'static str>,
) -> HttpResponse {
    match exchange.state.events.stream.as_mut().map(call) {
        Some(Ok(body)) => answer::json(&body),
        Some(Err(why)) => refuse(StatusCode::BAD_REQUEST, why),
        None => refuse(StatusCode::NOT_FOUND, "no stream was made yet"),
    }
}

/// As Google's APIs say no.
fn refuse(status: StatusCode, message: &str) -> HttpResponse {
    let body = json!({ "error": { "code": status.as_u16(), "message": message } });
    answer::body(status, "application/json", body.to_string())
}

/// Nothing is kept for later while the stream is off.
fn post(settings: &Settings, state: &mut State, event_type: &str, event: Value) {
    let Some(stream) = &state.events.stream else { return };
    if !stream.enabled || !stream.requested.iter().any(|known| known == event_type) {
        return;
    }
    let url = stream.url.clone();
    let claims = claims(settings, state, event_type, event);
    let mut request = HttpRequest::new(sign(settings, state, &claims).into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.parse().expect("the address of a receiver is a URL");
    let token = HeaderValue::from_static("application/secevent+jwt");
    request.headers_mut().insert(CONTENT_TYPE, token);
    state.events.waiting.push(request);
}

/// It has no `exp`: what happened has happened.
fn claims(settings: &Settings, state: &mut State, event_type: &str, event: Value) -> Value {
    state.events.minted += 1;
    let clients: Vec<&str> = settings.clients.iter().map(|client| client.id.as_str()).collect();
    json!({
        "iss": issuer(settings, state),
        "aud": clients,
        "iat": settings.clock.now().seconds(),
        "jti": format!("event-{}", state.events.minted),
        "events": Map::from_iter([(event_type.to_owned(), event)]),
    })
}

/// With a slash at the end, where ID tokens have none.
fn issuer(settings: &Settings, state: &State) -> String {
    format!("{}/", state.issuer(&settings.profile).trim_end_matches('/'))
}

fn sign(settings: &Settings, state: &State, claims: &Value) -> String {
    let algorithm = settings.profile.signing;
    let header = json!({
        "alg": algorithm.as_str(), "kid": state.keys.kid(algorithm), "typ": "secevent+jwt",
    });
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let message = format!("{}.{}", part(&header), part(claims));
    let signature = state.keys.sign(algorithm, &[], message.as_bytes());
    format!("{message}.{}", base64url(&signature))
}
