//! A provider's rules for redirect URIs as data, and the checks in their order.

use std::ops::Range;

use super::anatomy::{Anatomy, Piece};
use super::comparison::Comparison;
use super::rule::{InvalidRedirectUri, Part, Rule, RuleSet, Violation};
use super::suffixes::PublicSuffixes;
use super::{characters, host, path, query};

/// The rules of one provider and one type of client.
///
/// A preset of another crate is written from one that is near:
///
/// ```
/// use tegata_core::redirect::{OAUTH, RedirectRules, Rule, Scheme};
///
/// const COMPANY: RedirectRules = RedirectRules {
///     name: "the company's Keycloak",
///     schemes: &[Scheme::Https],
///     ..OAUTH.with(Rule::HostIp)
/// };
/// assert!(COMPANY.violations("https://app.example.com/cb").is_empty());
/// assert_eq!(COMPANY.violations("https://192.0.2.7/cb")[0].rule(), Rule::HostIp);
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written with `..` by presets of other crates")]
pub struct RedirectRules {
    /// Whose rules these are, as it stands in an error: "Google (web application)".
    pub name: &'static str,
    /// The rules that are checked.
    pub rules: RuleSet,
    /// The schemes that are allowed.
    pub schemes: &'static [Scheme],
    /// Hosts that are this very machine, in lower case: exempt from the rules of hosts. A leading
    /// dot stands for all names under it.
    pub loopback_hosts: &'static [&'static str],
    /// Values that are accepted as they are although they are no URI, such as `oob`.
    pub constants: &'static [&'static str],
    /// The domains that [`Rule::Shortener`] refuses.
    pub shorteners: &'static [&'static str],
    /// Whether the application owns the domain: then a shortener is allowed.
    pub owns_domain: bool,
    /// What the path of an owned shortener must contain or end with.
    pub owner_path: Option<&'static str>,
    /// Which names are public suffixes: [`Rule::TopLevelDomain`], [`Rule::TopPrivate`].
    pub suffixes: &'static dyn PublicSuffixes,
    /// How the URI of a request is compared with a registered one.
    pub comparison: Comparison,
    /// How long the URI may be, in bytes: [`Rule::Length`].
    pub max_bytes: usize,
}

/// A kind of scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// `https`, to any host.
    Https,
    /// `http`, to a loopback host (RFC 8252 §7.3).
    LoopbackHttp,
    /// A scheme of the application's own, whatever its form, but none that means something else.
    PrivateUse,
    /// A scheme that is a domain name reversed, with a dot in it (RFC 8252 §7.1).
    ReverseDomain,
}

impl RedirectRules {
    /// The same rules and `rule`.
    #[must_use]
    pub const fn with(mut self, rule: Rule) -> Self {
        self.rules = self.rules.with(rule);
        self
    }

    /// The same rules but `rule`: for those that a provider does not document, or that guess.
    #[must_use]
    pub const fn without(mut self, rule: Rule) -> Self {
        self.rules = self.rules.without(rule);
        self
    }

    /// The same rules for an application that owns the domain of its redirect URI.
    #[must_use]
    pub const fn for_domain_owner(mut self) -> Self {
        self.owns_domain = true;
        self
    }

    /// The same rules with another list of public suffixes.
    #[must_use]
    pub const fn with_suffixes(mut self, suffixes: &'static dyn PublicSuffixes) -> Self {
        self.suffixes = suffixes;
        self
    }

    /// Every rule that `uri` breaks, each once, in the order of the checks; none: it is accepted.
    ///
    /// A byte is reported once: the white space of a port makes no broken port.
    #[must_use]
    pub fn violations(&self, uri: &str) -> Vec<Violation> {
        let mut findings = Findings { rules: self.rules, found: Vec::new() };
        if !self.constants.contains(&uri) {
            self.run(uri, &mut findings);
        }
        findings.found
    }

    /// As [`violations`](Self::violations), for `?`.
    ///
    /// # Errors
    ///
    /// [`InvalidRedirectUri`] holds all that is wrong.
    pub fn check(&self, uri: &str) -> Result<(), InvalidRedirectUri> {
        let violations = self.violations(uri);
        if violations.is_empty() {
            Ok(())
        } else {
            Err(InvalidRedirectUri::new(self.name, violations))
        }
    }

    fn run(&self, uri: &str, findings: &mut Findings) {
        if uri.len() > self.max_bytes {
            findings.add(Rule::Length, Part::Whole, 0..uri.len(), "the URI is too long");
        }
        let anatomy = Anatomy::new(uri);
        characters::check(uri, &anatomy, findings);
        let is_web = self.check_scheme(uri, &anatomy, findings);
        if let Some(fragment) = anatomy.fragment {
            let with_mark = fragment.start - "#".len()..fragment.range().end;
            findings.add(Rule::Fragment, Part::Fragment, with_mark, "a fragment is not allowed");
        }
        if let Some(authority) = anatomy.authority.filter(|it| !it.whole.text.is_empty()) {
            host::check_authority(authority, findings);
            if let Some(scheme) = anatomy.scheme.filter(|_| is_web) {
                host::check_web(scheme, authority, anatomy.path, self, findings);
            }
        }
        if let Some(range) = path::traversal(anatomy.path) {
            let sentence = "the path leads back up with two dots";
            findings.add(Rule::PathTraversal, Part::Path, range, sentence);
        }
        if let Some(range) = anatomy.query.and_then(query::open_redirect) {
            let sentence = "a query value is itself an address, the mark of an open redirect";
            findings.add(Rule::OpenRedirect, Part::Query, range, sentence);
        }
        if !anatomy.path.text.is_empty() {
            let sentence = "an origin has no path, not even a single slash";
            findings.add(Rule::Path, Part::Path, anatomy.path.range(), sentence);
        }
        if let Some(query) = anatomy.query {
            let with_mark = query.start - "?".len()..query.range().end;
            findings.add(Rule::Query, Part::Query, with_mark, "an origin has no query");
        }
    }

    /// Answers whether this is `http` or `https`, with whatever host.
    fn check_scheme(&self, uri: &str, anatomy: &Anatomy<'_>, findings: &mut Findings) -> bool {
        let Some(scheme) = anatomy.scheme else {
            let sentence = "this is no absolute URI: it does not begin with a scheme and a colon";
            findings.add(Rule::Malformed, Part::Whole, 0..uri.len(), sentence);
            return false;
        };
        let name = host::visible(scheme.text);
        let is_web = matches!(name.as_ref(), "http" | "https");
        let mut allowed = match name.as_ref() {
            "https" => self.allows(Scheme::Https),
            // Whether the host is loopback is checked with the host.
            "http" => self.allows(Scheme::LoopbackHttp),
            name => self.allows_private_use(name),
        };
        if is_web && anatomy.authority.is_none_or(|authority| authority.whole.text.is_empty()) {
            let sentence = "two slashes and a host must follow the scheme";
            findings.add(Rule::Malformed, Part::Whole, 0..uri.len(), sentence);
            allowed = true;
        }
        if !allowed {
            let sentence = self.scheme_sentence(&name);
            findings.add(Rule::Scheme, Part::Scheme, scheme.range(), sentence);
        }
        if let Some(authority) = anatomy.authority.filter(|_| !is_web && allowed) {
            let slashes = authority.whole.start - "//".len()..authority.whole.start;
            let sentence = "one slash follows a private-use scheme: it has no host";
            findings.add(Rule::SingleSlash, Part::Whole, slashes, sentence);
        }
        is_web
    }

    fn scheme_sentence(&self, name: &str) -> &'static str {
        if self.allows(Scheme::ReverseDomain) && !name.contains('.') {
            "a scheme of one's own is a domain name reversed, with a dot in it"
        } else if self.allows(Scheme::Https) {
            "the scheme must be https"
        } else if self.allows(Scheme::LoopbackHttp) {
            "the scheme must be http, to a loopback host"
        } else {
            "the scheme must be the application's own"
        }
    }

    fn allows(&self, scheme: Scheme) -> bool {
        self.schemes.contains(&scheme)
    }

    fn allows_private_use(&self, name: &str) -> bool {
        (self.allows(Scheme::PrivateUse) && !PUBLIC_SCHEMES.contains(&name))
            || (self.allows(Scheme::ReverseDomain) && name.contains('.'))
    }

    /// Whether `host`, in lower case, is exempt from the rules of hosts.
    pub(super) fn is_loopback(&self, host: &str) -> bool {
        self.loopback_hosts
            .iter()
            .any(|known| host == *known || (known.starts_with('.') && host.ends_with(known)))
    }

    pub(super) fn owner_exempts(&self, path: Piece<'_>) -> bool {
        self.owns_domain
            && self.owner_path.is_none_or(|owner| {
                let inside = |rest: &str| rest.is_empty() || rest.starts_with('/');
                path.text
                    .match_indices(owner)
                    .any(|(at, _)| path.text.get(at + owner.len()..).is_some_and(inside))
            })
    }
}

/// What was found so far: each rule once, and only those that are checked.
#[derive(Debug)]
pub(super) struct Findings {
    rules: RuleSet,
    found: Vec<Violation>,
}

impl Findings {
    pub(super) fn has(&self, part: Part) -> bool {
        self.found.iter().any(|known| known.part() == part)
    }

    pub(super) fn add(
        &mut self,
        rule: Rule,
        part: Part,
        range: Range<usize>,
        sentence: &'static str,
    ) {
        let is_new = self.found.iter().all(|known| known.rule() != rule);
        if self.rules.contains(rule) && is_new {
            self.found.push(Violation::new(rule, part, &range, sentence));
        }
    }
}

/// Schemes that mean something to a browser or an operating system, and are nobody's own.
const PUBLIC_SCHEMES: &[&str] = &[
    "about",
    "blob",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "javascript",
    "mailto",
    "market",
    "sms",
    "tel",
    "urn",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];
