//! Exact match, as providers compare (RFC 9700 §4.1.3), and why two URIs are not one.

use std::fmt;
use std::ops::Range;

use super::anatomy::{Anatomy, Authority, Piece};
use super::rule::Part;
use super::rules::RedirectRules;

/// How a provider compares the redirect URI of a request with a registered one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparison {
    /// Byte for byte (RFC 3986 §6.2.1).
    Exact,
    /// Byte for byte, but `http` to a loopback host may have any port (RFC 8252 §7.3).
    LoopbackAnyPort,
    /// The same, with any path and query as well.
    LoopbackAnyPortAndPath,
}

impl RedirectRules {
    /// Whether a request with `requested` is answered when `registered` is registered.
    ///
    /// ```
    /// use tegata_core::redirect::{GOOGLE_DESKTOP, GOOGLE_WEB};
    ///
    /// let differences =
    ///     GOOGLE_WEB.matches("https://example.com/cb", "https://example.com/cb/").unwrap_err();
    /// assert_eq!(differences[0].to_string(), "the path ends with a slash in one and not in the other");
    /// assert!(GOOGLE_DESKTOP.matches("http://127.0.0.1", "http://127.0.0.1:51004/any").is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// The [`Difference`]s, at least one: the reason for a `redirect_uri_mismatch`.
    pub fn matches(&self, registered: &str, requested: &str) -> Result<(), Vec<Difference>> {
        let mut differences = differences(registered, requested);
        if self.is_loopback_http(registered) && self.is_loopback_http(requested) {
            differences.retain(|difference| match (self.comparison, difference.part) {
                (Comparison::Exact, _) => true,
                (_, Part::Port) => false,
                (Comparison::LoopbackAnyPortAndPath, Part::Path | Part::Query) => false,
                _ => true,
            });
        }
        if differences.is_empty() { Ok(()) } else { Err(differences) }
    }

    fn is_loopback_http(&self, uri: &str) -> bool {
        let anatomy = Anatomy::new(uri);
        anatomy.scheme.is_some_and(|scheme| scheme.text == "http")
            && anatomy.authority.is_some_and(|authority| self.is_loopback(authority.host.text))
    }
}

/// One part in which two redirect URIs differ. `Display` is a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    part: Part,
    kind: DifferenceKind,
    registered: Option<Range<usize>>,
    requested: Option<Range<usize>>,
}

impl Difference {
    /// The part that differs.
    #[must_use]
    pub const fn part(&self) -> Part {
        self.part
    }

    /// How it differs.
    #[must_use]
    pub const fn kind(&self) -> DifferenceKind {
        self.kind
    }

    /// The bytes of the registered URI; `None` when it has no such part.
    #[must_use]
    pub fn registered(&self) -> Option<Range<usize>> {
        self.registered.clone()
    }

    /// The bytes of the requested URI; `None` when it has no such part.
    #[must_use]
    pub fn requested(&self) -> Option<Range<usize>> {
        self.requested.clone()
    }
}

/// How a part of two redirect URIs differs. All but [`Other`](Self::Other) are the same to a
/// browser or to a person, and not to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// Upper and lower case.
    Case,
    /// The default port, written in one and left out in the other.
    DefaultPort,
    /// Two names of this very machine.
    LoopbackName,
    /// In one and not in the other.
    Missing,
    /// The same parameters in another order.
    Order,
    /// Something else altogether.
    Other,
    /// The same text, percent-encoded in two ways.
    PercentEncoding,
    /// A slash at the end.
    TrailingSlash,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part;
        match self.kind {
            DifferenceKind::Case => write!(f, "the {part} differs in upper and lower case"),
            DifferenceKind::DefaultPort => {
                write!(f, "the default port is written in one and left out in the other")
            }
            DifferenceKind::LoopbackName => {
                write!(f, "the {part} is this very machine in both, by two names")
            }
            DifferenceKind::Missing => write!(f, "the {part} is in one and not in the other"),
            DifferenceKind::Order => write!(f, "the {part} has its parameters in another order"),
            DifferenceKind::Other => write!(f, "the {part} is another"),
            DifferenceKind::PercentEncoding => {
                write!(f, "the {part} is percent-encoded in another way")
            }
            DifferenceKind::TrailingSlash => {
                write!(f, "the {part} ends with a slash in one and not in the other")
            }
        }
    }
}

/// In what two texts differ, part by part; nothing when they are equal, byte for byte.
#[must_use]
pub fn differences(registered: &str, requested: &str) -> Vec<Difference> {
    if registered == requested {
        return Vec::new();
    }
    let (left, right) = (Anatomy::new(registered), Anatomy::new(requested));
    let mut found: Vec<_> = parts(&left)
        .into_iter()
        .zip(parts(&right))
        .filter_map(|((part, left_piece), (_, right_piece))| {
            let text = |piece: Option<Piece<'_>>| piece.map(|piece| piece.text.to_owned());
            let (left_text, right_text) = (text(left_piece), text(right_piece));
            let kind = kind(part, left_text.as_deref(), right_text.as_deref())?;
            let kind = match (part, kind) {
                (Part::Port, DifferenceKind::Missing) if is_default_port(&left, &right) => {
                    DifferenceKind::DefaultPort
                }
                _ => kind,
            };
            let range = |piece: Option<Piece<'_>>| piece.map(Piece::range);
            Some(Difference {
                part,
                kind,
                registered: range(left_piece),
                requested: range(right_piece),
            })
        })
        .collect();
    if found.is_empty() {
        // The delimiters alone: white space around, `//` or not.
        found.push(Difference {
            part: Part::Whole,
            kind: DifferenceKind::Other,
            registered: Some(0..registered.len()),
            requested: Some(0..requested.len()),
        });
    }
    found
}

fn parts<'a>(anatomy: &Anatomy<'a>) -> [(Part, Option<Piece<'a>>); 7] {
    let of = |part: fn(Authority<'a>) -> Option<Piece<'a>>| anatomy.authority.and_then(part);
    [
        (Part::Scheme, anatomy.scheme),
        (Part::Userinfo, of(|authority| authority.userinfo)),
        (Part::Host, of(|authority| Some(authority.host))),
        (Part::Port, of(|authority| authority.port)),
        (Part::Path, Some(anatomy.path)),
        (Part::Query, anatomy.query),
        (Part::Fragment, anatomy.fragment),
    ]
}

fn kind(part: Part, left: Option<&str>, right: Option<&str>) -> Option<DifferenceKind> {
    let (left, right) = match (left, right) {
        _ if left == right => return None,
        (Some(left), Some(right)) => (left, right),
        _ => return Some(DifferenceKind::Missing),
    };
    let is_loopback = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    Some(if part == Part::Host && is_loopback(left) && is_loopback(right) {
        DifferenceKind::LoopbackName
    } else if part == Part::Path && left.trim_end_matches('/') == right.trim_end_matches('/') {
        DifferenceKind::TrailingSlash
    } else if decoded(left) == decoded(right) {
        DifferenceKind::PercentEncoding
    } else if left.eq_ignore_ascii_case(right) {
        DifferenceKind::Case
    } else if part == Part::Query && sorted(left) == sorted(right) {
        DifferenceKind::Order
    } else {
        DifferenceKind::Other
    })
}

fn is_default_port(left: &Anatomy<'_>, right: &Anatomy<'_>) -> bool {
    let port = |anatomy: &Anatomy<'_>| Some(anatomy.authority?.port?.text.to_owned());
    let default = match left.scheme.map(|scheme| scheme.text) {
        Some("http") => "80",
        _ => "443",
    };
    port(left).or_else(|| port(right)).as_deref() == Some(default)
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let mut ahead = rest.clone();
        let encoded = digit(ahead.next()).zip(digit(ahead.next())).filter(|_| byte == b'%');
        if let Some(Ok(value)) = encoded.map(|(high, low)| u8::try_from(high * 16 + low)) {
            bytes.push(value);
            rest = ahead;
        } else {
            bytes.push(byte);
        }
    }
    bytes
}

fn sorted(query: &str) -> Vec<&str> {
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect::{GOOGLE_DESKTOP, GOOGLE_WEB, OAUTH};

    #[test]
    fn says_why_two_uris_are_not_one() {
        for (registered, requested, part, kind) in [
            ("https://a.com/cb", "https://a.com/cb/", Part::Path, DifferenceKind::TrailingSlash),
            ("https://a.com", "https://a.com/", Part::Path, DifferenceKind::TrailingSlash),
            ("https://a.com/cb", "http://a.com/cb", Part::Scheme, DifferenceKind::Other),
            ("https://a.com/cb", "https://a.com/CB", Part::Path, DifferenceKind::Case),
            ("https://a.com/cb", "https://A.com/cb", Part::Host, DifferenceKind::Case),
            ("https://a.com/cb", "https://www.a.com/cb", Part::Host, DifferenceKind::Other),
            ("https://a.com/cb", "https://a.com:443/cb", Part::Port, DifferenceKind::DefaultPort),
            ("https://a.com/cb", "https://a.com:80/cb", Part::Port, DifferenceKind::Missing),
            ("https://a.com/cb", "https://a.com/cb?x=1", Part::Query, DifferenceKind::Missing),
            (
                "https://a.com/?a=1&b=2",
                "https://a.com/?b=2&a=1",
                Part::Query,
                DifferenceKind::Order,
            ),
            (
                "https://a.com/a%2Fb",
                "https://a.com/a%2fb",
                Part::Path,
                DifferenceKind::PercentEncoding,
            ),
            ("https://a.com/~", "https://a.com/%7E", Part::Path, DifferenceKind::PercentEncoding),
            ("http://localhost:80/c", "http://localhost:81/c", Part::Port, DifferenceKind::Other),
            ("http://localhost/c", "http://127.0.0.1/c", Part::Host, DifferenceKind::LoopbackName),
            ("https://a.com/", " https://a.com/", Part::Whole, DifferenceKind::Other),
        ] {
            let found = GOOGLE_WEB.matches(registered, requested).unwrap_err();
            let found: Vec<_> = found.iter().map(|it| (it.part(), it.kind())).collect();
            assert_eq!(found, [(part, kind)], "{registered} {requested}");
        }
        assert_eq!(GOOGLE_WEB.matches("https://a.com/cb", "https://a.com/cb"), Ok(()));
    }

    #[test]
    fn loopback_of_an_installed_application_may_have_any_port() {
        let (port, path) = ("http://127.0.0.1:51004", "http://127.0.0.1:51004/any?x");
        assert!(OAUTH.matches("http://127.0.0.1", port).is_ok());
        assert!(OAUTH.matches("http://127.0.0.1", path).is_err());
        assert!(GOOGLE_DESKTOP.matches("http://127.0.0.1", path).is_ok());
        assert!(GOOGLE_DESKTOP.matches("http://127.0.0.1", "http://localhost").is_err());
        assert!(GOOGLE_DESKTOP.matches("http://127.0.0.1", "https://127.0.0.1:1").is_err());
        assert!(GOOGLE_WEB.matches("http://127.0.0.1", port).is_err());
    }
}
