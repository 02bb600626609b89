//! What an application asks for: scope, prompts, response type, and whatever else a provider takes.

use std::time::Duration;

use tegata_core::authorize::{OWN_PARAMETERS, Prompt, ResponseMode, ResponseType, prompt_value};
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::scope::Scope;

/// A sign-in, or an authorization without one, as the application wants it.
///
/// Each method says one thing; what is not said is left to the provider.
///
/// ```
/// use tegata_core::authorize::Prompt;
/// use tegata_oidc::sign_in::SignInRequest;
///
/// let request = SignInRequest::new()
///     .scope("openid email profile")?
///     .offline()
///     .prompt(&[Prompt::SelectAccount])?
///     .login_hint("hanako@example.com");
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SignInRequest {
    pub(crate) scope: Scope,
    pub(crate) response_type: ResponseType,
    pub(crate) response_mode: Option<ResponseMode>,
    pub(crate) offline: bool,
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) more: Vec<(String, String)>,
    pub(crate) return_to: Option<String>,
}

impl SignInRequest {
    /// A request for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for these scopes too, separated by spaces. With `openid` the result is an identity;
    /// without it, a grant (see [`Finish`](super::Finish) and [`FinishGrant`](super::FinishGrant)).
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Scope`] when RFC 6749 §3.3 does not allow it.
    pub fn scope(mut self, text: &str) -> Result<Self, Error> {
        self.scope = self.scope.union(&Scope::parse(text)?);
        Ok(self)
    }

    /// Asks for a refresh token, in the provider's own way.
    #[must_use]
    pub const fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// What comes back from the authorization endpoint; `code` unless set.
    #[must_use]
    pub const fn response_type(mut self, response_type: ResponseType) -> Self {
        self.response_type = response_type;
        self
    }

    /// How it comes back; as the response type implies unless set.
    #[must_use]
    pub const fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = Some(mode);
        self
    }

    /// What the provider must show the user.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::PromptNoneWithOthers`].
    pub fn prompt(mut self, prompts: &[Prompt]) -> Result<Self, Error> {
        prompt_value(prompts)?;
        self.prompts = prompts.to_vec();
        Ok(self)
    }

    /// The user must have authenticated at most this long ago; checked in the ID token
    /// (OpenID Connect Core §3.1.2.1). Whole seconds.
    #[must_use]
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Authentication must satisfy one of these classes; checked in the ID token.
    #[must_use]
    pub fn acr_values(mut self, values: &[&str]) -> Self {
        self.acr_values = values.iter().map(|value| (*value).to_owned()).collect();
        self
    }

    /// Who the user probably is: an address or an identifier that the provider knows.
    #[must_use]
    pub fn login_hint(mut self, hint: &str) -> Self {
        self.more.push(("login_hint".to_owned(), hint.to_owned()));
        self
    }

    /// Any other parameter: `hd`, `display`, `ui_locales`, `include_granted_scopes`, …
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Unsupported`] for a parameter that a method of this type or the library sets.
    pub fn parameter(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let ours = ["acr_values", "max_age", "prompt"];
        let taken = self.more.iter().any(|(known, _)| known == name);
        if taken || OWN_PARAMETERS.contains(&name) || ours.contains(&name) {
            return Err(ApiMisuse::Unsupported("a parameter that is set already").into());
        }
        self.more.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Something of the application's own to have back after the redirect, such as the page that the
    /// user came from. It travels in the pending sign-in, never through the provider. Check it before
    /// you redirect to it: it may have come from a link.
    #[must_use]
    pub fn return_to(mut self, text: &str) -> Self {
        self.return_to = Some(text.to_owned());
        self
    }
}

/// Whatever takes parameters by name: [`SignInRequest`], and the sign-ins of the backends.
///
/// A preset adds methods for its provider's own parameters to everything that implements this, such
/// as `include_granted_scopes` for Google.
pub trait Parameters: Sized {
    /// Adds one parameter.
    ///
    /// # Errors
    ///
    /// As [`SignInRequest::parameter`].
    fn with_parameter(self, name: &str, value: &str) -> Result<Self, Error>;
}

impl Parameters for SignInRequest {
    fn with_parameter(self, name: &str, value: &str) -> Result<Self, Error> {
        self.parameter(name, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_set_once_and_none_of_our_own_by_hand() {
        for name in OWN_PARAMETERS.iter().chain(&["acr_values", "max_age", "prompt"]) {
            assert!(SignInRequest::new().parameter(name, "x").is_err(), "{name}");
        }
        let request = SignInRequest::new().parameter("hd", "example.com").unwrap();
        assert!(request.clone().parameter("hd", "example.org").is_err());
        assert!(request.login_hint("alice").parameter("login_hint", "bob").is_err());
    }

    #[test]
    fn nothing_to_show_stands_alone() {
        assert!(SignInRequest::new().prompt(&[Prompt::None]).is_ok());
        assert!(SignInRequest::new().prompt(&[Prompt::None, Prompt::Login]).is_err());
    }
}
