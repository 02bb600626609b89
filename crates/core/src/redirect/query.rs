//! Query values that are addresses: the mark of an open redirect (RFC 9700 §4.11).
//!
//! A guess, and a good one: what stands fixed in a registered redirect URI and is itself an address
//! is where the application will send the browser to.

use std::ops::Range;

use super::anatomy::{Piece, is_blank};

/// The first value that is an address, or a name without one that is.
pub(super) fn open_redirect(query: Piece<'_>) -> Option<Range<usize>> {
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_before(&['=']);
        let value = value.strip_prefix('=').unwrap_or(name);
        // Decodes as a server does: a broken `%` stays what it is.
        let (decoded_name, decoded) = url::form_urlencoded::parse(pair.text.as_bytes()).next()?;
        let decoded = if pair.text.contains('=') { decoded } else { decoded_name };
        is_address(&decoded).then(|| value.range())
    })
}

/// `scheme://…`, or two slashes of either kind, which a browser reads as "the same scheme".
fn is_address(value: &str) -> bool {
    let value = value.trim_start_matches(is_blank);
    if value.chars().take_while(|c| matches!(c, '/' | '\\')).count() >= 2 {
        return true;
    }
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    value.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(letters)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_value_that_is_an_address() {
        for (query, expected) in [
            ("next=https://evil.com/", Some(5..22)),
            ("a=1&url=//evil.com", Some(8..18)),
            ("u=%2F%2Fevil.com", Some(2..16)),
            ("u=\\\\evil.com", Some(2..12)),
            ("u=+%09HTTPS%3a//evil.com", Some(2..24)),
            ("u=/\\evil.com", Some(2..12)),
            ("https://evil.com", Some(0..16)),
            ("mail=a@b.c", None),
            ("u=%252F%252Fevil.com", None),
            ("u=/home&v=1://x", None),
            ("u=%zz%", None),
        ] {
            assert_eq!(open_redirect(Piece { text: query, start: 0 }), expected, "{query}");
        }
    }
}
