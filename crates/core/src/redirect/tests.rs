//! Redirect URIs and origins against the rules of each provider, and against a second checker.

mod cases;
mod reference;

use proptest::prelude::*;

use super::*;

const GOOGLE: RedirectRules = GOOGLE_WEB.with_suffixes(&PublicSuffixList);

fn ids(rules: &RedirectRules, uri: &str) -> Vec<&'static str> {
    rules.violations(uri).iter().map(|violation| violation.rule().id()).collect()
}

#[test]
fn judges_every_known_case_as_google_does() {
    for (number, owner, uri, expected) in cases::CASES {
        let rules = if *owner { GOOGLE.for_domain_owner() } else { GOOGLE };
        assert_eq!(ids(&rules, uri), *expected, "{number}: {uri:?}");
    }
    assert_eq!(cases::CASES.len(), 68);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the collection stands outside the repository")]
fn the_carried_cases_are_the_ones_that_were_collected() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/facts/redirect-uri-cases.json");
    let Ok(text) = std::fs::read(path) else {
        return println!("skipped: the collection is not beside the workspace");
    };
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
    assert_eq!(rows.len(), cases::CASES.len());
    for (row, (number, owner, uri, expected)) in rows.iter().zip(cases::CASES) {
        assert_eq!(row["id"], *number);
        assert_eq!(
            (row["uri"].as_str(), row["accept"].as_bool()),
            (Some(*uri), Some(expected.is_empty()))
        );
        assert_eq!(row["rule"].as_str(), expected.first().copied(), "{number}");
        let also = row["also"].as_array().unwrap().iter().filter_map(serde_json::Value::as_str);
        assert!(also.eq(expected.iter().skip(1).copied()), "{number}");
        assert_eq!(row.get("owned_shortener").is_some(), *owner);
    }
}

#[test]
fn reports_every_rule_in_the_order_of_the_checks_and_where_it_is_broken() {
    let uri = "http://u@192.0.2.7:99999/a/../%zz*?next=//evil.com#x";
    let found: Vec<_> = GOOGLE
        .violations(uri)
        .iter()
        .map(|violation| (violation.rule().id(), violation.part(), &uri[violation.range()]))
        .collect();
    let expected = [
        ("WILDCARD", Part::Path, "*"),
        ("PCT", Part::Path, "%"),
        ("FRAGMENT", Part::Fragment, "#x"),
        ("USERINFO", Part::Userinfo, "u"),
        ("MALFORMED", Part::Port, "99999"),
        ("HOST_IP", Part::Host, "192.0.2.7"),
        ("SCHEME", Part::Scheme, "http"),
        ("PATH_TRAVERSAL", Part::Path, "/.."),
        ("OPEN_REDIRECT", Part::Query, "//evil.com"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn more_of_what_google_refuses() {
    for (uri, expected) in [
        (" https://example.com/cb", "WHITESPACE"),
        ("https://example.com/cb\n", "NONPRINTABLE"),
        ("https://例え.jp/cb", "NONPRINTABLE"),
        ("https://example.com/\u{7f}", "NONPRINTABLE"),
        ("https://example.com/\0", "NUL"),
        ("https://example.com/%C0%80", "NUL"),
        ("https://example.com:/cb", "MALFORMED"),
        ("https://example.com:65536/cb", "MALFORMED"),
        ("https://example.com:+80/cb", "MALFORMED"),
        ("https://example.com:80:80/cb", "MALFORMED"),
        ("https:example.com/cb", "MALFORMED"),
        ("https:/example.com/cb", "MALFORMED"),
        ("https:\\\\example.com", "MALFORMED"),
        ("https://exa%6dple.com/cb", "MALFORMED"),
        ("https://example.com./cb", "MALFORMED"),
        ("https://[::1/cb", "MALFORMED"),
        ("https://[::1]80/cb", "MALFORMED"),
        ("https://[::1] 80/cb", "MALFORMED"),
        ("https://[::1]]/cb", "MALFORMED"),
        ("http://[::1]80/cb", "SCHEME"),
        ("https://[::g]/cb", "MALFORMED"),
        ("https://[fe80::1%25lo]/cb", "MALFORMED"),
        ("example.com/cb", "MALFORMED"),
        ("localhost:8080/cb", "SCHEME"),
        ("http://localhost.example.com/cb", "SCHEME"),
        ("http://127.0.0.2/cb", "HOST_IP"),
        ("https://[0:0:0:0:0:0:0:1]/cb", "HOST_IP"),
        ("https://0x7f.1/cb", "HOST_IP"),
        ("https://0177.0.0.1/cb", "HOST_IP"),
        ("https://256.256.256.256/cb", "HOST_IP"),
        ("https://server/cb", "TLD"),
        ("https://example.123/cb", "TLD"),
        ("https://co.uk/cb", "TOP_PRIVATE"),
        ("https://a.googleusercontent.com/cb", "GUC"),
        ("https://sub.bit.ly/cb", "SHORTENER"),
        ("https://@example.com/cb", "USERINFO"),
        ("https://example.com/cb?u=https%3A%2F%2Fevil.com", "OPEN_REDIRECT"),
    ] {
        assert!(ids(&GOOGLE, uri).contains(&expected), "{uri}: {:?}", ids(&GOOGLE, uri));
    }
}

#[test]
fn a_byte_is_reported_once() {
    for (uri, expected) in [
        ("https://[::1]\0/cb", "NUL"),
        ("https://[::1]\0:80/cb", "NUL"),
        ("https://example.com :80/cb", "WHITESPACE"),
        ("https://local\thost:80/cb", "NONPRINTABLE"),
    ] {
        assert_eq!(ids(&GOOGLE, uri), [expected], "{uri:?}");
    }
}

#[test]
fn more_of_what_google_accepts() {
    for uri in [
        "https://example.com",
        "HTTPS://EXAMPLE.COM/cb",
        "https://example.com:8443/cb",
        "https://127.0.0.1/cb",
        "https://1.example.com/cb",
        "https://notbit.ly.example.com/cb",
        "https://notgoo.gl/cb",
        "https://a_b.example.com/cb",
        "https://example.com/a@b",
        "https://example.com/?",
    ] {
        assert_eq!(ids(&GOOGLE, uri), [""; 0], "{uri}");
    }
    let owner = GOOGLE.for_domain_owner();
    for uri in ["https://goo.gl/a/google-callback/b", "https://goo.gl/google-callback?x=1"] {
        assert_eq!(ids(&owner, uri), [""; 0], "{uri}");
    }
    assert_eq!(ids(&owner, "https://goo.gl/google-callbacks"), ["SHORTENER"]);
}

#[test]
fn a_rule_that_no_page_documents_can_be_switched_off() {
    for (uri, rule) in [
        ("https://github.io/cb", Rule::TopPrivate),
        ("https://example.com/a b", Rule::Whitespace),
        ("https://example.com/?u=//a.com", Rule::OpenRedirect),
        ("https://bit.ly/cb", Rule::Shortener),
    ] {
        assert_eq!(ids(&GOOGLE, uri), [rule.id()]);
        assert_eq!(ids(&GOOGLE.without(rule), uri), [""; 0]);
    }
    let lenient = RedirectRules { loopback_hosts: &["localhost", ".localhost"], ..GOOGLE };
    assert_eq!(ids(&lenient, "http://app.localhost/cb"), [""; 0]);
    assert_eq!(ids(&lenient, "http://applocalhost/cb"), ["SCHEME", "TLD"]);
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let origins = GOOGLE_ORIGINS.with_suffixes(&PublicSuffixList);
    for (origin, expected) in [
        ("https://example.com", &[][..]),
        ("https://example.com:8443", &[]),
        ("http://localhost", &[]),
        ("http://localhost:8080", &[]),
        ("http://127.0.0.1:8080", &[]),
        ("http://example.com", &["SCHEME"]),
        ("https://example.com/", &["PATH"]),
        ("https://example.com/app", &["PATH"]),
        ("https://example.com?x=1", &["QUERY"]),
        ("https://example.com#x", &["FRAGMENT"]),
        ("https://*.example.com", &["WILDCARD"]),
        ("https://u@example.com", &["USERINFO"]),
        ("https://192.0.2.7", &["HOST_IP"]),
        ("https://app.test", &["TLD"]),
        ("exp://192.168.1.4:8081", &["SCHEME"]),
    ] {
        assert_eq!(ids(&origins, origin), expected, "{origin}");
    }
    assert_eq!(ids(&origins.for_domain_owner(), "https://goo.gl"), [""; 0]);
}

#[test]
fn each_type_of_client_has_its_own_schemes() {
    let reversed = "com.googleusercontent.apps.123-abc:/oauth2redirect";
    for (rules, uri, expected) in [
        (GOOGLE_DESKTOP, "http://127.0.0.1:53127/any/path?x", &[][..]),
        (GOOGLE_DESKTOP, "http://[::1]:1", &[]),
        (GOOGLE_DESKTOP, "https://app.example.com/cb", &["SCHEME"]),
        (GOOGLE_DESKTOP, "http://example.com/cb", &["SCHEME"]),
        (GOOGLE_DESKTOP, "urn:ietf:wg:oauth:2.0:oob", &["SCHEME"]),
        (GOOGLE_DESKTOP, reversed, &["SCHEME"]),
        (GOOGLE_IOS, reversed, &[]),
        (GOOGLE_IOS, "com.example.app://cb", &["SINGLE_SLASH"]),
        (GOOGLE_IOS, "myapp:/cb", &["SCHEME"]),
        (GOOGLE_IOS, "http://127.0.0.1", &["SCHEME"]),
        (GOOGLE_INSTALLED, reversed, &[]),
        (GOOGLE_INSTALLED, "http://localhost:1/", &[]),
        (YAHOO_JAPAN, "yj-abcde:/cb", &[]),
        (YAHOO_JAPAN, "javascript:alert(1)", &["SCHEME"]),
        (YAHOO_JAPAN, "http://localhost/cb", &[]),
        (YAHOO_JAPAN, "http://example.com/cb", &["SCHEME"]),
        (YAHOO_JAPAN, "https://example.com/cb#x", &["FRAGMENT"]),
        (YAHOO_JAPAN, "oob", &["MALFORMED"]),
        (YAHOO, "https://127.0.0.1/cb", &[]),
        (YAHOO, "http://localhost/cb", &["SCHEME"]),
        (YAHOO, "oob", &[]),
        (OAUTH, "https://server.internal/cb?tenant=*", &[]),
        (OAUTH, "com.example.app:/cb", &[]),
        (OAUTH, "com.example.app://cb", &["SINGLE_SLASH"]),
        (OAUTH, "http://[::1]:53127/cb", &[]),
        (OAUTH, "https://example.com/<x>", &["CHARACTER"]),
        (OAUTH, "https://example.com/cb?u=//evil.com", &["OPEN_REDIRECT"]),
    ] {
        assert_eq!(ids(&rules, uri), expected, "{} {uri}", rules.name);
    }
}

#[test]
fn limits_the_length() {
    let uri = format!("https://example.com/{}", "a".repeat(crate::url::MAX_URL_BYTES));
    assert_eq!(ids(&GOOGLE, &uri), ["LENGTH"]);
}

#[test]
fn the_error_says_all_that_is_wrong() {
    let error = GOOGLE.check("http://example.com/cb#").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the redirect URI breaks the rules of Google (web application): a fragment is not allowed \
         (FRAGMENT); plain http is for loopback hosts alone; use https (SCHEME)"
    );
}

#[test]
fn the_rules_of_a_client_can_be_stored_and_shared() {
    fn is_plain<T: Copy + Send + Sync + 'static>() {}
    is_plain::<RedirectRules>();
}

#[test]
fn a_host_that_ends_in_a_number_is_an_ipv4_address_or_none() {
    for host in ["999.999", "256.1.1.1", "1.2.3.4.5", "example.1", "a.0x1f", "a.0x", "1.2.3.08"] {
        let uri = format!("https://{host}/cb");
        assert_eq!(ids(&OAUTH, &uri), ["MALFORMED"], "{uri}");
        assert_eq!(OAUTH.violations(&uri)[0].part(), Part::Host);
    }
    for host in ["192.0.2.7", "0x7f.1", "2130706433", "1.example", "app1", "0xg"] {
        assert!(ids(&OAUTH, &format!("https://{host}/cb")).is_empty(), "{host}");
    }
}

/// URIs that are near the border of what is allowed.
fn uris() -> impl Strategy<Value = String> {
    let scheme = "(https|http|HTTP|ftp|com\\.app|javascript|)(://|://|://|:/|:|//|)";
    let host = "( |)([a@:%.\\[\\]*\\\\]{0,3})(localhost|127\\.0\\.0\\.1|\\[::1\\]|0x7f\\.1|example\\.com|co\\.uk|goo\\.gl|a\\.googleusercontent\\.com|server|a\\.local|)([.:0-9x]{0,6})";
    let tail = "(/|\\\\|)([a.%2eEfF5cC/\\\\]{0,8})(/google-callback|)(\\?[a=&/%2fF:+]{0,10}|)(#|)[ \t\0%0*é]{0,2}";
    (scheme, host, tail).prop_map(|(scheme, host, tail)| format!("{scheme}{host}{tail}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn finds_what_a_slow_and_obvious_checker_finds(uri in uris(), owner: bool) {
        let rules = if owner { GOOGLE.for_domain_owner() } else { GOOGLE };
        let suffix = |host: &str| PublicSuffixList.public_suffix(host).map(str::to_owned);
        let expected = reference::google_web(&uri, owner, &suffix, SHORTENERS);
        prop_assert_eq!(ids(&rules, &uri), expected);
    }

    #[test]
    fn opens_in_a_browser_when_plain_oauth_accepts_it(
        host in "(|[a-c.]{1,3})([0-9]{1,4}|0x[0-9a-f]{0,3})([.][0-9a-fx]{1,4}){0,4}"
    ) {
        let uri = format!("https://{host}/");
        prop_assert!(!ids(&OAUTH, &uri).is_empty() || url::Url::parse(&uri).is_ok(), "{}", uri);
    }

    #[test]
    fn every_range_is_within_the_text_and_cuts_no_character(uri in prop_oneof![uris(), any::<String>()]) {
        for rules in [GOOGLE, GOOGLE_IOS, GOOGLE_ORIGINS, YAHOO_JAPAN, YAHOO, OAUTH] {
            for violation in rules.violations(&uri) {
                prop_assert!(uri.get(violation.range()).is_some(), "{:?}", violation);
            }
        }
    }

    #[test]
    fn a_uri_matches_itself_and_no_other(left in uris(), right in uris()) {
        prop_assert!(differences(&left, &left).is_empty());
        prop_assert_eq!(differences(&left, &right).is_empty(), left == right);
        for difference in differences(&left, &right) {
            prop_assert!(difference.registered().is_none_or(|range| left.get(range).is_some()));
            prop_assert!(difference.requested().is_none_or(|range| right.get(range).is_some()));
        }
    }
}
