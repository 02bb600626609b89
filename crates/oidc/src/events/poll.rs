//! Events by poll (RFC 8936): we ask, and acknowledge what we have stored with the next question.
//!
//! ```text
//!   PollRequest{acks} ──▶ Poll ──▶ Polled{tokens, more} ──▶ Receiver::receive each ──▶ next acks
//! ```

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Map, Value, json};
use tegata_core::bearer;
use tegata_core::error::{ApiMisuse, Error, ErrorCode, Fault, Misbehaviour};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{Endpoint, HttpRequest, HttpResponse, get, json_object};
use tegata_core::json::{JsonFault, JsonType};
use tegata_core::secret::{AccessToken, CompactToken};
use tegata_core::time::UnixTime;
use tegata_core::url::EndpointUrl;

/// What to ask for, and what became of the events before (RFC 8936 §2.4).
///
/// ```
/// use tegata_oidc::events::poll::PollRequest;
///
/// let request = PollRequest::new().with_max_events(10).acknowledge("4d3559ec67504aaba65d40b0363faad8");
/// ```
#[derive(Clone, Debug, Default)]
pub struct PollRequest {
    max_events: Option<u32>,
    long: bool,
    acknowledged: Vec<String>,
    refused: BTreeMap<String, ErrorCode>,
}

impl PollRequest {
    /// Asks for whatever there is, and acknowledges nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// At most this many; with 0, acknowledges and asks for none.
    #[must_use]
    pub const fn with_max_events(mut self, count: u32) -> Self {
        self.max_events = Some(count);
        self
    }

    /// Lets the transmitter keep the request open until there is an event (§2.4.1). The transport's
    /// own deadline ends it.
    #[must_use]
    pub const fn wait_for_events(mut self) -> Self {
        self.long = true;
        self
    }

    /// The event called `jti` is verified and stored: it will not come again.
    #[must_use]
    pub fn acknowledge(mut self, jti: &str) -> Self {
        self.acknowledged.push(jti.to_owned());
        self
    }

    /// The event called `jti` is not good.
    #[must_use]
    pub fn refuse(mut self, jti: &str, code: ErrorCode) -> Self {
        self.refused.insert(jti.to_owned(), code);
        self
    }

    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("returnImmediately".to_owned(), json!(!self.long));
        if let Some(count) = self.max_events {
            body.insert("maxEvents".to_owned(), json!(count));
        }
        if !self.acknowledged.is_empty() {
            body.insert("ack".to_owned(), json!(self.acknowledged));
        }
        if !self.refused.is_empty() {
            let errors = self.refused.iter().map(|(jti, code)| {
                let error = json!({ "err": code.as_str(), "description": "not accepted" });
                (jti.clone(), error)
            });
            body.insert("setErrs".to_owned(), Value::Object(errors.collect()));
        }
        Value::Object(body)
    }
}

/// The request that asks the transmitter at `url` (§2.2).
///
/// # Errors
///
/// [`ApiMisuse::AccessToken`] when `token` cannot stand in a header.
pub fn request(
    url: &EndpointUrl,
    token: &AccessToken,
    poll: &PollRequest,
) -> Result<HttpRequest, Error> {
    let mut request = get(Endpoint::EventStream, url);
    *request.method_mut() = Method::POST;
    *request.body_mut() = poll.body().to_string().into_bytes();
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    bearer::authorize(&mut request, token)?;
    Ok(request)
}

/// The events that came (§2.5), not verified yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Polled {
    /// Each token under the name that the transmitter gave it, which is to be acknowledged.
    pub tokens: Vec<(String, CompactToken)>,
    /// Whether there are more.
    pub more_available: bool,
}

/// Reads the answer to a poll; `now` is when it came.
///
/// # Errors
///
/// [`Error::Refused`] for a status other than 200; [`Error::Misbehaved`] when it is no such answer.
pub fn read(response: &HttpResponse, now: UnixTime) -> Result<Polled, Error> {
    if response.status() != 200 {
        return Err(bearer::refusal(Endpoint::EventStream, response, now).into());
    }
    let object = json_object(Endpoint::EventStream, response)?;
    let refuse = |fault: JsonFault| {
        Misbehaviour::new(Endpoint::EventStream, Fault::Json(fault)).with_status(200)
    };
    let wrong = |path: &str, expected| JsonFault::WrongType {
        path: path.to_owned(),
        expected,
        found: JsonType::Null,
    };
    let sets = object.get("sets").and_then(|sets| sets.as_object());
    let sets = sets.ok_or_else(|| refuse(wrong("sets", JsonType::Object)))?;
    let tokens = sets.iter().map(|(jti, token)| match token.as_str() {
        Some(token) => Ok((jti.to_owned(), CompactToken::new(token))),
        None => Err(refuse(wrong("sets", JsonType::String))),
    });
    Ok(Polled {
        tokens: tokens.collect::<Result<_, _>>()?,
        more_available: object.bool("moreAvailable").map_err(refuse)?.unwrap_or(false),
    })
}

/// The flow that polls once.
#[derive(Debug)]
pub struct Poll(Option<HttpRequest>);

impl Poll {
    /// Asks the transmitter at `url`.
    ///
    /// # Errors
    ///
    /// As [`request`].
    pub fn new(url: &EndpointUrl, token: &AccessToken, poll: &PollRequest) -> Result<Self, Error> {
        request(url, token, poll).map(|request| Self(Some(request)))
    }
}

impl Flow for Poll {
    type Output = Polled;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<Polled>, Error> {
        match (self.0.take(), input) {
            (Some(request), Input::Start) => Ok(Step::Send(request)),
            (None, Input::Response(response)) => read(&response, now).map(Step::Done),
            (None, Input::Unreachable(error)) => Err(error),
            _ => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: UnixTime = UnixTime::from_seconds(0);

    fn answer(body: &str) -> HttpResponse {
        let response = http::Response::builder().header("content-type", "application/json");
        response.body(body.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn says_what_became_of_the_events_before() {
        let url = EndpointUrl::new("https://op.example.com/poll").unwrap();
        let poll = PollRequest::new()
            .with_max_events(5)
            .acknowledge("a")
            .refuse("b", ErrorCode::InvalidAudience);
        let request = request(&url, &AccessToken::new("t"), &poll).unwrap();
        assert_eq!(request.headers()["content-type"], "application/json");
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(
            body,
            json!({
                "returnImmediately": true, "maxEvents": 5, "ack": ["a"],
                "setErrs": { "b": { "err": "invalid_audience", "description": "not accepted" } },
            })
        );
        assert_eq!(
            PollRequest::new().wait_for_events().body(),
            json!({ "returnImmediately": false })
        );
    }

    #[test]
    fn reads_tokens_under_their_names() {
        let body = r#"{"sets":{"j1":"h.p.s","j2":"h.p.t"},"moreAvailable":true}"#;
        let polled = read(&answer(body), NOW).unwrap();
        let names: Vec<_> = polled.tokens.iter().map(|(jti, _)| jti.as_str()).collect();
        assert_eq!((names, polled.more_available), (vec!["j1", "j2"], true));
        assert!(read(&answer(r#"{"sets":{}}"#), NOW).unwrap().tokens.is_empty());
        for body in [r#"{"sets":{"j1":1}}"#, "{}", r#"{"sets":[]}"#] {
            assert!(matches!(read(&answer(body), NOW), Err(Error::Misbehaved(_))), "{body}");
        }
        let mut refused = answer("");
        *refused.status_mut() = http::StatusCode::UNAUTHORIZED;
        assert!(matches!(read(&refused, NOW), Err(Error::Refused(_))));
    }
    proptest! {
        #[test]
        fn reading_never_panics(body: String) {
            let _ = read(&answer(&body), NOW);
        }
    }
}
