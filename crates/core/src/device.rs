//! Device authorization (RFC 8628 §3.1, §3.2): a device without a browser gets a code for its user
//! to type in at another one.
//!
//! ```text
//!   device ── client_id, scope ──▶ server        user ── user_code ──▶ verification_uri
//!          ◀─ device_code, user_code ──
//!          ── device_code, every few seconds ──▶ token endpoint: pending, pending, tokens
//! ```
//!
//! The token request is [`token::device_code`](crate::token::device_code).

use std::fmt;
use std::time::Duration;

use crate::client::Client;
use crate::error::{Error, Fault, Misbehaviour};
use crate::form::FormWriter;
use crate::http::{Endpoint, HttpRequest, HttpResponse, json_object};
use crate::json::Object;
use crate::scope::Scope;
use crate::secret::{DeviceCode, UserCode};
use crate::time::UnixTime;
use crate::token::{refusal, seconds};
use crate::tolerance::Tolerance;
use crate::url::EndpointUrl;

/// How long to wait between two polls when the server does not say (RFC 8628 §3.2).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// How long a user code may be, in bytes: 64. Somebody has to type it.
pub const MAX_USER_CODE_BYTES: usize = 64;

/// What the server gave the device.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceAuthorization {
    device_code: DeviceCode,
    user_code: UserCode,
    verification_uri: EndpointUrl,
    verification_uri_complete: Option<EndpointUrl>,
    expires_at: UnixTime,
    interval: Duration,
}

impl DeviceAuthorization {
    /// What the tokens are asked for with. Stays in the device.
    #[must_use]
    pub const fn device_code(&self) -> &DeviceCode {
        &self.device_code
    }

    /// What the user types in at [`verification_uri`](Self::verification_uri). Show it in full, as it
    /// is.
    #[must_use]
    pub const fn user_code(&self) -> &UserCode {
        &self.user_code
    }

    /// Where the user types it in.
    #[must_use]
    pub const fn verification_uri(&self) -> &EndpointUrl {
        &self.verification_uri
    }

    /// The same address with the user code in it, for a QR code. Show the user code beside it all
    /// the same: the user compares (RFC 8628 §3.3.1).
    #[must_use]
    pub const fn verification_uri_complete(&self) -> Option<&EndpointUrl> {
        self.verification_uri_complete.as_ref()
    }

    /// When both codes end.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// How long to wait between two polls, at least.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// Reads the members of an answer (RFC 8628 §3.2) that was asked for at `sent_at`: for whoever
    /// keeps one.
    ///
    /// # Errors
    ///
    /// [`Fault`]: the member that is missing or cannot be shown, opened or waited for.
    pub fn from_object(
        object: &Object<'_>,
        tolerance: &Tolerance,
        sent_at: UnixTime,
    ) -> Result<Self, Fault> {
        let url = |member: &str, text| {
            EndpointUrl::new(text).map_err(|fault| Fault::Url { member: member.to_owned(), fault })
        };
        let standard = "verification_uri";
        let other = "verification_url";
        let has_other = tolerance.device_verification_url && object.get(standard).is_none();
        let member = if has_other { other } else { standard };
        let complete = "verification_uri_complete";
        let expires_in = seconds(object, "expires_in", tolerance)?;
        Ok(Self {
            device_code: DeviceCode::new(object.required_str("device_code")?),
            user_code: user_code(object.required_str("user_code")?)?,
            verification_uri: url(member, object.required_str(member)?)?,
            verification_uri_complete: object
                .str(complete)?
                .map(|text| url(complete, text))
                .transpose()?,
            expires_at: sent_at
                .plus(expires_in.ok_or(Fault::MissingParameter { name: "expires_in" })?),
            interval: seconds(object, "interval", tolerance)?.unwrap_or(DEFAULT_INTERVAL),
        })
    }
}

/// Shows neither code, nor the address that holds one.
impl fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorization")
            .field("verification_uri", &self.verification_uri)
            .field("expires_at", &self.expires_at)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

/// Asks for a device code and a user code (RFC 8628 §3.1). `more` is what a server takes besides.
#[must_use]
pub fn request(
    client: &Client,
    url: &EndpointUrl,
    scope: &Scope,
    more: &[(String, String)],
) -> HttpRequest {
    let mut form = FormWriter::new();
    if !scope.is_empty() {
        form.append("scope", &scope.to_string());
    }
    for (name, value) in more {
        form.append(name, value);
    }
    client.post(Endpoint::DeviceAuthorization, url, form)
}

/// Reads the answer (RFC 8628 §3.2); `sent_at` is when the request was sent.
///
/// # Errors
///
/// [`Error::Refused`] with the server's code; [`Error::Misbehaved`] when the answer is neither codes
/// nor a readable refusal.
pub fn read(
    response: &HttpResponse,
    tolerance: &Tolerance,
    sent_at: UnixTime,
) -> Result<DeviceAuthorization, Error> {
    let endpoint = Endpoint::DeviceAuthorization;
    if response.status() != 200 {
        return Err(refusal(endpoint, response, tolerance, sent_at));
    }
    let object = json_object(endpoint, response)?;
    DeviceAuthorization::from_object(&object, tolerance, sent_at)
        .map_err(|fault| Misbehaviour::new(endpoint, fault).with_status(200).into())
}

/// It goes to a screen as it is: no control character, and no more than somebody can type.
fn user_code(text: &str) -> Result<UserCode, Fault> {
    let fits = !text.is_empty() && text.len() <= MAX_USER_CODE_BYTES;
    if !fits || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(Fault::ParameterValue { name: "user_code" });
    }
    Ok(UserCode::new(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::ClientAuthentication;
    use crate::error::ErrorCode;

    const NOW: UnixTime = UnixTime::from_seconds(1_700_000_000);
    const GOOGLE: Tolerance = Tolerance { device_verification_url: true, ..Tolerance::NONE };

    fn answer(status: u16, body: &str) -> HttpResponse {
        let response = ::http::Response::builder().status(status);
        let response = response.header("content-type", "application/json");
        response.body(body.as_bytes().to_vec()).unwrap()
    }

    fn ok(body: &str, tolerance: &Tolerance) -> Result<DeviceAuthorization, Error> {
        read(&answer(200, body), tolerance, NOW)
    }

    #[test]
    fn the_request_names_client_and_scope() {
        let client = Client::new("1406020730", ClientAuthentication::None);
        let url = EndpointUrl::new("https://server.example.com/device_authorization").unwrap();
        let scope = Scope::parse("example_scope").unwrap();
        let more = [("audience".to_owned(), "api".to_owned())];
        let request = request(&client, &url, &scope, &more);
        assert_eq!(request.into_body(), b"scope=example_scope&audience=api&client_id=1406020730");
    }

    #[test]
    fn reads_the_example_of_the_specification() {
        // RFC 8628 §3.2.
        let authorization = ok(
            r#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT",
                "verification_uri":"https://example.com/device",
                "verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT",
                "expires_in":1800,"interval":7}"#,
            &Tolerance::NONE,
        )
        .unwrap();
        assert_eq!(authorization.user_code().expose(), "WDJB-MJHT");
        assert_eq!(authorization.verification_uri().as_str(), "https://example.com/device");
        assert_eq!(authorization.expires_at().seconds(), 1_700_001_800);
        assert_eq!(authorization.interval(), Duration::from_secs(7));
        let shown = format!("{authorization:?}");
        assert!(!shown.contains("WDJB") && !shown.contains("GmRh"), "{shown}");
    }

    #[test]
    fn the_interval_is_five_seconds_unless_the_server_says_otherwise() {
        let body = r#"{"device_code":"d","user_code":"u","expires_in":60,
            "verification_uri":"https://example.com/device"}"#;
        let authorization = ok(body, &Tolerance::NONE).unwrap();
        assert_eq!(authorization.interval(), DEFAULT_INTERVAL);
        assert_eq!(authorization.verification_uri_complete(), None);
    }

    #[test]
    fn another_name_of_the_address_is_read_only_by_its_tolerance() {
        let body = r#"{"device_code":"d","user_code":"u","expires_in":1800,"interval":5,
            "verification_url":"https://www.google.com/device"}"#;
        assert!(matches!(ok(body, &Tolerance::NONE), Err(Error::Misbehaved(_))));
        let uri = ok(body, &GOOGLE).unwrap().verification_uri().as_str().to_owned();
        assert_eq!(uri, "https://www.google.com/device");
    }

    #[test]
    fn refuses_what_cannot_be_shown_opened_or_waited_for() {
        let body = |code: &str, uri: &str, life: &str| {
            format!(
                r#"{{"device_code":"d","user_code":"{code}","verification_uri":"{uri}"{life}}}"#
            )
        };
        let (uri, life) = ("https://example.com/device", r#","expires_in":60"#);
        assert!(ok(&body("WDJB-MJHT", uri, life), &Tolerance::NONE).is_ok());
        let long = "A".repeat(MAX_USER_CODE_BYTES + 1);
        for (code, uri, life) in [
            ("", uri, life),
            (r"\u001b[2J", uri, life),
            (r"\u202eABCD", uri, life),
            (long.as_str(), uri, life),
            ("WDJB", "http://example.com/device", life),
            ("WDJB", "javascript:alert(1)", life),
            ("WDJB", uri, ""),
            ("WDJB", uri, r#","expires_in":-1"#),
            ("WDJB", uri, r#","expires_in":60,"interval":"5""#),
            ("WDJB", uri, r#","expires_in":60,"verification_uri_complete":"file:///etc""#),
        ] {
            let read = ok(&body(code, uri, life), &Tolerance::NONE);
            assert!(matches!(read, Err(Error::Misbehaved(_))), "{code} {uri} {life}");
        }
    }

    #[test]
    fn a_quota_is_told_by_its_own_member() {
        let response = answer(403, r#"{"error_code":"rate_limit_exceeded"}"#);
        let error = read(&response, &GOOGLE, NOW).unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::RateLimitExceeded));
        assert_eq!(error.endpoint(), Some(Endpoint::DeviceAuthorization));
    }

    proptest! {
        #[test]
        fn never_panics(status in 100_u16..600, body: Vec<u8>) {
            let response = ::http::Response::builder().status(status);
            let response = response.header("content-type", "application/json");
            let _ = read(&response.body(body).unwrap(), &GOOGLE, NOW);
        }
    }
}
