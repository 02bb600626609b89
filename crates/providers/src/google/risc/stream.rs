//! The stream API: where Google posts events, which, and whether. For a service account with the
//! role `roles/riscconfigs.admin` in the project of the client IDs.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Value, json};
use tegata_core::bearer;
use tegata_core::error::{ApiMisuse, Error, ErrorCode, Fault, Misbehaviour, ServerError};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::{Endpoint, HttpResponse, get, json_object};
use tegata_core::json::Object;
use tegata_core::time::UnixTime;
use tegata_core::url::EndpointUrl;
use tegata_oidc::events::EventType;

use crate::google::ServiceAccount;

/// Where the API is.
pub const API: &str = "https://risc.googleapis.com/v1beta";

/// The audience of the JWT that opens it.
pub const AUDIENCE: &str =
    "https://risc.googleapis.com/google.identity.risc.v1beta.RiscManagementService";

/// The way of delivery: by push.
const PUSH: &str = "https://schemas.openid.net/secevent/risc/delivery-method/push";

/// Manages the project's one stream of events.
///
/// ```no_run
/// use tegata_providers::google::{ServiceAccount, risc};
/// # fn example(account: ServiceAccount) -> Result<(), tegata_core::Error> {
/// let stream = risc::StreamApi::new(account);
/// let flow = stream.update("https://app.example.com/events", risc::EVENTS)?;  // client.run(flow)?
/// let flow = stream.verify("a state of our own")?;          // an event with it arrives soon
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct StreamApi {
    account: ServiceAccount,
    base: String,
}

impl StreamApi {
    /// The API as `account` may use it.
    #[must_use]
    pub fn new(account: ServiceAccount) -> Self {
        Self { account, base: API.to_owned() }
    }

    /// The same at another address: a test's.
    #[must_use]
    pub fn at(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self
    }

    /// Makes the stream, or changes it: Google posts these kinds of events to `receiver`, an `https`
    /// address on a domain of the project.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Url`] when `receiver` is none.
    pub fn update(&self, receiver: &str, events: &[EventType]) -> Result<StreamCall<()>, Error> {
        let receiver = EndpointUrl::new(receiver)?;
        let events: Vec<_> = events.iter().map(EventType::uri).collect();
        let body = json!({
            "delivery": { "delivery_method": PUSH, "url": receiver.as_str() },
            "events_requested": events,
        });
        self.call("/stream:update", Some(body), nothing)
    }

    /// The stream as it is.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Url`] when the address of the API is none.
    pub fn get(&self) -> Result<StreamCall<StreamConfiguration>, Error> {
        self.call("/stream", None, configuration)
    }

    /// Switches the stream on or off. Nothing is kept while it is off.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn set_status(&self, status: Status) -> Result<StreamCall<()>, Error> {
        self.call("/stream/status:update", Some(json!({ "status": status.as_str() })), nothing)
    }

    /// Whether the stream is on.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn status(&self) -> Result<StreamCall<Status>, Error> {
        self.call("/stream/status", None, status)
    }

    /// Asks for a verification event with `state`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn verify(&self, state: &str) -> Result<StreamCall<()>, Error> {
        self.call("/stream:verify", Some(json!({ "state": state })), nothing)
    }

    fn call<T>(
        &self,
        path: &str,
        body: Option<Value>,
        read: fn(&Object<'_>) -> Option<T>,
    ) -> Result<StreamCall<T>, Error> {
        Ok(StreamCall {
            account: self.account.clone(),
            url: EndpointUrl::new(&format!("{}{path}", self.base))?,
            body,
            sent: false,
            read,
        })
    }
}

/// Whether a stream delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It does not, and forgets what happens.
    Disabled,
    /// It does.
    Enabled,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
        }
    }
}

/// A stream as Google has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamConfiguration {
    /// Where events are posted.
    pub receiver: Option<String>,
    /// Which were asked for.
    pub events_requested: Vec<EventType>,
}

/// The flow of one call. The JWT that opens the API is signed when it is sent.
#[derive(Debug)]
pub struct StreamCall<T> {
    account: ServiceAccount,
    url: EndpointUrl,
    body: Option<Value>,
    sent: bool,
    read: fn(&Object<'_>) -> Option<T>,
}

impl<T> Flow for StreamCall<T> {
    type Output = T;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<T>, Error> {
        match (self.sent, input) {
            (false, Input::Start) => {
                self.sent = true;
                let mut request = get(Endpoint::EventStream, &self.url);
                if let Some(body) = &self.body {
                    *request.method_mut() = Method::POST;
                    *request.body_mut() = body.to_string().into_bytes();
                    let json = HeaderValue::from_static("application/json");
                    request.headers_mut().insert(CONTENT_TYPE, json);
                }
                bearer::authorize(&mut request, &self.account.self_signed(AUDIENCE, now)?)?;
                Ok(Step::Send(request))
            }
            (true, Input::Response(response)) if response.status() == 200 => {
                let object = json_object(Endpoint::EventStream, &response)?;
                (self.read)(&object).map(Step::Done).ok_or_else(|| {
                    let fault = Fault::ParameterValue { name: "status" };
                    Misbehaviour::new(Endpoint::EventStream, fault).with_status(200).into()
                })
            }
            (true, Input::Response(response)) => Err(refusal(&response, now).into()),
            (true, Input::Unreachable(error)) => Err(error),
            _ => Err(ApiMisuse::WrongInput.into()),
        }
    }
}

/// Google's APIs say no by the status, and in `{"error": {"message": …}}` why.
fn refusal(response: &HttpResponse, now: UnixTime) -> ServerError {
    let status = response.status().as_u16();
    let code = match status {
        400 => Some(ErrorCode::InvalidRequest),
        401 => Some(ErrorCode::InvalidClient),
        // The project, the role, the domain; or no stream was made yet.
        403 | 404 => Some(ErrorCode::UnauthorizedClient),
        _ => None,
    };
    let object = Object::parse(response.body()).ok();
    let message = || object.as_ref()?.get("error")?.as_object()?.str("message").ok()?;
    ServerError::new(Endpoint::EventStream, code)
        .with_status(status)
        .with_description(message())
        .with_retry_after(tegata_core::http::retry_after(response.headers(), now))
}

fn nothing(_: &Object<'_>) -> Option<()> {
    Some(())
}

fn status(object: &Object<'_>) -> Option<Status> {
    let status = object.str("status").ok()??;
    [Status::Disabled, Status::Enabled].into_iter().find(|known| known.as_str() == status)
}

fn configuration(object: &Object<'_>) -> Option<StreamConfiguration> {
    let delivery = object.get("delivery").and_then(|delivery| delivery.as_object());
    let receiver = delivery.and_then(|delivery| delivery.str("url").ok().flatten());
    let events = object.strings("events_requested").ok()?.unwrap_or_default();
    Some(StreamConfiguration {
        receiver: receiver.map(str::to_owned),
        events_requested: events.into_iter().map(EventType::new).collect(),
    })
}
