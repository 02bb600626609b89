//! Any OpenID provider that keeps to the specifications.

use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::error::Error;
use tegata_core::secret::ClientSecret;
use tegata_core::url::Issuer;
use tegata_oidc::Config;
use tegata_oidc::profile::Profile;

/// A provider that keeps to OpenID Connect Core.
pub const PROFILE: Profile = Profile::OPENID;

/// A confidential client (`client_secret_basic`) at `issuer`.
///
/// ```
/// let config = tegata_providers::openid::config("https://op.example.com", "web", "secret")?;
/// # Ok::<(), tegata_core::Error>(())
/// ```
///
/// # Errors
///
/// [`ApiMisuse::Url`](tegata_core::error::ApiMisuse::Url) when `issuer` is none.
pub fn config(issuer: &str, client_id: &str, client_secret: &str) -> Result<Config, Error> {
    let secret = ClientSecret::new(client_secret);
    let client = Client::new(client_id, ClientAuthentication::Basic(secret));
    Ok(Config::new(Issuer::new(issuer)?, PROFILE, client))
}

/// A public client at `issuer`: it has no secret, and PKCE protects it.
///
/// # Errors
///
/// As [`config`].
pub fn public_client(issuer: &str, client_id: &str) -> Result<Config, Error> {
    let client = Client::new(client_id, ClientAuthentication::None);
    Ok(Config::new(Issuer::new(issuer)?, PROFILE, client))
}
