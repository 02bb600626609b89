//! The code client of Google Identity Services: `google.accounts.oauth2.initCodeClient(config)`.
//!
//! The page and the server have to agree on client, scope and redirect: both come from one value.

use std::fmt;

use serde_json::{Map, Value, json};
use tegata_core::error::{ApiMisuse, Error};
use tegata_core::redirect::TokenRequestUri;
use tegata_core::secret::{AuthorizationCode, State};
use tegata_oidc::Config;
use tegata_oidc::sign_in::OneTimeCode;

use super::HostedDomain;

/// What the page gives to `initCodeClient`, and how its code is redeemed.
///
/// ```
/// use tegata_core::secret::AuthorizationCode;
/// use tegata_providers::google::{self, CodeClient};
///
/// let config = google::config("123-abc.apps.googleusercontent.com", "GOCSPX-x")?;
/// let code_client = CodeClient::popup(&config, "openid email")?;
/// let json = code_client.config_json();     // into the page; add `callback` in JavaScript
/// assert_eq!(json["ux_mode"], "popup");
///
/// # let admitted = AuthorizationCode::new("4/x");
/// let code = code_client.one_time_code(admitted)?;     // from a `CodeGuard`
/// // client.run(client.relying_party().redeem(code))?
/// # Ok::<(), tegata_core::Error>(())
/// ```
#[derive(Clone)]
pub struct CodeClient {
    scope: String,
    redirect_uri: TokenRequestUri,
    config: Map<String, Value>,
}

impl CodeClient {
    /// In a popup: the page's `callback` gets the code and posts it to the server.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Scope`] when RFC 6749 §3.3 does not allow it.
    pub fn popup(config: &Config, scope: &str) -> Result<Self, Error> {
        let mut this = Self::new(config, scope, TokenRequestUri::PostMessage)?;
        this.set("ux_mode", "popup");
        Ok(this)
    }

    /// By a redirect to the redirect URI of `config`. `state` is unguessable and stays in the user's
    /// session: [`OneTimeCode::from_callback`] compares it.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::Required`] without a redirect URI; [`ApiMisuse::Scope`].
    pub fn redirect(config: &Config, scope: &str, state: &State) -> Result<Self, Error> {
        let uri = config.redirect_uri().ok_or(ApiMisuse::Required("redirect_uri"))?;
        let mut this = Self::new(config, scope, uri.clone().into())?;
        this.set("ux_mode", "redirect");
        this.set("redirect_uri", uri.as_str());
        this.set("state", state.expose());
        Ok(this)
    }

    fn new(config: &Config, scope: &str, redirect_uri: TokenRequestUri) -> Result<Self, Error> {
        let scope = tegata_core::scope::Scope::parse(scope)?.to_string();
        let mut this = Self { scope, redirect_uri, config: Map::new() };
        this.set("client_id", config.client().id());
        let scope = this.scope.clone();
        this.set("scope", scope);
        Ok(this)
    }

    /// `include_granted_scopes`: see [`GoogleParameters`](super::GoogleParameters).
    #[must_use]
    pub fn include_granted_scopes(mut self, included: bool) -> Self {
        self.set("include_granted_scopes", included);
        self
    }

    /// Who the user probably is.
    #[must_use]
    pub fn login_hint(mut self, hint: &str) -> Self {
        self.set("login_hint", hint);
        self
    }

    /// Which Workspace accounts may sign in. Check the ID token afterwards.
    #[must_use]
    pub fn hosted_domain(mut self, domain: &HostedDomain) -> Self {
        self.set("hd", domain.to_string());
        self
    }

    /// Lets the user pick an account.
    #[must_use]
    pub fn select_account(mut self) -> Self {
        self.set("select_account", true);
        self
    }

    /// The configuration for the page, as JSON.
    #[must_use]
    pub fn config_json(&self) -> Value {
        Value::Object(self.config.clone())
    }

    /// The configuration as text that may stand within a script element of the page.
    #[must_use]
    pub fn config_script(&self) -> String {
        self.config_json().to_string().replace('<', "\\u003c")
    }

    /// The code that the popup's page posted, to be redeemed.
    ///
    /// # Errors
    ///
    /// None: the scope was checked before.
    pub fn one_time_code(&self, code: AuthorizationCode) -> Result<OneTimeCode, Error> {
        OneTimeCode::new(code, self.redirect_uri.clone())
            .with_scope(&self.scope)
            .map(OneTimeCode::offline)
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.config.insert(name.to_owned(), json!(value.into()));
    }
}

impl fmt::Debug for CodeClient {
    /// Without the configuration, which may hold a state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeClient").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_carries_a_state_and_a_popup_none() {
        let config = super::super::config("id", "secret").unwrap();
        let popup = CodeClient::popup(&config, "openid").unwrap().config_json();
        assert_eq!(popup, json!({ "client_id": "id", "scope": "openid", "ux_mode": "popup" }));
        assert!(CodeClient::redirect(&config, "openid", &State::new("canary")).is_err());
        let config = config.with_redirect_uri("https://app.example.com/cb").unwrap();
        let redirect = CodeClient::redirect(&config, "openid", &State::new("canary")).unwrap();
        assert!(!format!("{redirect:?}").contains("canary"));
        let json = redirect.select_account().config_json();
        assert_eq!(
            (&json["state"], &json["redirect_uri"]),
            (&json!("canary"), &json!("https://app.example.com/cb"))
        );
        assert_eq!(json["select_account"], true);
    }

    #[test]
    fn the_script_cannot_be_closed_from_within() {
        let config = super::super::config("id", "secret").unwrap();
        let client = CodeClient::popup(&config, "openid").unwrap().login_hint("</script>");
        assert!(!client.config_script().contains('<'));
    }
}
