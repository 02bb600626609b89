//! `tegata check redirect-uri` and `tegata check origin`: every rule that is broken, and where.

use clap::Args;
use serde_json::{Value as Json, json};
use tegata_core::json::{JsonFault, Object};
use tegata_core::redirect::{
    GOOGLE_DESKTOP, GOOGLE_INSTALLED, GOOGLE_IOS, GOOGLE_ORIGINS, GOOGLE_WEB, OAUTH,
    PublicSuffixList, RedirectRules, Violation, YAHOO, YAHOO_JAPAN,
};

use crate::Failure;
use crate::json_lines::{self, Answer};
use crate::named::named;
use crate::output::{BOLD, GREEN, RED, printable};

/// The rule sets by name.
const RULES: &[(&str, RedirectRules)] = &[
    ("google", GOOGLE_WEB),
    ("google-desktop", GOOGLE_DESKTOP),
    ("google-installed", GOOGLE_INSTALLED),
    ("google-ios", GOOGLE_IOS),
    ("oauth", OAUTH),
    ("yahoo", YAHOO),
    ("yahoo-japan", YAHOO_JAPAN),
];

#[derive(Debug, Args)]
pub(crate) struct RedirectUris {
    /// Whose rules; `google` is a web application, `google-installed` desktop or iOS
    #[arg(long, default_value = "google", value_parser = named(RULES, |(name, _)| name))]
    rules: (&'static str, RedirectRules),

    #[command(flatten)]
    uris: Uris,
}

#[derive(Debug, Args)]
pub(crate) struct Origins {
    #[command(flatten)]
    uris: Uris,
}

/// What is checked, and how the verdicts are printed.
#[derive(Debug, Args)]
struct Uris {
    /// Check as for an owner of the domain: an owner may use a URL shortener
    #[arg(long)]
    owns_domain: bool,

    /// Print one JSON object for each URI: {"uri", "accept", "violations"}
    #[arg(long, conflicts_with = "json_lines")]
    json: bool,

    /// Read one JSON object a line from standard input, {"uri": "…", "owns_domain": false}, and
    /// answer each by {"uri", "accept", "violations"}
    #[arg(long, conflicts_with = "uris")]
    json_lines: bool,

    /// What to check, exactly as it is to be registered
    #[arg(value_name = "URI", required_unless_present = "json_lines")]
    uris: Vec<String>,
}

impl RedirectUris {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        self.uris.run(self.rules.1)
    }
}

impl Origins {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        self.uris.run(GOOGLE_ORIGINS)
    }
}

impl Uris {
    fn run(&self, rules: RedirectRules) -> Result<bool, Failure> {
        let rules = rules.with_suffixes(&PublicSuffixList);
        if self.json_lines {
            return json_lines::run(|question| {
                let asked = question.map_err(|bad| bad.to_string()).and_then(|question| {
                    read(&question, self.owns_domain).map_err(|fault| fault.to_string())
                });
                match asked {
                    Ok((uri, owned)) => verdict(&uri, &violations(&rules, &uri, owned)),
                    Err(error) => unreadable(&error),
                }
            });
        }
        let mut all_accepted = true;
        for uri in &self.uris {
            let violations = violations(&rules, uri, self.owns_domain);
            all_accepted &= violations.is_empty();
            if self.json {
                anstream::println!("{}", verdict(uri, &violations).line);
            } else {
                print(uri, &violations);
            }
        }
        Ok(all_accepted)
    }
}

fn violations(rules: &RedirectRules, uri: &str, owns_domain: bool) -> Vec<Violation> {
    let rules = if owns_domain { rules.for_domain_owner() } else { *rules };
    rules.violations(uri)
}

/// The URI of one line, and whether its domain is owned.
fn read(question: &Object<'_>, owns_domain: bool) -> Result<(String, bool), JsonFault> {
    let uri = question.required_str("uri")?.to_owned();
    Ok((uri, question.bool("owns_domain")?.unwrap_or(owns_domain)))
}

fn verdict(uri: &str, violations: &[Violation]) -> Answer {
    let ids: Vec<_> = violations.iter().map(|violation| violation.rule().id()).collect();
    let accept = violations.is_empty();
    let members = [("uri", json!(uri)), ("accept", json!(accept)), ("violations", json!(ids))];
    Answer::new(accept, &members)
}

/// A line that asks nothing: never accepted, and no rule is to blame.
fn unreadable(error: &str) -> Answer {
    let members = [
        ("uri", Json::Null),
        ("accept", json!(false)),
        ("violations", json!([])),
        ("error", json!(error)),
    ];
    Answer::new(false, &members)
}

fn print(uri: &str, violations: &[Violation]) {
    let shown = printable(uri);
    if violations.is_empty() {
        anstream::println!("{GREEN}✓{GREEN:#} {BOLD}{shown}{BOLD:#}");
        return;
    }
    anstream::println!("{RED}✗{RED:#} {BOLD}{shown}{BOLD:#}");
    for violation in violations {
        let range = violation.range();
        let part = violation.part();
        let place = match uri.get(range.clone()) {
            Some(text) if !text.is_empty() && text.len() < uri.len() => {
                let (start, end) = (range.start, range.end);
                format!(" ({part}, bytes {start} to {end}: “{}”)", printable(text))
            }
            _ => String::new(),
        };
        anstream::println!("    {RED}{}{RED:#} {violation}{place}", violation.rule());
    }
}
