//! What can be wrong with a redirect URI: the rules, their identifiers, and a finding.

use std::fmt;
use std::ops::Range;

/// A rule that a redirect URI or an origin can break, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Longer than the address of an authorization request can carry.
    Length,
    /// A NUL, raw or encoded (`%00`, `%C0%80`).
    Nul,
    /// A control character, or one outside ASCII.
    Nonprintable,
    /// A space.
    Whitespace,
    /// A `*`.
    Wildcard,
    /// A `%` without two hexadecimal digits.
    PercentEncoding,
    /// A character that stands in no URI (RFC 3986 §2).
    Character,
    /// Not `scheme://authority`, or a broken host or port.
    Malformed,
    /// A scheme that is not allowed, such as plain `http` beyond loopback.
    Scheme,
    /// A private-use scheme with `//` behind it (RFC 8252 §7.1).
    SingleSlash,
    /// A fragment, even an empty one (RFC 6749 §3.1.2).
    Fragment,
    /// A user name or password, even an empty one.
    Userinfo,
    /// An IP address in the place of a name.
    HostIp,
    /// A name under no public top-level domain.
    TopLevelDomain,
    /// A public suffix itself, with nothing of one's own before it.
    TopPrivate,
    /// `googleusercontent.com` or a name under it.
    GoogleUserContent,
    /// A URL shortener.
    Shortener,
    /// `/..` or `\..`, however it is written.
    PathTraversal,
    /// A query value that is itself an address.
    OpenRedirect,
    /// A path where an origin has none.
    Path,
    /// A query where an origin has none.
    Query,
}

impl Rule {
    /// The identifier that tools print.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Length => "LENGTH",
            Self::Nul => "NUL",
            Self::Nonprintable => "NONPRINTABLE",
            Self::Whitespace => "WHITESPACE",
            Self::Wildcard => "WILDCARD",
            Self::PercentEncoding => "PCT",
            Self::Character => "CHARACTER",
            Self::Malformed => "MALFORMED",
            Self::Scheme => "SCHEME",
            Self::SingleSlash => "SINGLE_SLASH",
            Self::Fragment => "FRAGMENT",
            Self::Userinfo => "USERINFO",
            Self::HostIp => "HOST_IP",
            Self::TopLevelDomain => "TLD",
            Self::TopPrivate => "TOP_PRIVATE",
            Self::GoogleUserContent => "GUC",
            Self::Shortener => "SHORTENER",
            Self::PathTraversal => "PATH_TRAVERSAL",
            Self::OpenRedirect => "OPEN_REDIRECT",
            Self::Path => "PATH",
            Self::Query => "QUERY",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A set of rules, as a constant can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleSet(u32);

impl RuleSet {
    /// These and no other.
    #[must_use]
    pub const fn of(rules: &[Rule]) -> Self {
        let mut set = Self(0);
        let mut rest = rules;
        while let [rule, tail @ ..] = rest {
            set = set.with(*rule);
            rest = tail;
        }
        set
    }

    /// This set and `rule`.
    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        Self(self.0 | Self::bit(rule))
    }

    /// This set but `rule`.
    #[must_use]
    pub const fn without(self, rule: Rule) -> Self {
        Self(self.0 & !Self::bit(rule))
    }

    /// Whether `rule` is in the set.
    #[must_use]
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & Self::bit(rule) != 0
    }

    const fn bit(rule: Rule) -> u32 {
        #[expect(clippy::as_conversions, reason = "no other conversion of a variant is const")]
        let position = rule as u32;
        1 << position
    }
}

/// The part of a URI that a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// What follows `#`.
    Fragment,
    /// The host.
    Host,
    /// The path.
    Path,
    /// The port.
    Port,
    /// What follows `?`.
    Query,
    /// What stands before `:`.
    Scheme,
    /// What stands before `@`.
    Userinfo,
    /// The URI as a whole.
    Whole,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fragment => "fragment",
            Self::Host => "host",
            Self::Path => "path",
            Self::Port => "port",
            Self::Query => "query",
            Self::Scheme => "scheme",
            Self::Userinfo => "user name",
            Self::Whole => "URI",
        })
    }
}

/// One rule that a URI breaks, and where. `Display` is a sentence for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    rule: Rule,
    part: Part,
    start: usize,
    end: usize,
    sentence: &'static str,
}

impl Violation {
    pub(super) const fn new(
        rule: Rule,
        part: Part,
        range: &Range<usize>,
        sentence: &'static str,
    ) -> Self {
        Self { rule, part, start: range.start, end: range.end, sentence }
    }

    /// The rule that is broken.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// The part of the URI that breaks it.
    #[must_use]
    pub const fn part(&self) -> Part {
        self.part
    }

    /// The bytes of the text that break it, on character boundaries.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence)
    }
}

/// A redirect URI breaks the rules that it was checked by: at least one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRedirectUri {
    rules: &'static str,
    violations: Box<[Violation]>,
}

impl InvalidRedirectUri {
    pub(crate) fn new(rules: &'static str, violations: Vec<Violation>) -> Self {
        Self { rules, violations: violations.into() }
    }

    /// All that is wrong, in the order of the checks.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the redirect URI breaks the rules of {}:", self.rules)?;
        for (index, violation) in self.violations.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            write!(f, "{separator} {violation} ({})", violation.rule)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidRedirectUri {}
