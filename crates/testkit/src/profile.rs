//! Profiles: which provider the fake one plays, as data.
//!
//! A profile is a value: take one of the constants, change what the test is about.
//!
//! ```
//! use tegata_testkit::FakeProvider;
//! use tegata_testkit::profile::{Profile, RefreshPolicy};
//!
//! let mut profile = Profile::OPENID;
//! profile.refresh_policy = RefreshPolicy::Rotate;
//! let provider = FakeProvider::new(profile);
//! ```

mod certification;
mod google;
mod openid;
mod yahoo;
mod yahoo_japan;

use std::time::Duration;

use crate::Endpoint;
use crate::keys::SigningAlgorithm;

/// A provider's addresses, habits and departures from the specifications.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Profile {
    /// What to call it on a command line.
    pub name: &'static str,
    /// Its issuer, as the real one writes it. A server on loopback puts its own origin in front.
    pub issuer: &'static str,
    /// Where each endpoint is; one that is not listed does not exist.
    pub addresses: &'static [(Endpoint, &'static str)],
    /// What the metadata says beside issuer and addresses: a JSON object.
    pub metadata: &'static str,
    /// Whether the form of RFC 8414 §3 is answered too, beside that of OpenID Connect Discovery.
    pub has_rfc8414_form: bool,
    /// The metadata member that names the revocation endpoint.
    pub revocation_member: &'static str,

    /// How ID tokens and UserInfo JWTs are signed.
    pub signing: SigningAlgorithm,
    /// Whether a published key says which algorithm it is for.
    pub key_algorithms: bool,
    /// Keys that stand in the key set too and sign nothing: a JSON array.
    pub other_keys: &'static str,
    /// Whether the key set holds RSA keys of 1024 bits too, one with a leading zero byte.
    pub weak_decoy_keys: bool,
    /// Whether the header of a JWT says `"typ": "JWT"`.
    pub jwt_type: bool,
    /// Whether the JSON inside a JWT writes `/` as `\/`.
    pub escaped_slashes: bool,
    /// Whether `aud` is an array although there is one audience.
    pub audience_array: bool,
    /// Whether claims about the user stand in the ID token too, beside UserInfo.
    pub claims_in_id_token: bool,
    /// Whether a refresh brings a new ID token.
    pub id_token_on_refresh: bool,
    /// Claims that every user of this provider has: a JSON object.
    pub user_claims: &'static str,
    /// Whether UserInfo is answered as a signed JWT (OpenID Connect Core §5.3.2).
    pub signed_userinfo: bool,

    /// Whether an ID token in front carries `s_hash` (FAPI 1.0 Part 2 §5.1).
    pub state_hash: bool,

    /// Whether authorization responses carry `iss` (RFC 9207).
    pub issuer_parameter: bool,
    /// What stands in front of codes, access tokens and refresh tokens.
    pub token_prefixes: [&'static str; 3],
    /// Whether answers say how long an access token is good.
    pub expires_in: bool,
    /// How `token_type` is spelt.
    pub token_type: &'static str,
    /// Whether and how granted scopes are named.
    pub scope_answer: ScopeAnswer,
    /// Other spellings of scopes: what is asked for, what is granted.
    pub scope_spellings: &'static [(&'static str, &'static str)],
    /// Whether a scope that stands twice in a request is an error.
    pub refuses_duplicate_scope: bool,

    /// Whether `include_granted_scopes=true` adds what was granted before (Google).
    pub incremental_consent: bool,

    /// When a refresh token is given.
    pub refresh_rule: RefreshRule,
    /// What happens to a refresh token that is used.
    pub refresh_policy: RefreshPolicy,
    /// How long an authorization code is good.
    pub code_lifetime: Duration,
    /// How long an access token is good.
    pub access_token_lifetime: Duration,
    /// How long an ID token is good.
    pub id_token_lifetime: Duration,
    /// How long a refresh token is good; `None`: until it is revoked.
    pub refresh_token_lifetime: Option<Duration>,

    /// How devices are answered.
    pub device_style: DeviceStyle,
    /// How long a device has to wait between two polls.
    pub device_interval: Duration,
    /// How long the codes of a device are good.
    pub device_lifetime: Duration,
    /// What devices may ask for; empty: anything.
    pub device_scopes: &'static [&'static str],

    /// What the browser brings back when the user declines.
    pub decline: Decline,
    /// How revoking an unknown token is answered.
    pub unknown_revocation: UnknownRevocation,
    /// Whether revoking takes client authentication.
    pub revocation_authenticates: bool,
    /// Whether an access token may stand in the query (against RFC 9700 §4.3.2).
    pub token_in_query: bool,
    /// How errors are written.
    pub errors: ErrorStyle,
    /// The `realm` of `WWW-Authenticate`; empty: none.
    pub realm: &'static str,
    /// What `WWW-Authenticate` says of an expired token.
    pub expired_description: &'static str,
}

/// Whether and how granted scopes are named in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeAnswer {
    /// In the callback and in the token response.
    Everywhere,
    /// Never.
    Nowhere,
    /// In the token response.
    TokenResponse,
}

/// When a refresh token is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshRule {
    /// With `access_type=offline`, when consent was given just now: the first time, or with
    /// `prompt=consent` (Google).
    AccessTypeOffline,
    /// With every code.
    Always,
    /// With the scope `offline_access`, asked for with `prompt=consent` (OpenID Connect Core §11).
    OfflineAccess,
}

/// What happens to a refresh token that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshPolicy {
    /// It stays good, and the answer holds none.
    Keep,
    /// A new one comes with every answer, and the old ones stay good.
    Reissue,
    /// A new one comes, and the old one is spent: using it again ends the whole grant
    /// (RFC 9700 §4.14.2).
    Rotate,
    /// A new one comes, and the old one is spent: using it again is refused, and nothing ends.
    RotateAndReject,
    /// As [`RefreshPolicy::Rotate`], but for so long the spent one still gives the same successor.
    RotateWithGrace(Duration),
}

/// How devices are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceStyle {
    /// `verification_url`, codes that are case-sensitive; 428 for a poll too early, 403 for no.
    Google,
    /// As RFC 8628 says.
    Standard,
}

/// What the browser brings back when the user declines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decline {
    /// `error=access_denied`.
    AccessDenied,
    /// With `bail=1` the bare `state`; without it the browser never comes back (Yahoo! JAPAN).
    Bail,
}

/// How revoking an unknown token is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownRevocation {
    /// 200, as RFC 7009 §2.2 says.
    Accepted,
    /// 400 `invalid_token` (Google).
    InvalidToken,
}

/// How errors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorStyle {
    /// As RFC 6749 §5.2.
    Standard,
    /// Upper-case names for what is wrong with a code, a token or an input.
    Yahoo,
    /// With a number in `error_code` beside `error`.
    YahooJapan,
}

impl Profile {
    /// The providers that people sign in at: every profile but [`Profile::CERTIFICATION`].
    pub const ALL: [Self; 4] = [Self::OPENID, Self::GOOGLE, Self::YAHOO, Self::YAHOO_JAPAN];

    /// The profile of that [name](Profile::name).
    ///
    /// ```
    /// use tegata_testkit::profile::Profile;
    ///
    /// assert_eq!(Profile::parse("google").map(|p| p.issuer), Some("https://accounts.google.com"));
    /// assert!(Profile::parse("Google").is_none());
    /// ```
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::CERTIFICATION]).find(|profile| profile.name == name)
    }

    /// The real address of `endpoint`, when there is one.
    pub(crate) fn address(&self, endpoint: Endpoint) -> Option<&'static str> {
        let found = self.addresses.iter().find(|(known, _)| *known == endpoint);
        found.map(|(_, address)| *address)
    }

    /// Whether the metadata has this member, and it is true.
    pub(crate) fn says(&self, member: &str) -> bool {
        let metadata: serde_json::Value =
            serde_json::from_str(self.metadata).expect("the metadata of a profile is an object");
        metadata.get(member).is_some_and(|value| value == true)
    }

    /// Which endpoint answers at `path`.
    pub(crate) fn route(&self, path: &str) -> Option<Endpoint> {
        let issuer = path_of(self.issuer);
        let openid = format!("{issuer}/.well-known/openid-configuration");
        let rfc8414 = format!("/.well-known/oauth-authorization-server{issuer}");
        if path == openid || (self.has_rfc8414_form && path == rfc8414) {
            return Some(Endpoint::Discovery);
        }
        let listed = self.addresses.iter().find(|(_, address)| path_of(address) == path);
        listed.map(|(endpoint, _)| *endpoint)
    }
}

/// The path of an address, without a final slash: what routes are compared by.
pub(crate) fn path_of(address: &str) -> &str {
    behind_origin(address).trim_end_matches('/')
}

/// What stands behind scheme, host and port, letter for letter.
pub(crate) fn behind_origin(address: &str) -> &str {
    let (_, rest) = address.split_once("://").expect("the addresses of a profile are URLs");
    rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name() {
        for profile in Profile::ALL.into_iter().chain([Profile::CERTIFICATION]) {
            assert_eq!(Profile::parse(profile.name).unwrap().issuer, profile.issuer);
        }
    }

    #[test]
    fn paths_are_unique_so_that_one_origin_can_serve_them_all() {
        for profile in Profile::ALL {
            let paths: BTreeSet<_> = profile.addresses.iter().map(|(_, a)| path_of(a)).collect();
            assert_eq!(paths.len(), profile.addresses.len(), "{}", profile.name);
        }
    }

    #[test]
    fn a_slash_at_the_end_of_an_issuer_stays() {
        assert_eq!(behind_origin("https://op.example.com"), "");
        assert_eq!(behind_origin("https://op.example.com/"), "/");
        assert_eq!(behind_origin("https://op.example.com:1/a/b/"), "/a/b/");
        let mut profile = Profile::OPENID;
        profile.issuer = "https://op.example.com/a/";
        let path = "/a/.well-known/openid-configuration";
        assert_eq!(profile.route(path), Some(Endpoint::Discovery));
        let provider = crate::FakeProvider::new(profile);
        let server = provider.serve().unwrap();
        assert_eq!(provider.issuer(), format!("{}/a/", server.origin()));
    }

    #[test]
    fn metadata_and_user_claims_are_json_objects() {
        for profile in Profile::ALL.into_iter().chain([Profile::CERTIFICATION]) {
            for text in [profile.metadata, profile.user_claims] {
                let value: serde_json::Value = serde_json::from_str(text).unwrap();
                assert!(value.is_object(), "{}", profile.name);
            }
            let keys: serde_json::Value = serde_json::from_str(profile.other_keys).unwrap();
            assert!(keys.is_array(), "{}", profile.name);
        }
    }

    #[test]
    fn both_well_known_forms_are_routed_where_the_provider_has_them() {
        let path = "/.well-known/oauth-authorization-server";
        assert_eq!(Profile::GOOGLE.route(path), Some(Endpoint::Discovery));
        assert_eq!(Profile::YAHOO.route(path), None);
        let path = "/yconnect/v2/.well-known/openid-configuration";
        assert_eq!(Profile::YAHOO_JAPAN.route(path), Some(Endpoint::Discovery));
    }
}
