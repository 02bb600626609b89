//! What a device shows its user, and what it finishes with.

use std::time::Duration;

use serde_json::json;
use tegata_core::device::DeviceAuthorization;
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::json::Object;
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::EndpointUrl;
use zeroize::Zeroizing;

use super::poll::MAX_LIFETIME;

/// A sign-in that waits for its user: what to show them, and what it is finished with.
///
/// There is no redirect and nothing that ties the two devices together but the user's own eyes, so
/// show the address and the code, and say what they are for.
///
/// It cannot be cloned, and finishing takes it away. A device that may be switched off while its user
/// types keeps it [`into_json`](Self::into_json).
#[derive(Debug)]
pub struct PendingDevice {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) scope: Scope,
    pub(super) offline: bool,
    pub(super) authorization: DeviceAuthorization,
    pub(super) begun_at: UnixTime,
    pub(super) expires_at: UnixTime,
}

impl PendingDevice {
    /// What the user types in. For the screen, and for no log.
    #[must_use]
    pub fn user_code(&self) -> &str {
        self.authorization.user_code().expose()
    }

    /// Where they type it in.
    #[must_use]
    pub fn verification_uri(&self) -> &str {
        self.authorization.verification_uri().as_str()
    }

    /// The same with the code in it, for a QR code. Show the code too: the user compares
    /// (RFC 8628 §3.3.1).
    #[must_use]
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.authorization.verification_uri_complete().map(|url| url.as_str())
    }

    /// When it is given up.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    pub(super) fn wants_identity(&self) -> bool {
        self.scope.contains("openid")
    }

    /// Gives up after `patience`, when the server would wait longer.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.expires_at = self.expires_at.min(self.begun_at.plus(patience));
        self
    }

    /// The value as JSON, both codes included: the answer as RFC 8628 §3.2 has it, and what was asked.
    #[must_use]
    pub fn into_json(self) -> Zeroizing<String> {
        let codes = &self.authorization;
        let mut object = json!({
            "v": VERSION,
            "iss": self.issuer,
            "client_id": self.client_id,
            "scope": self.scope.to_string(),
            "begun_at": self.begun_at.seconds(),
            "device_code": codes.device_code().expose(),
            "user_code": codes.user_code().expose(),
            "verification_uri": codes.verification_uri().as_str(),
            "interval": codes.interval().as_secs(),
            "verification_uri_complete": codes.verification_uri_complete().map(EndpointUrl::as_str),
            "expires_in": self.expires_at.since(self.begun_at).as_secs(),
            "offline": self.offline.then_some(true),
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
    /// [`ApiMisuse::PendingExpired`] when the codes have ended; [`ApiMisuse::Unsealable`] when it is
    /// damaged or of another version.
    pub fn from_json(text: &str, now: UnixTime) -> Result<Self, Error> {
        let pending = read(text).ok_or(ApiMisuse::Unsealable)?;
        if now >= pending.expires_at {
            return Err(ApiMisuse::PendingExpired.into());
        }
        Ok(pending)
    }
}

/// Written into the stored form; another version is not read.
const VERSION: u64 = 1;

fn read(text: &str) -> Option<PendingDevice> {
    let object = Object::parse(text.as_bytes()).ok()?;
    let version = object.u64("v").ok()?;
    let begun_at = object.u64("begun_at").ok()??;
    let begun_at = UnixTime::from_seconds(i64::try_from(begun_at).ok()?);
    let authorization =
        DeviceAuthorization::from_object(&object, &Tolerance::NONE, begun_at).ok()?;
    (version == Some(VERSION)).then_some(PendingDevice {
        issuer: object.required_str("iss").ok()?.to_owned(),
        client_id: object.required_str("client_id").ok()?.to_owned(),
        scope: Scope::parse(object.required_str("scope").ok()?).ok()?,
        offline: object.bool("offline").ok()?.unwrap_or(false),
        expires_at: authorization.expires_at().min(begun_at.plus(MAX_LIFETIME)),
        authorization,
        begun_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEGUN: i64 = 1_700_000_000;

    fn stored(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut stored = json!({
            "v": 1, "iss": "https://op.example.com", "client_id": "tv", "scope": "openid email",
            "offline": true, "begun_at": BEGUN, "device_code": "canary-device",
            "user_code": "WDJB-MJHT", "verification_uri": "https://op.example.com/device",
            "verification_uri_complete": "https://op.example.com/device?code=WDJB-MJHT",
            "interval": 7, "expires_in": 600,
        });
        change(&mut stored);
        stored.to_string()
    }

    fn read_at(seconds: i64, text: &str) -> Result<PendingDevice, Error> {
        PendingDevice::from_json(text, UnixTime::from_seconds(BEGUN + seconds))
    }

    #[test]
    fn comes_back_whole() {
        let pending = read_at(0, &stored(|_| ())).unwrap();
        assert_eq!(pending.user_code(), "WDJB-MJHT");
        assert!(!format!("{pending:?}").contains("canary"));
        assert_eq!(*pending.into_json(), stored(|_| ()));
        let bare = stored(|it| {
            for name in ["offline", "verification_uri_complete"] {
                it.as_object_mut().unwrap().remove(name);
            }
        });
        assert_eq!(*read_at(0, &bare).unwrap().into_json(), bare);
    }

    #[test]
    fn ends_with_the_codes_with_patience_and_within_the_hour() {
        let ends = |pending: PendingDevice| pending.expires_at().seconds() - BEGUN;
        assert_eq!(ends(read_at(599, &stored(|_| ())).unwrap()), 600);
        let late = read_at(600, &stored(|_| ())).unwrap_err();
        assert!(matches!(late, Error::ApiMisuse(ApiMisuse::PendingExpired)));
        let patient = read_at(0, &stored(|_| ())).unwrap();
        let json = patient.with_patience(Duration::from_secs(60)).into_json();
        assert_eq!(ends(read_at(0, &json).unwrap()), 60);
        let long = stored(|it| it["expires_in"] = u64::MAX.into());
        assert_eq!(ends(read_at(0, &long).unwrap()), 3600);
    }

    #[test]
    fn what_is_damaged_or_of_another_version_is_not_read() {
        for name in ["v", "iss", "client_id", "scope", "begun_at", "device_code", "expires_in"] {
            for value in [json!(null), json!([])] {
                let error = read_at(0, &stored(|it| it[name] = value)).unwrap_err();
                assert!(matches!(error, Error::ApiMisuse(ApiMisuse::Unsealable)), "{name}");
            }
        }
        assert!(read_at(0, &stored(|it| it["v"] = 2.into())).is_err());
        assert!(read_at(0, &stored(|it| it["user_code"] = "\u{1b}[2J".into())).is_err());
    }

    proptest! {
        #[test]
        fn reading_never_panics(text: String, name in "[a-z_]{1,12}", value: u64) {
            let _ = read_at(0, &text);
            let _ = read_at(0, &stored(|it| it[name] = value.into()));
        }
    }
}
