//! Every small grammar of the core against a second reader, slow and obvious.

mod reference;

use std::time::Duration;

use http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, RETRY_AFTER};
use proptest::prelude::*;
use tegata_core::error::ErrorCode;
use tegata_core::form::{self, Form, FormFault, FormWriter};
use tegata_core::http::{max_age, retry_after};
use tegata_core::scope::Scope;
use tegata_core::secret::CodeVerifier;
use tegata_core::time::UnixTime;
use tegata_core::url::{EndpointUrl, Issuer, MAX_URL_BYTES, RedirectUri, is_loopback};

use reference::{decode, pairs};

fn is_scope_character(c: char) -> bool {
    c.is_ascii_graphic() && c != '"' && c != '\\'
}

/// What holds for any address of a provider, said about the text.
fn is_secure_address(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    is_plain
        && is_secure
        && scheme.eq_ignore_ascii_case(url.scheme())
        && !authority.is_empty()
        && !authority.contains('@')
        && !text.contains('#')
        && text.len() <= MAX_URL_BYTES
}

fn addresses() -> impl Strategy<Value = String> {
    let scheme = "(https|https|http|HTTPS|ftp|com\\.app)(://|://|://|:/|:|:///)";
    let host = "(a@|@|)(op\\.example\\.com|localhost|127\\.0\\.0\\.1|\\[::1\\]|)(:80|:|)";
    (scheme, host, "[/a?#@ \\\\\t]{0,4}").prop_map(|(a, b, c)| format!("{a}{b}{c}"))
}

fn header(name: http::HeaderName, text: &str) -> Option<HeaderMap> {
    Some(HeaderMap::from_iter([(name, HeaderValue::from_str(text).ok()?)]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_form_is_read_as_the_slow_reader_reads_it(text in "([ab=&+%é]|%[0-9a-fA-Fg]{2}|%C3%A9){0,12}") {
        let found = Form::parse(&text).map(|form| {
            form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
        });
        if matches!(found, Err(FormFault::TooLong | FormFault::TooMany)) {
            return Ok(());
        }
        prop_assert_eq!(found.ok(), pairs(&text));
    }

    #[test]
    fn a_form_writes_what_every_reader_reads(name: String, value: String) {
        let mut writer = FormWriter::new();
        writer.append(&name, &value);
        let text = writer.finish();
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        let (left, right) = text.split_once('=').expect("a pair");
        prop_assert_eq!((decode(left), decode(right)), (Some(name.clone()), Some(value)));
        prop_assert_eq!(form::encode(&name).collect::<String>(), left);
    }

    #[test]
    fn a_scope_is_tokens_between_spaces(text in "[a\"\\\\! \u{7f}é\t~]{0,10}") {
        let expected: Vec<&str> = text.split(' ').filter(|token| !token.is_empty()).collect();
        let is_valid = expected.iter().all(|token| token.chars().all(is_scope_character));
        let found = Scope::parse(&text);
        prop_assert_eq!(found.is_ok(), is_valid);
        if let Ok(scope) = found {
            prop_assert!(expected.iter().all(|token| scope.contains(token)));
            prop_assert!(scope.iter().all(|token| expected.contains(&token)));
            prop_assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
        }
    }

    #[test]
    fn a_comma_separates_where_it_is_said_to(text in "[a,;! \"]{0,10}") {
        let expected = Scope::parse(&text.replace([',', ';'], " "));
        prop_assert_eq!(Scope::parse_separated(&text, &[' ', ',', ';']).ok(), expected.ok());
    }

    #[test]
    fn an_address_of_a_provider_is_secure_in_its_text(text in addresses()) {
        prop_assert_eq!(EndpointUrl::new(&text).is_ok(), is_secure_address(&text), "{}", text);
        let is_issuer = is_secure_address(&text) && !text.contains('?');
        prop_assert_eq!(Issuer::new(&text).is_ok(), is_issuer, "{}", text);
        let is_private = text.starts_with("com.app:")
            && !text.chars().any(|c| c.is_whitespace() || "#\\".contains(c))
            && !text
                .strip_prefix("com.app://")
                .and_then(|rest| rest.split(['/', '?']).next())
                .is_some_and(|authority| authority.contains('@'));
        if let Ok(uri) = RedirectUri::new(&text) {
            prop_assert_eq!(uri.as_str(), &text);
            prop_assert!(is_private || is_secure_address(&text), "{}", text);
        }
    }

    #[test]
    fn a_time_in_seconds_is_digits(text in "[+0-9 -]{0,6}|[0-9]{18,22}") {
        let digits = text.trim();
        let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
        let expected = digits.parse().ok().filter(|_| is_number).map(Duration::from_secs);
        let headers = header(RETRY_AFTER, &text).expect("a header");
        prop_assert_eq!(retry_after(&headers, UnixTime::from_seconds(0)), expected);
        if !digits.contains(' ') {
            let headers = header(CACHE_CONTROL, &format!("private, max-age={digits}")).expect("one");
            prop_assert_eq!(max_age(&headers), expected);
        }
    }

    #[test]
    fn headers_with_anything_in_them_never_panic(text: String, bytes: Vec<u8>) {
        for value in [HeaderValue::from_str(&text), HeaderValue::from_bytes(&bytes)] {
            let Ok(value) = value else { continue };
            let headers = HeaderMap::from_iter([
                (RETRY_AFTER, value.clone()),
                (CACHE_CONTROL, value),
            ]);
            let _ = (retry_after(&headers, UnixTime::from_seconds(0)), max_age(&headers));
        }
    }

    #[test]
    fn an_error_code_is_kept_in_the_characters_of_its_grammar(text: String) {
        let code = ErrorCode::new(&text);
        let allowed = |c: char| c == ' ' || is_scope_character(c);
        let expected: String = text.chars().filter(|c| allowed(*c)).take(100).collect();
        prop_assert_eq!(code.as_str(), expected);
        prop_assert_eq!(ErrorCode::new(code.as_str()), code);
    }

    #[test]
    fn a_code_challenge_is_a_hash_in_base64url(verifier in "[A-Za-z0-9._~-]{43,128}") {
        let challenge = tegata_core::pkce::s256_challenge(&CodeVerifier::new(verifier));
        prop_assert_eq!(challenge.len(), 43);
        prop_assert!(challenge.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    }
}
