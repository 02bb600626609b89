//! Everything that must survive the redirect, in one value that is used once.

use std::fmt;
use std::time::Duration;

use serde_json::json;
use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::json::{JsonFault, Object};
use tegata_core::scope::Scope;
use tegata_core::secret::{CodeVerifier, Nonce, State};
use tegata_core::time::UnixTime;
use zeroize::Zeroizing;

/// How long a sign-in may be pending. Authorization codes live about ten minutes (RFC 6749 §4.1.2);
/// a user who looks for a password needs a few more.
pub const PENDING_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// A sign-in between the redirect to the provider and the callback.
///
/// It cannot be cloned, and finishing takes it away: used once by construction. Between two requests
/// it is stored in the user's own session, as [`into_json`](Self::into_json) on the server's side or
/// [`seal`](Self::seal)ed in a cookie. Never store it where another user could get it.
pub struct PendingSignIn {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) response_type: ResponseType,
    pub(crate) response_mode: ResponseMode,
    pub(crate) scope: Scope,
    pub(crate) state: State,
    pub(crate) nonce: Option<Nonce>,
    pub(crate) code_verifier: Option<CodeVerifier>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) issuer_announced: bool,
    pub(crate) offline: bool,
    pub(crate) return_to: Option<String>,
    pub(crate) begun_at: UnixTime,
    /// Drawn when the sign-in began, used once by `seal`.
    pub(crate) seal_nonce: [u8; 12],
}

impl PendingSignIn {
    /// The state that was sent: the key under which a server can store pending sign-ins.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The issuer that was asked.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What was asked for.
    #[must_use]
    pub const fn requested_scope(&self) -> &Scope {
        &self.scope
    }

    /// How the answer comes back.
    #[must_use]
    pub const fn response_mode(&self) -> ResponseMode {
        self.response_mode
    }

    /// What the application wanted back: see
    /// [`SignInRequest::return_to`](super::SignInRequest::return_to).
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }

    /// The value as JSON, secrets included: for a session that lives on the server.
    #[must_use]
    pub fn into_json(self) -> Zeroizing<String> {
        let mut object = json!({
            "v": VERSION,
            "iss": self.issuer,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": self.response_type.as_str(),
            "response_mode": self.response_mode.as_str(),
            "scope": self.scope.to_string(),
            "state": self.state.expose(),
            "nonce": self.nonce.as_ref().map(Nonce::expose),
            "code_verifier": self.code_verifier.as_ref().map(CodeVerifier::expose),
            "max_age": self.max_age.map(|max_age| max_age.as_secs()),
            "acr_values": self.acr_values,
            "iss_announced": self.issuer_announced,
            "offline": self.offline.then_some(true),
            "return_to": self.return_to,
            "begun_at": self.begun_at.seconds(),
        });
        if let Some(members) = object.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        Zeroizing::new(object.to_string())
    }

    /// Reads what [`into_json`](Self::into_json) wrote.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::PendingExpired`] after [`PENDING_LIFETIME`];
    /// [`ApiMisuse::Unsealable`] when it is damaged or of another version.
    pub fn from_json(text: &str, now: UnixTime) -> Result<Self, Error> {
        let object = Object::parse(text.as_bytes()).map_err(damaged)?;
        let pending = Self::from_object(&object).map_err(damaged)?.ok_or(ApiMisuse::Unsealable)?;
        if now > pending.begun_at.plus(PENDING_LIFETIME) {
            return Err(ApiMisuse::PendingExpired.into());
        }
        Ok(pending)
    }

    /// `None`: of another version, or with a value that this version never writes.
    fn from_object(object: &Object<'_>) -> Result<Option<Self>, JsonFault> {
        let text = |name| object.required_str(name).map(str::to_owned);
        let (Some(response_type), Some(response_mode), Ok(scope), Some(begun_at)) = (
            ResponseType::parse(object.required_str("response_type")?),
            ResponseMode::parse(object.required_str("response_mode")?),
            Scope::parse(object.required_str("scope")?),
            object.u64("begun_at")?.and_then(|seconds| i64::try_from(seconds).ok()),
        ) else {
            return Ok(None);
        };
        if object.u64("v")? != Some(VERSION) {
            return Ok(None);
        }
        let acr_values = object.strings("acr_values")?.unwrap_or_default();
        Ok(Some(Self {
            issuer: text("iss")?,
            client_id: text("client_id")?,
            redirect_uri: text("redirect_uri")?,
            response_type,
            response_mode,
            scope,
            state: State::new(text("state")?),
            nonce: object.str("nonce")?.map(Nonce::new),
            code_verifier: object.str("code_verifier")?.map(CodeVerifier::new),
            max_age: object.u64("max_age")?.map(Duration::from_secs),
            acr_values: acr_values.into_iter().map(str::to_owned).collect(),
            issuer_announced: object.bool("iss_announced")?.unwrap_or(false),
            offline: object.bool("offline")?.unwrap_or(false),
            return_to: object.str("return_to")?.map(str::to_owned),
            begun_at: UnixTime::from_seconds(begun_at),
            seal_nonce: [0; 12],
        }))
    }
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("response_type", &self.response_type)
            .field("scope", &self.scope)
            .field("begun_at", &self.begun_at)
            .finish_non_exhaustive()
    }
}

fn damaged(_: JsonFault) -> Error {
    ApiMisuse::Unsealable.into()
}

/// Written into the stored form; another version is not read.
const VERSION: u64 = 1;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn pending() -> PendingSignIn {
        PendingSignIn {
            issuer: "https://op.example.com".into(),
            client_id: "client".into(),
            redirect_uri: "https://app.example.com/cb".into(),
            response_type: ResponseType::CodeIdToken,
            response_mode: ResponseMode::Fragment,
            scope: Scope::parse("openid email").unwrap(),
            state: State::new("state-canary"),
            nonce: Some(Nonce::new("nonce-canary")),
            code_verifier: Some(CodeVerifier::new("verifier-canary")),
            max_age: Some(Duration::from_secs(60)),
            acr_values: vec!["urn:mace:incommon:iap:silver".into()],
            issuer_announced: true,
            offline: true,
            return_to: Some("/inbox".into()),
            begun_at: UnixTime::from_seconds(1_700_000_000),
            seal_nonce: [7; 12],
        }
    }

    #[test]
    fn comes_back_whole() {
        let now = UnixTime::from_seconds(1_700_000_900);
        let back = PendingSignIn::from_json(&pending().into_json(), now).unwrap();
        let json = pending().into_json();
        assert_eq!(back.into_json(), json);
    }

    #[test]
    fn ends_after_fifteen_minutes() {
        let now = UnixTime::from_seconds(1_700_000_901);
        let error = PendingSignIn::from_json(&pending().into_json(), now).unwrap_err();
        assert!(matches!(error, Error::ApiMisuse(ApiMisuse::PendingExpired)));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", pending()).contains("canary"));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text: String) {
            let _ = PendingSignIn::from_json(&text, UnixTime::from_seconds(0));
        }
    }
}
