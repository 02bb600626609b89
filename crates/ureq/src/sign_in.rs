//! A sign-in as the application puts it together, ending in [`SignIn::start`].

use std::time::Duration;

use tegata_core::Error;
use tegata_core::authorize::{Prompt, ResponseMode, ResponseType};
use tegata_oidc::sign_in::{Parameters, PendingSignIn, SignInRequest};
use url::Url;

use crate::client::Client;

/// A sign-in that has not started. Each method is the one of [`SignInRequest`].
#[derive(Debug)]
#[must_use = "a sign-in does nothing until it is started"]
pub struct SignIn<'c> {
    client: &'c Client,
    request: SignInRequest,
}

impl<'c> SignIn<'c> {
    pub(crate) fn new(client: &'c Client) -> Self {
        Self { client, request: SignInRequest::new() }
    }

    /// Starts it: the URL to send the browser to, and what to keep until it comes back.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] when the provider's metadata was never fetched and cannot be now;
    /// [`Error::ApiMisuse`] when no redirect URI was set.
    pub fn start(self) -> Result<(Url, PendingSignIn), Error> {
        self.client.start(self.request)
    }

    /// See [`SignInRequest::scope`].
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] when RFC 6749 §3.3 does not allow it.
    pub fn scope(self, text: &str) -> Result<Self, Error> {
        self.try_with(|request| request.scope(text))
    }

    /// See [`SignInRequest::offline`].
    pub fn offline(self) -> Self {
        self.with(SignInRequest::offline)
    }

    /// See [`SignInRequest::response_type`].
    pub fn response_type(self, response_type: ResponseType) -> Self {
        self.with(|request| request.response_type(response_type))
    }

    /// See [`SignInRequest::response_mode`].
    pub fn response_mode(self, mode: ResponseMode) -> Self {
        self.with(|request| request.response_mode(mode))
    }

    /// See [`SignInRequest::prompt`].
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] when `none` does not stand alone.
    pub fn prompt(self, prompts: &[Prompt]) -> Result<Self, Error> {
        self.try_with(|request| request.prompt(prompts))
    }

    /// See [`SignInRequest::max_age`].
    pub fn max_age(self, max_age: Duration) -> Self {
        self.with(|request| request.max_age(max_age))
    }

    /// See [`SignInRequest::acr_values`].
    pub fn acr_values(self, values: &[&str]) -> Self {
        self.with(|request| request.acr_values(values))
    }

    /// See [`SignInRequest::login_hint`].
    pub fn login_hint(self, hint: &str) -> Self {
        self.with(|request| request.login_hint(hint))
    }

    /// See [`SignInRequest::parameter`].
    ///
    /// # Errors
    ///
    /// [`Error::ApiMisuse`] for a parameter that is set already.
    pub fn parameter(self, name: &str, value: &str) -> Result<Self, Error> {
        self.try_with(|request| request.parameter(name, value))
    }

    /// See [`SignInRequest::return_to`].
    pub fn return_to(self, text: &str) -> Self {
        self.with(|request| request.return_to(text))
    }

    fn with(self, change: impl FnOnce(SignInRequest) -> SignInRequest) -> Self {
        Self { request: change(self.request), ..self }
    }

    fn try_with(
        self,
        change: impl FnOnce(SignInRequest) -> Result<SignInRequest, Error>,
    ) -> Result<Self, Error> {
        Ok(Self { request: change(self.request)?, ..self })
    }
}

/// So that a preset's own parameters have methods here too.
impl Parameters for SignIn<'_> {
    fn with_parameter(self, name: &str, value: &str) -> Result<Self, Error> {
        self.parameter(name, value)
    }
}
