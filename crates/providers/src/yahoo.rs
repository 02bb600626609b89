//! Yahoo: api.login.yahoo.com. Another company than Yahoo! JAPAN.

use tegata_core::authorize::Prompt;
use tegata_core::client::{Client, ClientAuthentication};
use tegata_core::error::Error;
use tegata_core::redirect::YAHOO;
use tegata_core::scope;
use tegata_core::secret::ClientSecret;
use tegata_core::tolerance::Tolerance;
use tegata_core::url::Issuer;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_oidc::Config;
use tegata_oidc::profile::Profile;

/// The issuer.
pub const ISSUER: &str = "https://api.login.yahoo.com";

/// Yahoo's ways.
///
/// - ID tokens are signed by ES256 although RS256 is announced too; both are accepted. The key set
///   has weak RSA keys beside, which are skipped.
/// - Revocation is announced as `token_revocation_endpoint`.
/// - Error codes are written in capitals at the token endpoint.
/// - A refresh is documented with the redirect URI in it.
/// - Every code brings a refresh token. `offline_access` is unknown.
/// - Some confidential clients have been refused for sending PKCE; for such a client, use
///   `Profile { pkce: false, ..PROFILE }`.
pub const PROFILE: Profile = Profile {
    name: "Yahoo",
    documentation: "https://developer.yahoo.com/sign-in-with-yahoo/",
    checked: "2026-11-22",
    tolerance: Tolerance {
        error_aliases: &[
            ("ERROR_HANDLING_REQUEST", "server_error"),
            ("INVALID_AUTHORIZATION_CODE", "invalid_grant"),
            ("INVALID_INPUT", "invalid_request"),
            ("INVALID_REFRESH_TOKEN", "invalid_grant"),
            ("SERVER_ERROR", "server_error"),
            ("SESSION_VERIFICATION_FAIL", "login_required"),
        ],
        metadata_aliases: &[("token_revocation_endpoint", "revocation_endpoint")],
        scope_separators: scope::YAHOO.separators,
        ..Tolerance::NONE
    },
    id_token_algorithms: AllowedAlgorithms::of(&[Algorithm::ES256, Algorithm::RS256]),
    prompts: &[Prompt::Consent, Prompt::Login],
    scopes: scope::YAHOO,
    redirect_rules: YAHOO,
    refresh_with_redirect_uri: true,
    ..Profile::OPENID
};

/// A client with an identifier and a secret from the developer console.
///
/// # Errors
///
/// None today; a later version may check the identifier.
pub fn config(client_id: &str, client_secret: &str) -> Result<Config, Error> {
    config_at(ISSUER, client_id, client_secret)
}

/// The same at another issuer that behaves like Yahoo: a test provider.
///
/// # Errors
///
/// [`ApiMisuse::Url`](tegata_core::error::ApiMisuse::Url) when `issuer` is none.
pub fn config_at(issuer: &str, client_id: &str, client_secret: &str) -> Result<Config, Error> {
    let secret = ClientSecret::new(client_secret);
    let client = Client::new(client_id, ClientAuthentication::Basic(secret));
    Ok(Config::new(Issuer::new(issuer)?, PROFILE, client))
}
