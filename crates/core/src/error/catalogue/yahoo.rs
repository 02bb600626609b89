//! Yahoo! JAPAN, and Yahoo outside Japan: two companies.

use super::Place::{Authorization, Page, ProtectedResource, Token};
use super::source::{Source, page};
use super::{CONFIG, CONSENT, Entry, PROGRAM, Provider, REFRESH, RETRY, SIGN_IN, USER};

const JAPAN_AUTHORIZATION: Source = page!(
    "Yahoo! JAPAN, authorization endpoint",
    "https://developer.yahoo.co.jp/yconnect/v2/authorization_code/authorization.html"
);
const JAPAN_TOKEN: Source = page!(
    "Yahoo! JAPAN, token endpoint",
    "https://developer.yahoo.co.jp/yconnect/v2/authorization_code/token.html"
);
const JAPAN_ACCESS: Source = page!(
    "Yahoo! JAPAN, access to APIs",
    "https://developer.yahoo.co.jp/yconnect/v2/api_access.html"
);
const YAHOO: Source = page!("Yahoo, OAuth 2.0", "https://developer.yahoo.com/oauth2/guide/");

#[rustfmt::skip]
pub(super) const JAPAN_ENTRIES: &[Entry] = &[
    Entry::new("invalid_request", &[Authorization, Token], &[400], PROGRAM,
        "A parameter is missing or wrong.",
        "", JAPAN_TOKEN).by(Provider::YahooJapan),
    Entry::new("invalid_request", &[ProtectedResource], &[403], CONFIG,
        "The application was not reviewed for UserInfo.",
        "Apply for the review, or do with the subject of the ID token.", JAPAN_ACCESS)
        .by(Provider::YahooJapan).with_detail("Client is not allowed"),
    Entry::new("invalid_scope", &[Authorization, Token], &[400], PROGRAM,
        "A scope is unknown, or stands there twice.",
        "", JAPAN_AUTHORIZATION).by(Provider::YahooJapan),
    Entry::new("unsupported_response_type", &[Authorization], &[], CONFIG,
        "The response type is unknown, or not for this application.",
        "", JAPAN_AUTHORIZATION).by(Provider::YahooJapan),
    Entry::new("unauthorized_client", &[Authorization], &[], CONFIG,
        "The type of the application, server-side or client-side, does not fit the flow.",
        "", JAPAN_AUTHORIZATION).by(Provider::YahooJapan),
    Entry::new("access_denied", &[Authorization], &[], USER,
        "The user refused.",
        "", JAPAN_AUTHORIZATION).by(Provider::YahooJapan),
    Entry::new("access_denied", &[Token], &[400], PROGRAM,
        "The request came by plain http.",
        "Use https.", JAPAN_TOKEN).by(Provider::YahooJapan).with_detail("HTTPS error"),
    Entry::new("login_required", &[Authorization], &[], SIGN_IN,
        "Nobody is signed in, and prompt=none forbids to ask.",
        "Sign in without prompt=none.", JAPAN_AUTHORIZATION).by(Provider::YahooJapan),
    Entry::new("consent_required", &[Authorization], &[], CONSENT,
        "The user has not agreed yet, and prompt=none forbids to ask.",
        "Sign in without prompt=none.", JAPAN_AUTHORIZATION).by(Provider::YahooJapan),
    Entry::new("interaction_required", &[Authorization], &[], SIGN_IN,
        "A page must be shown, and prompt=none forbids it.",
        "Sign in without prompt=none.", JAPAN_AUTHORIZATION).by(Provider::YahooJapan),
    Entry::new("invalid_redirect_uri", &[Token], &[400], CONFIG,
        "The redirect URI is not the one of the authorization request, or not registered.",
        "", JAPAN_TOKEN).by(Provider::YahooJapan),
    Entry::new("invalid_client", &[Token], &[401], CONFIG,
        "The client's identifier or secret is wrong.",
        "", JAPAN_TOKEN).by(Provider::YahooJapan),
    Entry::new("invalid_grant", &[Token], &[400], SIGN_IN,
        "The code is used or older than some 10 minutes, the refresh token is older than 4 weeks, or the PKCE verifier is wrong.",
        "", JAPAN_TOKEN).by(Provider::YahooJapan),
    Entry::new("invalid_token", &[ProtectedResource], &[401], REFRESH,
        "The access token has expired, or is of a form that is no longer accepted.",
        "", JAPAN_ACCESS).by(Provider::YahooJapan),
    Entry::new("invalid_token", &[Token], &[401], SIGN_IN,
        "A token has expired, or is of a form that is no longer accepted.",
        "", JAPAN_TOKEN).by(Provider::YahooJapan),
    Entry::new("", &[ProtectedResource], &[401], REFRESH,
        "The gateway refused the access token; the header repeats the reason.",
        "", JAPAN_ACCESS)
        .by(Provider::YahooJapan).with_detail("header X-YahooJ-AuthError"),
    Entry::new("unsupported_grant_type", &[Token], &[400], PROGRAM,
        "The grant type is unknown.",
        "", JAPAN_TOKEN).by(Provider::YahooJapan),
    Entry::new("insufficient_scope", &[ProtectedResource], &[403], CONSENT,
        "The access token does not reach that far.",
        "Sign in again with the scope.", JAPAN_ACCESS).by(Provider::YahooJapan),
    Entry::new("server_error", &[Authorization, Token], &[500], RETRY,
        "Yahoo! JAPAN failed.",
        "", JAPAN_TOKEN).by(Provider::YahooJapan),
    Entry::new("", &[Authorization], &[], USER,
        "The callback has a state and nothing else: with bail=1 the user declined.",
        "", JAPAN_AUTHORIZATION).by(Provider::YahooJapan).with_detail("empty callback"),
    Entry::new("", &[Authorization], &[], None,
        "The user declined and was sent to the top page: without bail=1 the browser does not come back.",
        "Send bail=1; forget a sign-in that stays pending.", JAPAN_AUTHORIZATION)
        .by(Provider::YahooJapan).with_detail("no callback"),
];

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("INVALID_INPUT", &[Token], &[400], PROGRAM,
        "The client's identifier or secret, the grant type, the redirect URI or the code is empty.",
        "", YAHOO).by(Provider::Yahoo),
    Entry::new("INVALID_AUTHORIZATION_CODE", &[Token], &[400], SIGN_IN,
        "The code is wrong, used or too old: invalid_grant elsewhere.",
        "", YAHOO).by(Provider::Yahoo),
    Entry::new("INVALID_REFRESH_TOKEN", &[Token], &[400], SIGN_IN,
        "The refresh token cannot be read or is dead: invalid_grant elsewhere.",
        "", YAHOO).by(Provider::Yahoo),
    Entry::new("ERROR_HANDLING_REQUEST", &[Token], &[500], RETRY,
        "Yahoo failed: server_error elsewhere.",
        "", YAHOO).by(Provider::Yahoo),
    Entry::new("SERVER_ERROR", &[Token], &[500], RETRY,
        "Yahoo failed: server_error elsewhere.",
        "", YAHOO).by(Provider::Yahoo),
    Entry::new("SESSION_VERIFICATION_FAIL", &[Authorization, Token], &[400], SIGN_IN,
        "The session at Yahoo could not be verified.",
        "", YAHOO).by(Provider::Yahoo),
    Entry::new("unauthorized_client", &[Authorization], &[], CONFIG,
        "The client's identifier is wrong, or PKCE was sent by a client that may not use it.",
        "Compare the identifier; then switch PKCE off for this client.", YAHOO)
        .by(Provider::Yahoo).with_detail("invalid client id"),
    Entry::new("invalid_request", &[Page], &[], CONFIG,
        "This client must use PKCE.",
        "Switch PKCE on for this client.", YAHOO)
        .by(Provider::Yahoo).with_detail("invalid code challenge or method"),
    Entry::new("", &[ProtectedResource], &[429], RETRY,
        "Too many requests.",
        "", YAHOO).by(Provider::Yahoo),
];
