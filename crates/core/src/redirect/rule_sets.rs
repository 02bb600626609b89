//! The rule sets of Google, Yahoo! JAPAN, Yahoo and plain OAuth 2.0, as constants.
//!
//! Checked in September 2026. What no provider page says and only users saw is marked so, and can
//! be switched off by [`RedirectRules::without`]. The rule sets hold no public suffix list: give
//! them one by [`RedirectRules::with_suffixes`].

use super::comparison::Comparison;
use super::rule::{Rule, RuleSet};
use super::rules::{RedirectRules, Scheme};
use super::suffixes::ReservedNames;
use crate::url::MAX_URL_BYTES;

/// OAuth 2.0 and 2.1 as the specifications have it: an absolute URI without fragment (RFC 6749
/// §3.1.2), `https` or loopback or a reversed domain name (RFC 8252 §7), exact match but for the
/// port of loopback, no open redirect (RFC 9700 §2.1, §4.1, §4.11).
pub const OAUTH: RedirectRules = RedirectRules {
    name: "OAuth 2.0",
    rules: RuleSet::of(&[
        Rule::Length,
        Rule::Nonprintable,
        Rule::Whitespace,
        Rule::PercentEncoding,
        Rule::Character,
        Rule::Malformed,
        Rule::Scheme,
        Rule::SingleSlash,
        Rule::Fragment,
        Rule::Userinfo,
        Rule::OpenRedirect,
    ]),
    schemes: &[Scheme::Https, Scheme::LoopbackHttp, Scheme::ReverseDomain],
    loopback_hosts: &["localhost", "127.0.0.1", "[::1]"],
    constants: &[],
    shorteners: &[],
    owns_domain: false,
    owner_path: None,
    suffixes: &ReservedNames,
    comparison: Comparison::LoopbackAnyPort,
    max_bytes: MAX_URL_BYTES,
};

/// Google, client type *web application*.
///
/// Seen by users and on no page of Google: [`Rule::TopPrivate`], [`Rule::Whitespace`], the refusal
/// of names under `localhost`. Guesses: [`Rule::OpenRedirect`], and which domains are
/// [`SHORTENERS`].
///
/// <https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation>
pub const GOOGLE_WEB: RedirectRules = RedirectRules {
    name: "Google (web application)",
    rules: RuleSet::of(&[
        Rule::Length,
        Rule::Nul,
        Rule::Nonprintable,
        Rule::Whitespace,
        Rule::Wildcard,
        Rule::PercentEncoding,
        Rule::Malformed,
        Rule::Scheme,
        Rule::Fragment,
        Rule::Userinfo,
        Rule::HostIp,
        Rule::TopLevelDomain,
        Rule::TopPrivate,
        Rule::GoogleUserContent,
        Rule::Shortener,
        Rule::PathTraversal,
        Rule::OpenRedirect,
    ]),
    schemes: &[Scheme::Https, Scheme::LoopbackHttp],
    shorteners: SHORTENERS,
    owner_path: Some("/google-callback"),
    comparison: Comparison::Exact,
    ..OAUTH
};

/// Google, authorised JavaScript origins of a web application: scheme, host and port alone.
///
/// <https://developers.google.com/identity/protocols/oauth2/javascript-implicit-flow>
pub const GOOGLE_ORIGINS: RedirectRules = RedirectRules {
    name: "Google (JavaScript origin)",
    owner_path: None,
    ..GOOGLE_WEB
        .without(Rule::PathTraversal)
        .without(Rule::OpenRedirect)
        .with(Rule::Path)
        .with(Rule::Query)
};

/// Google, client type *desktop*: loopback with any port and path, nothing to register.
///
/// <https://developers.google.com/identity/protocols/oauth2/native-app>
pub const GOOGLE_DESKTOP: RedirectRules = RedirectRules {
    name: "Google (desktop)",
    rules: INSTALLED,
    schemes: &[Scheme::LoopbackHttp],
    comparison: Comparison::LoopbackAnyPortAndPath,
    ..OAUTH
};

/// Google, client types *iOS* and *UWP*: the client ID reversed, or the bundle ID, as the scheme.
///
/// <https://developers.google.com/identity/protocols/oauth2/native-app>
pub const GOOGLE_IOS: RedirectRules = RedirectRules {
    name: "Google (iOS)",
    rules: INSTALLED,
    schemes: &[Scheme::ReverseDomain],
    comparison: Comparison::Exact,
    ..OAUTH
};

/// Google, any client that is installed: [`GOOGLE_DESKTOP`] or [`GOOGLE_IOS`].
pub const GOOGLE_INSTALLED: RedirectRules = RedirectRules {
    name: "Google (installed application)",
    schemes: &[Scheme::LoopbackHttp, Scheme::ReverseDomain],
    ..GOOGLE_DESKTOP
};

/// Yahoo! JAPAN: a full URL, or a scheme of the application's own; exact match.
///
/// No page says more than that; the rest are the rules that OAuth 2.0 has anyway.
///
/// <https://developer.yahoo.co.jp/yconnect/v2/authorization_code/authorization.html>
pub const YAHOO_JAPAN: RedirectRules = RedirectRules {
    name: "Yahoo! JAPAN",
    schemes: &[Scheme::Https, Scheme::LoopbackHttp, Scheme::PrivateUse],
    comparison: Comparison::Exact,
    ..OAUTH.without(Rule::SingleSlash).without(Rule::OpenRedirect)
};

/// Yahoo outside Japan: `https` even to this very machine, or `oob`.
///
/// <https://developer.yahoo.com/oauth2/guide/flows_authcode/>
pub const YAHOO: RedirectRules = RedirectRules {
    name: "Yahoo",
    schemes: &[Scheme::Https],
    constants: &["oob"],
    comparison: Comparison::Exact,
    ..OAUTH.without(Rule::OpenRedirect)
};

const INSTALLED: RuleSet = GOOGLE_WEB
    .rules
    .without(Rule::HostIp)
    .without(Rule::TopLevelDomain)
    .without(Rule::TopPrivate)
    .without(Rule::GoogleUserContent)
    .without(Rule::Shortener)
    .without(Rule::OpenRedirect)
    .with(Rule::SingleSlash);

/// Domains that shorten URLs. Google names `goo.gl` and publishes no list: the others are a choice
/// of this crate.
pub const SHORTENERS: &[&str] = &[
    "aka.ms",
    "amzn.to",
    "app.link",
    "bit.ly",
    "bitly.com",
    "buff.ly",
    "cutt.ly",
    "fb.me",
    "g.co",
    "git.io",
    "goo.gl",
    "is.gd",
    "j.mp",
    "lnkd.in",
    "ow.ly",
    "page.link",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "v.gd",
    "youtu.be",
];
