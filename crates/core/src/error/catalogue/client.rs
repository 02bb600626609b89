//! What a client finds by itself: no server sent these, so the names are ours.

use super::Place::Client;
use super::source::{Source, page, rfc};
use super::{CONFIG, CONSENT, Entry, PROGRAM, RETRY, SECURITY, SIGN_IN, USER};

const CORE_ID_TOKEN: Source = page!(
    "OpenID Connect Core §3.1.3.7",
    "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation"
);
const CORE_USERINFO: Source = page!(
    "OpenID Connect Core §5.3.2",
    "https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse"
);
const DISCOVERY: Source = page!(
    "OpenID Connect Discovery §4.3",
    "https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation"
);
const BAIL: Source = page!(
    "Yahoo! JAPAN, authorization endpoint",
    "https://developer.yahoo.co.jp/yconnect/v2/authorization_code/authorization.html"
);
const GOOGLE_HD: Source = page!(
    "Google OpenID Connect: hd",
    "https://developers.google.com/identity/openid-connect/openid-connect"
);
const GOOGLE_OFFLINE: Source = page!(
    "Google, offline access",
    "https://developers.google.com/identity/protocols/oauth2/web-server"
);

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("state_mismatch", &[Client], &[], SECURITY,
        "The callback's state is missing, unknown, another's or used before.",
        "", rfc!("6749", "10.12")),
    Entry::new("callback_iss_mismatch", &[Client], &[], SECURITY,
        "The callback's iss is another issuer's, or missing although the server announces it.",
        "", rfc!("9207", "2.4")),
    Entry::new("empty_callback", &[Client], &[], USER,
        "The callback has neither a code nor an error: a user who declined at Yahoo! JAPAN with bail=1; elsewhere the server is broken.",
        "", BAIL),
    Entry::new("duplicate_parameter", &[Client], &[], SECURITY,
        "A parameter of the callback stands there twice.",
        "", rfc!("6749", "3.1")),
    Entry::new("code_and_error", &[Client], &[], SECURITY,
        "The callback has both a code and an error.",
        "", rfc!("6749", "4.1.2.1")),
    Entry::new("unknown_token_type", &[Client], &[], PROGRAM,
        "The token_type is neither Bearer nor DPoP.",
        "", rfc!("6749", "7.1")),
    Entry::new("id_token_signature", &[Client], &[], SECURITY,
        "The ID token's signature, key or algorithm is not acceptable, after the keys were fetched once more.",
        "", CORE_ID_TOKEN),
    Entry::new("keys_unavailable", &[Client], &[], RETRY,
        "The provider's keys could not be fetched.",
        "", CORE_ID_TOKEN),
    Entry::new("id_token_claims", &[Client], &[], SECURITY,
        "iss, aud, azp, nonce, at_hash or c_hash of the ID token is another than it must be.",
        "", CORE_ID_TOKEN),
    Entry::new("id_token_time", &[Client], &[], SIGN_IN,
        "The ID token has expired, is from the future, or the user authenticated too long ago.",
        "Check the clock of this machine first; then sign in again.", CORE_ID_TOKEN),
    Entry::new("userinfo_subject", &[Client], &[], SECURITY,
        "UserInfo speaks of another subject than the ID token.",
        "", CORE_USERINFO),
    Entry::new("hosted_domain", &[Client], &[], USER,
        "The account is not of the organisation that was asked for.",
        "Tell the user to use the organisation's account.", GOOGLE_HD),
    Entry::new("discovery_issuer", &[Client], &[], CONFIG,
        "The metadata document names another issuer than the one that was asked.",
        "Compare the issuer letter for letter, the trailing slash included.", DISCOVERY),
    Entry::new("unreadable_answer", &[Client], &[429, 500, 502, 503, 504], RETRY,
        "The server failed, and its answer is no JSON.",
        "", rfc!("6749", "5.2")),
    Entry::new("unreadable_answer", &[Client], &[], SECURITY,
        "The answer is no JSON, too long, or a redirect where none may be.",
        "", rfc!("6749", "5.2")),
    Entry::new("scope_declined", &[Client], &[], USER,
        "The user granted less than was asked for.",
        "Do without the feature, or explain why it is needed and ask again.", rfc!("6749", "3.3")),
    Entry::new("no_refresh_token", &[Client], &[], CONSENT,
        "The answer has no refresh token: Google sends one when the user was just asked.",
        "", GOOGLE_OFFLINE),
];
