//! Google: accounts.google.com.

mod claims;
mod client_secret;
mod code_client;
mod credential;
mod one_time_code;
mod parameters;
pub mod risc;
mod service_account;

use tegata_core::authorize::Prompt;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::error::Error;
use tegata_core::redirect::{GOOGLE_DESKTOP, GOOGLE_WEB, PublicSuffixList};
use tegata_core::scope;
use tegata_core::secret::ClientSecret;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::Issuer;
use tegata_oidc::Config;
use tegata_oidc::profile::Profile;

pub use claims::{hosted_domain, is_authoritative_for_email};
pub use client_secret::{ApplicationType, ClientSecretFile};
pub use code_client::CodeClient;
pub use credential::{Credential, CredentialRejection};
pub use one_time_code::{CodeGuard, CodeRejection};
pub use parameters::{AccessType, GoogleParameters, HostedDomain};
pub use service_account::{ServiceAccount, TOKEN_ENDPOINT};

/// The issuer, as discovery spells it.
pub const ISSUER: &str = "https://accounts.google.com";

/// Google's ways.
///
/// - ID tokens name the issuer with or without `https://`.
/// - A refresh token comes with `access_type=offline`, and only when the user was just asked for
///   consent: the first time, or with `prompt=consent`. The scope `offline_access` is an error.
/// - `expires_in` has been seen as a text.
/// - A burst of token requests is answered by 403 and a page for people.
/// - Revoking a dead token is answered by 400 `invalid_token`.
/// - Devices read `verification_url`, and may ask for few scopes. A poll too early is answered by
///   428 or 403, which changes nothing: the code in the body counts, here as everywhere.
pub const PROFILE: Profile = Profile {
    name: "Google",
    documentation: "https://developers.google.com/identity/protocols/oauth2/web-server",
    checked: "2026-11-22",
    tolerance: Tolerance {
        device_verification_url: true,
        rate_limit_pages: &[403],
        string_booleans: true,
        string_expires_in: true,
        revocation_of_unknown_refused: true,
        ..Tolerance::NONE
    },
    other_issuers: &["accounts.google.com"],
    prompts: &[Prompt::Consent, Prompt::None, Prompt::SelectAccount],
    scopes: scope::GOOGLE,
    device_scopes: &[
        "openid",
        "email",
        "profile",
        "https://www.googleapis.com/auth/drive.appdata",
        "https://www.googleapis.com/auth/drive.file",
        "https://www.googleapis.com/auth/youtube",
        "https://www.googleapis.com/auth/youtube.readonly",
    ],
    redirect_rules: GOOGLE_WEB.with_suffixes(&PublicSuffixList),
    ..Profile::OPENID
};

/// A client with an identifier and a secret from the API Console.
///
/// ```
/// let config = tegata_providers::google::config("123-abc.apps.googleusercontent.com", "GOCSPX-x")?;
/// # Ok::<(), tegata_core::Error>(())
/// ```
///
/// # Errors
///
/// None today; a later version may check the identifier.
pub fn config(client_id: &str, client_secret: &str) -> Result<Config, Error> {
    config_at(ISSUER, client_id, client_secret)
}

/// The same at another issuer that behaves like Google: a test provider.
///
/// # Errors
///
/// [`ApiMisuse::Url`](tegata_core::error::ApiMisuse::Url) when `issuer` is none.
pub fn config_at(issuer: &str, client_id: &str, client_secret: &str) -> Result<Config, Error> {
    let secret = ClientSecret::new(client_secret);
    let client = Client::new(client_id, ClientAuthentication::Post(secret));
    Ok(Config::new(Issuer::new(issuer)?, PROFILE, client))
}

/// A desktop or command-line application: its redirect URI is a loopback address with any port, and
/// its secret is none (RFC 8252 §8.5).
///
/// # Errors
///
/// As [`config`].
pub fn installed(client_id: &str, client_secret: &str) -> Result<Config, Error> {
    let secret = ClientSecret::new(client_secret);
    let client = Client::new(client_id, ClientAuthentication::Post(secret));
    let profile = Profile { redirect_rules: GOOGLE_DESKTOP, ..PROFILE };
    Ok(Config::new(Issuer::new(ISSUER)?, profile, client))
}

/// A client from the `client_secret.json` that the API Console offers for download. A file that
/// registers one redirect URI sets it too.
///
/// ```
/// let json = r#"{"web": {
///     "client_id": "123-abc.apps.googleusercontent.com",
///     "client_secret": "GOCSPX-x",
///     "auth_uri": "https://accounts.google.com/o/oauth2/auth",
///     "token_uri": "https://oauth2.googleapis.com/token",
///     "redirect_uris": ["https://app.example.com/oauth2callback"]
/// }}"#;
/// let config = tegata_providers::google::from_client_secret(json)?;
/// assert_eq!(config.client().id(), "123-abc.apps.googleusercontent.com");
/// # Ok::<(), tegata_core::Error>(())
/// ```
///
/// # Errors
///
/// [`ApiMisuse::Configuration`](tegata_core::error::ApiMisuse::Configuration) names the field, and
/// says what the file is when it is another one.
pub fn from_client_secret(json: &str) -> Result<Config, Error> {
    let file = ClientSecretFile::parse(json)?;
    let (id, secret) = (file.client_id(), file.client_secret().expose());
    match (file.application_type(), file.redirect_uris()) {
        (ApplicationType::Web, [redirect_uri]) => {
            config(id, secret)?.with_redirect_uri(redirect_uri)
        }
        (ApplicationType::Web, _) => config(id, secret),
        (ApplicationType::Installed, _) => installed(id, secret),
    }
}
