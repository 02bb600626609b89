//! RFC 6749 and OpenID Connect Core.

use super::Place::{Authorization, ProtectedResource, Token};
use super::source::{Source, page, rfc};
use super::{CONFIG, Entry, PROGRAM, REFRESH, RETRY, SIGN_IN, USER};

const CORE: Source = page!(
    "OpenID Connect Core §3.1.2.6",
    "https://openid.net/specs/openid-connect-core-1_0.html#AuthError"
);
const CORE_USERINFO: Source = page!(
    "OpenID Connect Core §5.3.3",
    "https://openid.net/specs/openid-connect-core-1_0.html#UserInfoError"
);
const UNMET: Source = page!(
    "OpenID Connect: unmet authentication requirements",
    "https://openid.net/specs/openid-connect-unmet-authentication-requirements-1_0.html"
);

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("invalid_request", &[Authorization, Token], &[400], PROGRAM,
        "A parameter is missing, stands there twice or is malformed; PKCE is missing or its method unknown.",
        "", rfc!("6749", "5.2")),
    Entry::new("unauthorized_client", &[Authorization, Token], &[400], CONFIG,
        "The client may not use this grant or response type.",
        "", rfc!("6749", "5.2")),
    Entry::new("access_denied", &[Authorization], &[], USER,
        "The user or the server refused.",
        "", rfc!("6749", "4.1.2.1")),
    Entry::new("unsupported_response_type", &[Authorization], &[], CONFIG,
        "The server does not know the response type, or not for this client.",
        "", rfc!("6749", "4.1.2.1")),
    Entry::new("invalid_scope", &[Authorization, Token], &[400], PROGRAM,
        "A scope is unknown, malformed or beyond what was granted.",
        "Correct the scopes in the program, or switch them on for the client.", rfc!("6749", "5.2")),
    Entry::new("server_error", &[Authorization], &[], RETRY,
        "The server failed; a redirect cannot carry the status 500.",
        "Start the sign-in again, later.", rfc!("6749", "4.1.2.1")),
    Entry::new("temporarily_unavailable", &[Authorization], &[], RETRY,
        "The server is overloaded or in maintenance; a redirect cannot carry the status 503.",
        "Start the sign-in again, later.", rfc!("6749", "4.1.2.1")),
    Entry::new("invalid_client", &[Token], &[401, 400], CONFIG,
        "The client is unknown or did not authenticate as it is registered.",
        "Compare the identifier, the secret and the method of authentication with the registration.",
        rfc!("6749", "5.2")),
    Entry::new("invalid_grant", &[Token], &[400], SIGN_IN,
        "The code, refresh token or assertion is wrong, too old, used, revoked or another client's; or the redirect URI or PKCE verifier is another than at the start.",
        "Never send a code twice. For a refresh token: read the store once more, another process may have refreshed; if not, delete it and sign in again.",
        rfc!("6749", "5.2")),
    Entry::new("unsupported_grant_type", &[Token], &[400], CONFIG,
        "The server does not know the grant type.",
        "", rfc!("6749", "5.2")),

    Entry::new("interaction_required", &[Authorization], &[], SIGN_IN,
        "The provider has to show a page, and prompt=none forbids it. An ordinary answer to a silent check.",
        "Sign in without prompt=none.", CORE),
    Entry::new("login_required", &[Authorization], &[], SIGN_IN,
        "Nobody is signed in at the provider, and prompt=none forbids to ask. An ordinary answer to a silent check.",
        "Sign in without prompt=none.", CORE),
    Entry::new("account_selection_required", &[Authorization], &[], SIGN_IN,
        "Several accounts are signed in, and prompt=none forbids to ask which.",
        "Sign in with prompt=select_account.", CORE),
    Entry::new("consent_required", &[Authorization], &[], super::CONSENT,
        "The user has not agreed yet, and prompt=none forbids to ask.",
        "Sign in without prompt=none, or with prompt=consent.", CORE),
    Entry::new("invalid_request_uri", &[Authorization], &[], PROGRAM,
        "The request_uri cannot be read, holds an invalid request, or has expired.",
        "A pushed request that has expired is pushed again.", rfc!("9126", "4")),
    Entry::new("request_not_supported", &[Authorization], &[], CONFIG,
        "The server takes no request parameter.", "", CORE),
    Entry::new("request_uri_not_supported", &[Authorization], &[], CONFIG,
        "The server takes no request_uri parameter.", "", CORE),
    Entry::new("registration_not_supported", &[Authorization], &[], CONFIG,
        "The server takes no registration parameter.", "", CORE),
    Entry::new("unmet_authentication_requirements", &[Authorization], &[], USER,
        "The user cannot authenticate in the way that the request demands (acr).",
        "", UNMET),
    Entry::new("invalid_token", &[ProtectedResource], &[401], REFRESH,
        "UserInfo does not take the access token.",
        "", CORE_USERINFO)
        .with_detail("from UserInfo"),
];
