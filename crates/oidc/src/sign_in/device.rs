//! Signing in on a device without a browser (RFC 8628): its user types a code in at another one.
//!
//! ```text
//!   DeviceRequest ─▶ StartDevice ─▶ PendingDevice ─ the user, elsewhere ─▶ FinishDevice ─▶ SignedIn
//! ```

mod finish;
mod pending;
mod poll;

use tegata_core::authorize::OWN_PARAMETERS;
use tegata_core::device;
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::flow::{Flow, Input, Step};
use tegata_core::http::Endpoint;
use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

pub use finish::{FinishDevice, FinishDeviceGrant};
pub use pending::PendingDevice;
use poll::MAX_LIFETIME;

use super::Parameters;
use crate::relying_party::RelyingParty;
use crate::with_metadata::OneRequest;

/// What a device asks for.
///
/// ```
/// use tegata_oidc::sign_in::DeviceRequest;
///
/// let request = DeviceRequest::new().scope("openid email")?.offline();
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DeviceRequest {
    scope: Scope,
    offline: bool,
    more: Vec<(String, String)>,
}

impl DeviceRequest {
    /// A request for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for these scopes too, separated by spaces. With `openid` the result is an identity;
    /// without it, a grant.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Scope`] when RFC 6749 §3.3 does not allow it.
    pub fn scope(mut self, text: &str) -> Result<Self, Error> {
        self.scope = self.scope.union(&Scope::parse(text)?);
        Ok(self)
    }

    /// Asks for a refresh token: by the scope `offline_access`, where the provider knows it.
    #[must_use]
    pub const fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// Any other parameter that the provider takes, such as `audience`.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Unsupported`] for a parameter that is set already.
    pub fn parameter(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let taken = self.more.iter().any(|(known, _)| known == name);
        if taken || OWN_PARAMETERS.contains(&name) || name == "client_secret" {
            return Err(ApiMisuse::Unsupported("a parameter that is set already").into());
        }
        self.more.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }
}

impl Parameters for DeviceRequest {
    fn with_parameter(self, name: &str, value: &str) -> Result<Self, Error> {
        self.parameter(name, value)
    }
}

/// The flow that gets the codes.
#[derive(Debug)]
pub struct StartDevice {
    scope: Scope,
    request: DeviceRequest,
    exchange: OneRequest,
}

impl StartDevice {
    pub(crate) fn new(party: &RelyingParty, request: DeviceRequest) -> Result<Self, Error> {
        let profile = party.config().profile();
        let mut scope = request.scope.clone();
        if request.offline {
            scope = profile.scopes.offline_request(&scope).scope;
        }
        let canonical = |token| profile.scopes.canonical_token(token);
        let given =
            |token| profile.device_scopes.iter().any(|it| canonical(it) == canonical(token));
        if !profile.device_scopes.is_empty() && !scope.iter().all(given) {
            return Err(ApiMisuse::Unsupported("a scope that this provider gives no device").into());
        }
        Ok(Self { scope, request, exchange: OneRequest::new(party) })
    }
}

impl Flow for StartDevice {
    type Output = PendingDevice;

    fn advance(&mut self, input: Input, now: UnixTime) -> Result<Step<PendingDevice>, Error> {
        let Self { scope, request: DeviceRequest { offline, more, .. }, exchange } = self;
        exchange.advance(
            input,
            now,
            |config, metadata| {
                let endpoint = Endpoint::DeviceAuthorization;
                let url = metadata.required_endpoint("device_authorization_endpoint", endpoint)?;
                Ok(device::request(&config.client, url, scope, more))
            },
            |config, response, sent_at| {
                let authorization = device::read(response, &config.profile.tolerance, sent_at)?;
                Ok(PendingDevice {
                    issuer: config.issuer.as_str().to_owned(),
                    client_id: config.client.id().to_owned(),
                    scope: scope.clone(),
                    offline: *offline,
                    expires_at: authorization.expires_at().min(sent_at.plus(MAX_LIFETIME)),
                    authorization,
                    begun_at: now,
                })
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_set_once_and_none_of_our_own_by_hand() {
        for name in OWN_PARAMETERS.iter().chain(&["client_secret"]) {
            assert!(DeviceRequest::new().parameter(name, "x").is_err(), "{name}");
        }
        let request = DeviceRequest::new().parameter("audience", "a").unwrap();
        assert!(request.parameter("audience", "b").is_err());
    }
}
