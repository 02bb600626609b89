//! Characters that may stand nowhere in a redirect URI, each reported where it first stands.

use std::ops::Range;

use super::anatomy::Anatomy;
use super::rule::Rule;
use super::rules::Findings;

pub(super) fn check(text: &str, anatomy: &Anatomy<'_>, findings: &mut Findings) {
    let found = [
        (Rule::Nul, nul(text), "a NUL is not allowed, neither raw nor encoded"),
        (
            Rule::Nonprintable,
            first(text, |c| c != '\0' && (c.is_ascii_control() || !c.is_ascii())),
            "control and non-ASCII characters must be percent-encoded; in a host, xn--…",
        ),
        (Rule::Whitespace, first(text, |c| c == ' '), "a space must be percent-encoded"),
        (Rule::Wildcard, first(text, |c| c == '*'), "the wildcard * is not allowed"),
        (
            Rule::PercentEncoding,
            broken_percent(text),
            "a % must be followed by two hexadecimal digits",
        ),
        (
            Rule::Character,
            first(text, |c| r#""<>\^`{|}"#.contains(c)),
            "this character stands in no URI; percent-encode it",
        ),
    ];
    for (rule, range, sentence) in found {
        if let Some(range) = range {
            findings.add(rule, anatomy.part_at(range.start), range, sentence);
        }
    }
}

fn first(text: &str, is: impl Fn(char) -> bool) -> Option<Range<usize>> {
    let (at, c) = text.char_indices().find(|(_, c)| is(*c))?;
    Some(at..at + c.len_utf8())
}

/// Raw, encoded, or encoded with one byte too many as `C0 80`, which lenient decoders read as NUL.
fn nul(text: &str) -> Option<Range<usize>> {
    text.match_indices(['\0', '%']).find_map(|(at, _)| {
        let length = ["\0", "%00", "%C0%80"].into_iter().find_map(|nul| {
            let here = text.get(at..at + nul.len())?;
            here.eq_ignore_ascii_case(nul).then_some(nul.len())
        });
        length.map(|length| at..at + length)
    })
}

fn broken_percent(text: &str) -> Option<Range<usize>> {
    let (at, _) = text.match_indices('%').find(|(at, _)| {
        let digits = text.get(at + 1..at + 3);
        !digits.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))
    })?;
    Some(at..at + 1)
}
