//! A sign-in on a device without a browser, ending in [`DeviceSignIn::start`].

use tegata_core::Error;
use tegata_oidc::sign_in::{DeviceRequest, Parameters, PendingDevice};

use crate::client::Client;

/// A sign-in on a device that has not started. Each method is the one of [`DeviceRequest`].
#[derive(Debug)]
#[must_use = "a sign-in does nothing until it is started"]
pub struct DeviceSignIn<'c> {
    client: &'c Client,
    request: DeviceRequest,
}

impl<'c> DeviceSignIn<'c> {
    pub(crate) fn new(client: &'c Client) -> Self {
        Self { client, request: DeviceRequest::new() }
    }

    /// Starts it: the code and the address to show to the user.
    ///
    /// # Errors
    ///
    /// [`NoEndpoint`](tegata_core::error::Fault::NoEndpoint) where the provider knows no devices;
    /// [`Error::Refused`] when it knows this one and says no.
    pub async fn start(self) -> Result<PendingDevice, Error> {
        self.client.start_device(self.request).await
    }

    /// See [`DeviceRequest::scope`].
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] when RFC 6749 §3.3 does not allow it.
    pub fn scope(self, text: &str) -> Result<Self, Error> {
        Ok(Self { request: self.request.scope(text)?, ..self })
    }

    /// See [`DeviceRequest::offline`].
    pub fn offline(self) -> Self {
        Self { request: self.request.offline(), ..self }
    }

    /// See [`DeviceRequest::parameter`].
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] for a parameter that is set already.
    pub fn parameter(self, name: &str, value: &str) -> Result<Self, Error> {
        Ok(Self { request: self.request.parameter(name, value)?, ..self })
    }
}

/// So that a preset's own parameters have methods here too.
impl Parameters for DeviceSignIn<'_> {
    fn with_parameter(self, name: &str, value: &str) -> Result<Self, Error> {
        self.parameter(name, value)
    }
}
