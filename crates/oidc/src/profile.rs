//! What one provider does in its own way, as data: a preset is a constant of this type.

use std::time::Duration;

use tegata_core::authorize::Prompt;
use tegata_core::client::BasicEncoding;
use tegata_core::redirect::{OAUTH, RedirectRules};
use tegata_core::scope::{OPENID, ScopeRules};
use tegata_core::tolerance::Tolerance;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};

/// A provider's ways. Presets of `tegata-providers` and yours alike are constants:
///
/// ```
/// use tegata_oidc::profile::Profile;
///
/// const KEYCLOAK: Profile = Profile { name: "Keycloak", ..Profile::OPENID };
/// assert!(KEYCLOAK.pkce);
/// ```
///
/// Written with `..Profile::OPENID`, so that a new field breaks nobody.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written with `..OPENID` by presets of other crates")]
pub struct Profile {
    /// The provider's name, for people.
    pub name: &'static str,
    /// Where the provider documents itself.
    pub documentation: &'static str,
    /// When this preset was last compared with the documentation: `YYYY-MM-DD`.
    pub checked: &'static str,
    /// What is accepted beside the specifications.
    pub tolerance: Tolerance,
    /// How this provider reads `client_secret_basic`.
    pub basic_encoding: BasicEncoding,
    /// The algorithms of ID tokens. The header of a token chooses among these and no others.
    pub id_token_algorithms: AllowedAlgorithms,
    /// `iss` values of ID tokens that are accepted beside the issuer itself.
    pub other_issuers: &'static [&'static str],
    /// How long ago an ID token may have been issued; `None`: any time, until it expires. Ahead of our
    /// clock it may be by the leeway alone.
    pub issued_at_window: Option<Duration>,
    /// Whether `at_hash` is believed. One provider is known to get it wrong now and then.
    pub dangerous_ignore_at_hash: bool,
    /// What its scopes mean, and how a refresh token is asked for.
    pub scopes: ScopeRules,
    /// Whether the code challenge of PKCE is sent. A few old servers refuse clients that send it.
    pub pkce: bool,
    /// What this provider demands of redirect URIs.
    pub redirect_rules: RedirectRules,
    /// The prompts that it knows; another one is refused before it is sent.
    pub prompts: &'static [Prompt],
    /// Parameters that every authorization request carries.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The scopes that devices may ask for (RFC 8628); empty: any.
    pub device_scopes: &'static [&'static str],
    /// Whether a refresh carries the redirect URI too, where RFC 6749 §6 does not.
    pub refresh_with_redirect_uri: bool,
    /// How long a refresh token lives when the answer does not say so.
    pub refresh_token_lifetime: Option<Duration>,
}

impl Profile {
    /// A provider that keeps to OpenID Connect Core.
    pub const OPENID: Self = Self {
        name: "OpenID provider",
        documentation: "https://openid.net/specs/openid-connect-core-1_0.html",
        checked: "2026-11-22",
        tolerance: Tolerance::NONE,
        basic_encoding: BasicEncoding::FormUrlencoded,
        id_token_algorithms: AllowedAlgorithms::of(&[Algorithm::RS256]),
        other_issuers: &[],
        issued_at_window: None,
        dangerous_ignore_at_hash: false,
        scopes: OPENID,
        pkce: true,
        redirect_rules: OAUTH,
        prompts: &[
            Prompt::Consent,
            Prompt::Create,
            Prompt::Login,
            Prompt::None,
            Prompt::SelectAccount,
        ],
        parameters: &[],
        device_scopes: &[],
        refresh_with_redirect_uri: false,
        refresh_token_lifetime: None,
    };
}
