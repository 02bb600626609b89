//! Yahoo! JAPAN: Yahoo! ID連携 (YConnect) v2.

use std::time::Duration;

use tegata_core::authorize::Prompt;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::error::Error;
use tegata_core::redirect::YAHOO_JAPAN;
use tegata_core::scope;
use tegata_core::secret::ClientSecret;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::{EndpointUrl, Issuer};
use tegata_oidc::Config;
use tegata_oidc::config::KeySource;
use tegata_oidc::keys::KeyFormat;
use tegata_oidc::profile::Profile;

/// The issuer. No slash at the end.
pub const ISSUER: &str = "https://auth.login.yahoo.co.jp/yconnect/v2";

/// Where the keys are as a map from `kid` to PEM: see [`with_public_keys`].
pub const PUBLIC_KEYS: &str = "https://auth.login.yahoo.co.jp/yconnect/v2/public-keys";

/// Yahoo! JAPAN's ways.
///
/// - `bail=1` is sent: a user who declines comes back, by a callback with neither code nor error.
/// - Every code brings a refresh token, which lives four weeks, is not renewed by use, and does not
///   come again with a refresh. `offline_access` is unknown.
/// - ID tokens are at most ten minutes old when they arrive.
/// - Nothing can be revoked, and nobody can be logged out there.
pub const PROFILE: Profile = Profile {
    name: "Yahoo! JAPAN",
    documentation: "https://developer.yahoo.co.jp/yconnect/v2/",
    checked: "2026-11-22",
    tolerance: Tolerance {
        challenge_headers: &["x-yahooj-autherror"],
        string_booleans: true,
        ..Tolerance::NONE
    },
    issued_at_window: Some(Duration::from_secs(600)),
    prompts: &[Prompt::Consent, Prompt::Login, Prompt::None, Prompt::SelectAccount],
    scopes: scope::YAHOO_JAPAN,
    parameters: &[("bail", "1")],
    refresh_token_lifetime: Some(Duration::from_secs(28 * 24 * 60 * 60)),
    redirect_rules: YAHOO_JAPAN,
    ..Profile::OPENID
};

/// A server-side application (サーバーサイド), which has a secret and sends it by Basic
/// authentication.
///
/// # Errors
///
/// None today; a later version may check the identifier.
pub fn config(client_id: &str, client_secret: &str) -> Result<Config, Error> {
    config_at(ISSUER, client_id, client_secret)
}

/// A client-side application (クライアントサイド), which has no secret and uses PKCE.
///
/// # Errors
///
/// As [`config`].
pub fn client_side(client_id: &str) -> Result<Config, Error> {
    let client = Client::new(client_id, ClientAuthentication::None);
    Ok(Config::new(Issuer::new(ISSUER)?, PROFILE, client))
}

/// The same at another issuer that behaves like Yahoo! JAPAN: a test provider.
///
/// # Errors
///
/// [`ApiMisuse::Url`](tegata_core::error::ApiMisuse::Url) when `issuer` is none.
pub fn config_at(issuer: &str, client_id: &str, client_secret: &str) -> Result<Config, Error> {
    let secret = ClientSecret::new(client_secret);
    let client = Client::new(client_id, ClientAuthentication::Basic(secret));
    Ok(Config::new(Issuer::new(issuer)?, PROFILE, client))
}

/// Takes the keys from the public-keys endpoint instead of the JWK set. Both hold the same keys.
///
/// # Errors
///
/// [`ApiMisuse::Url`](tegata_core::error::ApiMisuse::Url) when `url` is none; [`PUBLIC_KEYS`] is one.
pub fn with_public_keys(config: Config, url: &str) -> Result<Config, Error> {
    Ok(config.with_keys(KeySource::At(EndpointUrl::new(url)?, KeyFormat::PemMap)))
}
