//! Scopes, redirect URIs and `WWW-Authenticate`, each against a second reader.

use http::HeaderMap;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use tegata_core::bearer::{Challenge, ChallengeFault, challenges, refusal};
use tegata_core::http::{Endpoint, HttpResponse};
use tegata_core::redirect::{
    GOOGLE_IOS, GOOGLE_ORIGINS, GOOGLE_WEB, OAUTH, PublicSuffixes, RedirectRules, SHORTENERS,
    YAHOO, YAHOO_JAPAN, differences,
};
use tegata_core::scope::{self, InvalidScope, MAX_SCOPE_BYTES, Scope};
use tegata_core::time::UnixTime;
use tegata_core::url::RedirectUri;

#[path = "../../crates/core/src/bearer/challenge/tests/reference.rs"]
mod challenge_reference;
#[path = "../../crates/core/src/redirect/tests/reference.rs"]
mod redirect_reference;

/// Accepts exactly the grammar; what is written reads back; the sets obey their algebra.
pub fn scope(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    let read = Scope::parse(first);
    let allowed = |byte: u8| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~' | b' ');
    let expected = first.len() <= MAX_SCOPE_BYTES && first.bytes().all(allowed);
    assert_eq!(read.is_ok(), expected);
    if first.len() > MAX_SCOPE_BYTES {
        assert_eq!(read, Err(InvalidScope::TooLong));
    }
    let Ok(requested) = read else { return };
    let written = requested.to_string();
    assert!(!written.starts_with(' ') && !written.ends_with(' ') && !written.contains("  "));
    assert_eq!(Scope::parse(&written).as_ref(), Ok(&requested));

    for rules in [scope::GOOGLE, scope::OAUTH, scope::YAHOO, scope::YAHOO_JAPAN] {
        let answer = rules.read(second).ok();
        let granted = rules.compare(&requested, answer.as_ref());
        let (missing, extra) = (granted.missing(), granted.extra());
        for token in granted.requested().iter() {
            assert_eq!(granted.covers(token), !missing.contains(token));
        }
        assert!(missing.iter().all(|token| granted.requested().contains(token)));
        assert!(extra.iter().all(|token| !granted.requested().contains(token)));
        if answer.is_none() {
            assert!(missing.is_empty() && extra.is_empty());
        }
        let offline = rules.offline_request(&requested);
        assert_eq!(rules.offline_request(&offline.scope), offline);
    }
}

/// A list that a fuzzer can learn by heart; the real one takes minutes to compile for it.
#[derive(Debug)]
struct FewSuffixes;

impl PublicSuffixes for FewSuffixes {
    fn public_suffix<'h>(&self, host: &'h str) -> Option<&'h str> {
        const SUFFIXES: [&str; 8] = ["co.uk", "github.io", "io", "com", "dev", "gl", "jp", "ly"];
        SUFFIXES.into_iter().find_map(|suffix| {
            let before = host.strip_suffix(suffix)?;
            let is_label = before.is_empty() || before.ends_with('.');
            is_label.then(|| host.split_at(before.len()).1)
        })
    }
}

/// Google's rules against the reference order of checks; every finding within the text; the first
/// line against the second as registered and requested.
pub fn redirect_uri(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (uri, other) = text.split_once('\n').unwrap_or((text, ""));
    let google = GOOGLE_WEB.with_suffixes(&FewSuffixes);
    let ids = |rules: RedirectRules| -> Vec<_> {
        rules.violations(uri).iter().map(|violation| violation.rule().id()).collect()
    };
    let suffix = |host: &str| FewSuffixes.public_suffix(host).map(str::to_owned);
    for (rules, owner) in [(google, false), (google.for_domain_owner(), true)] {
        assert_eq!(ids(rules), redirect_reference::google_web(uri, owner, &suffix, SHORTENERS));
    }
    for rules in [google, GOOGLE_IOS, GOOGLE_ORIGINS, OAUTH, YAHOO, YAHOO_JAPAN] {
        let violations = rules.violations(uri);
        for violation in &violations {
            assert!(uri.get(violation.range()).is_some(), "{violation:?}");
            assert!(!violation.to_string().is_empty());
        }
        assert_eq!(RedirectUri::new_checked(uri, &rules).is_ok(), violations.is_empty());
    }
    // What the raw text shows is what a browser does, where it can open it at all.
    if let (true, Ok(url)) = (google.violations(uri).is_empty(), url::Url::parse(uri)) {
        assert!(matches!(url.scheme(), "https" | "http"));
        assert!(url.fragment().is_none() && url.username().is_empty() && url.password().is_none());
        let host = url.host_str().expect("a host");
        let shown = uri.split(['/', '?']).nth(2).expect("an authority").to_ascii_lowercase();
        let rest = shown.strip_prefix(host).unwrap_or_else(|| panic!("{host} in {uri}"));
        assert!(rest.is_empty() || rest.starts_with(':'));
        // Google has no rule against a backslash in the path; elsewhere none may stand anywhere.
        if !uri.contains('\\') {
            assert_eq!(RedirectUri::new(uri).as_ref().map(RedirectUri::as_str), Ok(uri));
        }
    }
    assert_eq!(differences(uri, other).is_empty(), uri == other);
    for difference in differences(uri, other) {
        assert!(difference.registered().is_none_or(|range| uri.get(range).is_some()));
        assert!(difference.requested().is_none_or(|range| other.get(range).is_some()));
    }
}

/// Accepts exactly the grammar; several header lines never panic and keep what was read.
pub fn www_authenticate(data: &[u8]) {
    if let Ok(line) = std::str::from_utf8(data) {
        let found = Challenge::parse(line);
        let limited = matches!(found, Err(ChallengeFault::TooLong | ChallengeFault::TooMany));
        if !limited {
            let found = found.ok().map(|challenges| challenges.iter().map(plain).collect());
            assert_eq!(found, challenge_reference::parse(line));
        }
    }
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').filter_map(|it| HeaderValue::from_bytes(it).ok())
    {
        headers.append(WWW_AUTHENTICATE, line);
    }
    let found = challenges(&headers);
    assert!(found.len() <= data.len() + 1);
    for challenge in &found {
        let _ = (challenge.error(), challenge.scope(), challenge.realm(), challenge.token68());
    }
    let mut response = HttpResponse::new(Vec::new());
    *response.headers_mut() = headers;
    let refused = refusal(Endpoint::ProtectedResource, &response, UnixTime::from_seconds(0));
    let _ = (refused.remedy(), refused.to_string(), format!("{refused:?}"));
}

fn plain(challenge: &Challenge) -> challenge_reference::Found {
    let own = |text: &str| text.to_owned();
    let parameters = challenge.parameters().map(|(name, value)| (own(name), own(value))).collect();
    (challenge.scheme().map(own), challenge.token68().map(own), parameters)
}
