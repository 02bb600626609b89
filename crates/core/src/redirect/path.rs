//! Paths that lead back up: `/..` and `\..`, raw or percent-encoded once.

use std::ops::Range;

use super::anatomy::Piece;

/// The bytes of the first `/..` or `\..`.
pub(super) fn traversal(path: Piece<'_>) -> Option<Range<usize>> {
    let (mut before, mut last) = (None, None);
    for (step, range) in (Steps { rest: path.text, at: path.start }) {
        match (before, &last, step) {
            (Some((Step::Separator, start)), Some((Step::Dot, _)), Step::Dot) => {
                return Some(start..range.end);
            }
            _ => (before, last) = (last, Some((step, range.start))),
        }
    }
    None
}

#[derive(Clone, Copy)]
enum Step {
    Dot,
    Other,
    Separator,
}

/// The characters of a path with `%2e`, `%2f` and `%5c` decoded, once.
struct Steps<'a> {
    rest: &'a str,
    at: usize,
}

impl Iterator for Steps<'_> {
    type Item = (Step, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        let is = |encoded: &str| {
            self.rest.get(..3).is_some_and(|found| found.eq_ignore_ascii_case(encoded))
        };
        let (step, length) = match first {
            '.' => (Step::Dot, 1),
            '/' | '\\' => (Step::Separator, 1),
            '%' if is("%2e") => (Step::Dot, 3),
            '%' if is("%2f") || is("%5c") => (Step::Separator, 3),
            _ => (Step::Other, first.len_utf8()),
        };
        let start = self.at;
        self.at += length;
        self.rest = self.rest.get(length..).unwrap_or_default();
        Some((step, start..self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_way_up_however_it_is_written() {
        for (path, expected) in [
            ("/..", Some(0..3)),
            ("/a\\..\\b", Some(2..5)),
            ("/a/%2E./b", Some(2..7)),
            ("/a%2F%2e%2E", Some(2..11)),
            ("/a/.../b", Some(2..5)),
            ("/file..name", None),
            ("/a/%252e%252e/b", None),
            ("/.a/.", None),
            ("/é/..", Some(3..6)),
        ] {
            assert_eq!(traversal(Piece { text: path, start: 0 }), expected, "{path}");
        }
    }
}
