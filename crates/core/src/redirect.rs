//! Redirect URIs: the rules of each provider as data, and one engine that reports all that is wrong.
//!
//! A provider refuses a redirect URI when it is registered, or at run time with
//! `redirect_uri_mismatch` and no reason. The rules here say it before, with the place and a
//! sentence; [`RedirectUri::new_checked`](crate::url::RedirectUri::new_checked) is the way in for a
//! program.
//!
//! ```
//! use tegata_core::redirect::{GOOGLE_WEB, Part, Rule};
//!
//! let uri = "http://192.0.2.7/cb#done";
//! let violations = GOOGLE_WEB.violations(uri);
//! let rules: Vec<_> = violations.iter().map(|violation| violation.rule().id()).collect();
//! assert_eq!(rules, ["FRAGMENT", "HOST_IP", "SCHEME"]);
//! assert_eq!((violations[1].part(), &uri[violations[1].range()]), (Part::Host, "192.0.2.7"));
//! assert!(GOOGLE_WEB.without(Rule::OpenRedirect).violations("https://a.com/?to=//b.com").is_empty());
//! ```
//!
//! Everything is read from the raw text: a URL type repairs faults before they can be seen. The
//! public suffix list comes in as a value, see [`PublicSuffixes`].

mod anatomy;
mod characters;
mod comparison;
mod host;
mod path;
mod query;
mod rule;
mod rule_sets;
mod rules;
mod suffixes;
mod token_request;

pub use comparison::{Comparison, Difference, DifferenceKind, differences};
pub use rule::{InvalidRedirectUri, Part, Rule, RuleSet, Violation};
pub use rule_sets::{
    GOOGLE_DESKTOP, GOOGLE_INSTALLED, GOOGLE_IOS, GOOGLE_ORIGINS, GOOGLE_WEB, OAUTH, SHORTENERS,
    YAHOO, YAHOO_JAPAN,
};
pub use rules::{RedirectRules, Scheme};
#[cfg(any(test, feature = "public-suffix"))]
pub use suffixes::PublicSuffixList;
pub use suffixes::{PublicSuffixes, ReservedNames};
pub use token_request::TokenRequestUri;

#[cfg(test)]
mod tests;
