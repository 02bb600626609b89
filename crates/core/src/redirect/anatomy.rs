//! The parts of a URI as they stand in its text (RFC 3986 §3), with nothing repaired.

use std::ops::Range;

use super::rule::Part;

/// A stretch of the text that knows where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl<'a> Piece<'a> {
    pub(super) const fn range(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Cuts off the first `length` bytes, which end at a character.
    pub(super) fn split_at(self, length: usize) -> (Self, Self) {
        let (head, tail) = self.text.split_at_checked(length).unwrap_or((self.text, ""));
        let start = self.start + head.len();
        (Self { text: head, start: self.start }, Self { text: tail, start })
    }

    /// Cuts before the first character of `ends`, or at the end.
    pub(super) fn split_before(self, ends: &[char]) -> (Self, Self) {
        self.split_at(self.text.find(ends).unwrap_or(self.text.len()))
    }

    /// What follows `prefix`, when it begins with it.
    pub(super) fn strip_prefix(self, prefix: char) -> Option<Self> {
        let text = self.text.strip_prefix(prefix)?;
        Some(Self { text, start: self.start + prefix.len_utf8() })
    }

    /// The pieces between the separators.
    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let (piece, tail) = rest?.split_before(&[separator]);
            rest = tail.strip_prefix(separator);
            Some(piece)
        })
    }
}

/// A URI, cut at its delimiters. Those of a component (`:`, `//`, `?`, `#`) belong to none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anatomy<'a> {
    /// Absent when the text does not begin with a scheme.
    pub(super) scheme: Option<Piece<'a>>,
    /// What stands between `//` and the path; absent without `//`.
    pub(super) authority: Option<Authority<'a>>,
    pub(super) path: Piece<'a>,
    pub(super) query: Option<Piece<'a>>,
    pub(super) fragment: Option<Piece<'a>>,
}

/// `[ userinfo "@" ] host [ ":" port ]`
#[derive(Clone, Copy, Debug)]
pub(super) struct Authority<'a> {
    pub(super) whole: Piece<'a>,
    pub(super) userinfo: Option<Piece<'a>>,
    pub(super) host: Piece<'a>,
    pub(super) port: Option<Piece<'a>>,
}

impl<'a> Anatomy<'a> {
    /// White space and control characters around the URI are left out, as every URL parser does:
    /// they are reported as what they are, and the rest can still be looked at.
    pub(super) fn new(text: &'a str) -> Self {
        let start = text.len() - text.trim_start_matches(is_blank).len();
        let rest = Piece { text: text.trim_matches(is_blank), start };
        let (rest, fragment) = rest.split_before(&['#']);
        let (scheme, rest) = split_scheme(rest);
        let (authority, rest) = match rest.strip_prefix('/').and_then(|rest| rest.strip_prefix('/'))
        {
            Some(rest) if scheme.is_some() => {
                let (authority, rest) = rest.split_before(&['/', '?']);
                (Some(Authority::new(authority)), rest)
            }
            _ => (None, rest),
        };
        let (path, query) = rest.split_before(&['?']);
        let (query, fragment) = (query.strip_prefix('?'), fragment.strip_prefix('#'));
        Self { scheme, authority, path, query, fragment }
    }

    /// The part that the byte at `offset` belongs to.
    pub(super) fn part_at(&self, offset: usize) -> Part {
        let authority = self.authority;
        let parts = [
            (self.scheme, Part::Scheme),
            (authority.and_then(|authority| authority.userinfo), Part::Userinfo),
            (authority.map(|authority| authority.host), Part::Host),
            (authority.and_then(|authority| authority.port), Part::Port),
            (Some(self.path), Part::Path),
            (self.query, Part::Query),
            (self.fragment, Part::Fragment),
        ];
        let holds = |piece: Piece<'_>| piece.range().contains(&offset);
        parts
            .into_iter()
            .find(|(piece, _)| piece.is_some_and(holds))
            .map_or(Part::Whole, |(_, part)| part)
    }
}

impl<'a> Authority<'a> {
    fn new(whole: Piece<'a>) -> Self {
        let at = whole.text.rfind('@');
        let (userinfo, rest) = match at {
            Some(at) => {
                let (userinfo, rest) = whole.split_at(at);
                (Some(userinfo), rest.strip_prefix('@').unwrap_or(rest))
            }
            None => (None, whole),
        };
        let is_bracketed = rest.text.trim_start_matches(is_blank).starts_with('[');
        let (host, port) = match rest.text.find(']').filter(|_| is_bracketed) {
            Some(end) => rest.split_at(end + "]".len()),
            None => rest.split_before(&[':']),
        };
        let blanks = port.text.len() - port.text.trim_start_matches(is_blank).len();
        let (_, port) = port.split_at(blanks);
        let (host, port) = match port.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if port.text.is_empty() => (host, None),
            // What follows a bracket without a colon is no port: it spoils the host.
            None => (rest, None),
        };
        Self { whole, userinfo, host, port }
    }
}

/// What stands in no URI and is reported wherever it stands.
pub(super) const fn is_blank(c: char) -> bool {
    c == ' ' || c.is_ascii_control()
}

fn split_scheme(text: Piece<'_>) -> (Option<Piece<'_>>, Piece<'_>) {
    let (scheme, rest) = text.split_before(&[':']);
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_scheme = scheme.text.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.text.chars().all(letters);
    match rest.strip_prefix(':') {
        Some(rest) if is_scheme => (Some(scheme), rest),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_knows_where_it_stands() {
        let text = " https://u:p@[::1]:80/a?b=?#c#";
        let anatomy = Anatomy::new(text);
        let authority = anatomy.authority.unwrap();
        let parts = [
            (anatomy.scheme, "https"),
            (authority.userinfo, "u:p"),
            (Some(authority.host), "[::1]"),
            (authority.port, "80"),
            (Some(anatomy.path), "/a"),
            (anatomy.query, "b=?"),
            (anatomy.fragment, "c#"),
        ];
        for (part, expected) in parts {
            let part = part.unwrap();
            assert_eq!((part.text, &text[part.range()]), (expected, expected));
        }
    }

    #[test]
    fn the_last_at_sign_ends_the_userinfo() {
        let authority = Anatomy::new("https://a@b@c/").authority.unwrap();
        assert_eq!((authority.userinfo.unwrap().text, authority.host.text), ("a@b", "c"));
    }

    #[test]
    fn what_has_no_scheme_has_no_authority() {
        for text in ["//example.com/cb", "1a://x", ":x", "", "#", "a b://c"] {
            let anatomy = Anatomy::new(text);
            assert!(anatomy.scheme.is_none() && anatomy.authority.is_none(), "{text:?}");
        }
    }
}
