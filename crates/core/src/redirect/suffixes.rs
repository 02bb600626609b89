//! Which names are public suffixes: a question to a list that the caller brings.
//!
//! The list is data of some 10,000 rules that changes every week. This crate asks a value for it,
//! so whoever checks no redirect URI carries none.

use std::fmt;

/// Knows the public suffix list (<https://publicsuffix.org>), or as much of it as it can.
///
/// The contract:
///
/// 1. `host` is in lower case, in ASCII or Unicode form, without empty labels or a final dot.
/// 2. The answer is an ending of `host` that begins at a label.
/// 3. `None` says that the top-level domain is not in the list. The default rule `*` of the list
///    does not count.
pub trait PublicSuffixes: fmt::Debug + Send + Sync {
    /// The public suffix that `host` is, or stands under.
    fn public_suffix<'h>(&self, host: &'h str) -> Option<&'h str>;
}

/// No list: refuses the names that will never be in one, takes every other for public.
///
/// Names of one label and those that are reserved for private or special use (RFC 6761, RFC 6762
/// Appendix G, RFC 9476, `.internal`) are known to be no public ones.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to configure")]
pub struct ReservedNames;

impl PublicSuffixes for ReservedNames {
    fn public_suffix<'h>(&self, host: &'h str) -> Option<&'h str> {
        let (_, last) = host.rsplit_once('.')?;
        (!RESERVED.contains(&last)).then_some(last)
    }
}

const RESERVED: &[&str] = &[
    "alt",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "private",
    "test",
];

/// The whole list, as it was when the crate `psl` in the lock file was published.
///
/// Private-section rules count: `github.io` is a public suffix, `user.github.io` is a site.
#[cfg(any(test, feature = "public-suffix"))]
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to configure")]
pub struct PublicSuffixList;

#[cfg(any(test, feature = "public-suffix"))]
impl PublicSuffixes for PublicSuffixList {
    fn public_suffix<'h>(&self, host: &'h str) -> Option<&'h str> {
        use psl::Psl as _;

        let suffix = psl::List.suffix(host.as_bytes()).filter(psl::Suffix::is_known)?;
        std::str::from_utf8(suffix.as_bytes()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_knows_suffixes_of_both_sections_and_no_default_rule() {
        for (host, suffix) in [
            ("www.example.co.uk", Some("co.uk")),
            ("user.github.io", Some("github.io")),
            ("com", Some("com")),
            ("例え.みんな", Some("みんな")),
            ("xn--r8jz45g.xn--q9jyb4c", Some("xn--q9jyb4c")),
            ("foo.example", None),
            ("server", None),
        ] {
            assert_eq!(PublicSuffixList.public_suffix(host), suffix, "{host}");
        }
    }

    #[test]
    fn without_a_list_the_reserved_names_are_still_refused() {
        for (host, suffix) in
            [("app.example.com", Some("com")), ("server.local", None), ("server", None)]
        {
            assert_eq!(ReservedNames.public_suffix(host), suffix, "{host}");
        }
        for name in RESERVED {
            assert_eq!(PublicSuffixList.public_suffix(&format!("a.{name}")), None, "{name}");
        }
    }
}
