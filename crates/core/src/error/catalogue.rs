//! What each error means, where it appears, whose answer it is, and what to do: a table for people.
//!
//! A program branches on [`ErrorCode`](super::ErrorCode) and [`Remedy`]; this is for the person who
//! reads the log. It knows what a code alone cannot say: that `access_denied` from Google's token
//! endpoint is an administrator's doing and from the authorization endpoint the user's, and what
//! Google shows on its own page and never sends to the application.
//!
//! ```
//! use tegata_core::error::Remedy;
//! use tegata_core::error::catalogue::{Place, Provider, explain};
//!
//! let at_google = explain("access_denied", Some(Provider::Google), Some(Place::Token));
//! assert_eq!(at_google.remedy(), Some(Remedy::TellAdministrator));
//! println!("{at_google}");
//!
//! assert!(explain("never_heard_of", None, None).entries().is_empty());
//! ```

mod client;
mod extensions;
mod google;
mod oauth;
mod source;
mod yahoo;

use std::fmt;

pub use source::Source;

use super::{Remedy, TokenFault};
use crate::http::Endpoint;

/// One error at one kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The code as it is sent; empty where the HTTP status says it alone. What the client finds by
    /// itself has a name of ours.
    pub code: &'static str,
    /// A text that comes with it and narrows it down, such as Google's `error_description`. For the
    /// reader of a log: a program does not branch on it.
    pub detail: &'static str,
    /// Where it appears.
    pub at: &'static [Place],
    /// The HTTP statuses that it comes with; none for a redirect or a page.
    pub status: &'static [u16],
    /// Who sends it; `None`: whoever keeps to the specification.
    pub provider: Option<Provider>,
    /// What happened.
    pub meaning: &'static str,
    /// What to do; `None`: nothing.
    pub remedy: Option<Remedy>,
    /// What exactly to do, where the remedy alone does not say it.
    pub advice: &'static str,
    /// Where this stands.
    pub source: Source,
}

impl Entry {
    const fn new(
        code: &'static str,
        at: &'static [Place],
        status: &'static [u16],
        remedy: Option<Remedy>,
        meaning: &'static str,
        advice: &'static str,
        source: Source,
    ) -> Self {
        Self { code, detail: "", at, status, provider: None, meaning, remedy, advice, source }
    }

    const fn by(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    const fn with_detail(mut self, detail: &'static str) -> Self {
        self.detail = detail;
        self
    }

    /// The advice, or what the remedy says in general.
    #[must_use]
    pub fn what_to_do(&self) -> &'static str {
        match (self.advice, self.remedy) {
            ("", Some(remedy)) => in_general(remedy),
            ("", None) => "Nothing.",
            (advice, _) => advice,
        }
    }
}

/// Where an error appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The redirect from the authorization endpoint.
    Authorization,
    /// The backchannel authentication endpoint (CIBA).
    BackchannelAuthentication,
    /// The client itself: no server sent it.
    Client,
    /// The provider's console, when a client is registered by hand.
    Console,
    /// The device authorization endpoint, or the token endpoint while a device polls.
    Device,
    /// The introspection endpoint.
    Introspection,
    /// A JavaScript library in the browser.
    JavaScript,
    /// A page of the provider: the browser never comes back.
    Page,
    /// A protected resource, UserInfo included.
    ProtectedResource,
    /// The pushed authorization request endpoint.
    PushedAuthorization,
    /// The client registration endpoint.
    Registration,
    /// The revocation endpoint.
    Revocation,
    /// The management of a stream of security events, or their receiver.
    SecurityEvents,
    /// The token endpoint.
    Token,
}

impl Place {
    /// All of them, in alphabetical order.
    pub const ALL: &'static [Self] = &[
        Self::Authorization,
        Self::BackchannelAuthentication,
        Self::Client,
        Self::Console,
        Self::Device,
        Self::Introspection,
        Self::JavaScript,
        Self::Page,
        Self::ProtectedResource,
        Self::PushedAuthorization,
        Self::Registration,
        Self::Revocation,
        Self::SecurityEvents,
        Self::Token,
    ];

    /// The name that tools print and read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::BackchannelAuthentication => "backchannel-authentication",
            Self::Client => "client",
            Self::Console => "console",
            Self::Device => "device",
            Self::Introspection => "introspection",
            Self::JavaScript => "javascript",
            Self::Page => "page",
            Self::ProtectedResource => "resource",
            Self::PushedAuthorization => "par",
            Self::Registration => "registration",
            Self::Revocation => "revocation",
            Self::SecurityEvents => "security-events",
            Self::Token => "token",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|place| place.as_str() == name)
    }

    /// The place that an exchange with `endpoint` is at; `None` for plain documents.
    #[must_use]
    pub const fn of(endpoint: Endpoint) -> Option<Self> {
        Some(match endpoint {
            Endpoint::Authorization => Self::Authorization,
            Endpoint::DeviceAuthorization => Self::Device,
            Endpoint::Introspection => Self::Introspection,
            Endpoint::ProtectedResource | Endpoint::UserInfo => Self::ProtectedResource,
            Endpoint::Revocation => Self::Revocation,
            Endpoint::Token => Self::Token,
            _ => return None,
        })
    }
}

/// A provider with errors of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// accounts.google.com
    Google,
    /// api.login.yahoo.com
    Yahoo,
    /// auth.login.yahoo.co.jp
    YahooJapan,
}

impl Provider {
    /// All of them, in alphabetical order.
    pub const ALL: &'static [Self] = &[Self::Google, Self::Yahoo, Self::YahooJapan];

    /// The name that tools print and read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Yahoo => "yahoo",
            Self::YahooJapan => "yahoo-japan",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|provider| provider.as_str() == name)
    }
}

/// The whole table: the specifications first, then what a client finds by itself, then each
/// provider.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [
        oauth::ENTRIES,
        extensions::ENTRIES,
        client::ENTRIES,
        google::ENTRIES,
        yahoo::JAPAN_ENTRIES,
        yahoo::ENTRIES,
    ]
    .into_iter()
    .flatten()
}

/// Finds what is known about `code` from `provider` at a place; `None` leaves that open.
///
/// Also known are the codes of [`TokenFault`], for what is wrong with an ID token.
#[must_use]
pub fn explain(code: &str, provider: Option<Provider>, at: Option<Place>) -> Explanation {
    let fits = |entry: &&Entry| {
        let is_code = !code.is_empty() && entry.code.eq_ignore_ascii_case(code);
        // What the specification says holds for a provider too; the reverse does not.
        let is_provider = entry.provider.is_none() || entry.provider == provider;
        is_code && (is_provider || provider.is_none())
    };
    let mut entries: Vec<_> = entries().filter(fits).collect();
    // The nearest first: letter for letter, the place, the provider; what a detail narrows, last.
    entries.sort_by_key(|entry| {
        (
            at.is_some_and(|place| !entry.at.contains(&place)),
            entry.code != code,
            entry.provider != provider,
            !entry.detail.is_empty(),
        )
    });
    if at.is_some_and(|place| entries.first().is_some_and(|entry| entry.at.contains(&place))) {
        entries.retain(|entry| at.is_some_and(|place| entry.at.contains(&place)));
    }
    let fault = TokenFault::ALL.iter().copied().find(|fault| fault.code() == code);
    Explanation {
        code: code.chars().filter(|c| !c.is_control()).take(100).collect(),
        entries,
        fault,
    }
}

/// What is known about a code. `Display` is a text for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    code: String,
    entries: Vec<&'static Entry>,
    fault: Option<TokenFault>,
}

impl Explanation {
    /// The entries that fit, the nearest first; none for a code that nobody here knows.
    #[must_use]
    pub fn entries(&self) -> &[&'static Entry] {
        &self.entries
    }

    /// The rule of tokens that has this code.
    #[must_use]
    pub const fn token_fault(&self) -> Option<TokenFault> {
        self.fault
    }

    /// What to do, by the nearest entry.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        let of_fault = self.fault.map(TokenFault::remedy);
        self.entries.first().map_or(of_fault, |entry| entry.remedy)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entries.is_empty() && self.fault.is_none() {
            return write!(
                f,
                "{}: not known here. By its HTTP status: with 4xx the request or the registration \
                 is wrong; with 5xx or 429 try again later.",
                self.code
            );
        }
        if let Some(fault) = self.fault {
            let to_do = in_general(fault.remedy());
            writeln!(f, "{}: {fault} ({}).\n  {to_do}", self.code, fault.paragraph())?;
        }
        for (index, entry) in self.entries.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n\n" };
            write!(f, "{separator}{}", entry.code)?;
            if !entry.detail.is_empty() {
                write!(f, " \"{}\"", entry.detail)?;
            }
            if let Some(provider) = entry.provider {
                write!(f, " from {}", provider.as_str())?;
            }
            let places: Vec<_> = entry.at.iter().map(|place| place.as_str()).collect();
            write!(f, " at {}", places.join(", "))?;
            let statuses: Vec<_> = entry.status.iter().map(u16::to_string).collect();
            if !statuses.is_empty() {
                write!(f, " (HTTP {})", statuses.join(" or "))?;
            }
            write!(f, "\n  {}\n  {}\n  {}", entry.meaning, entry.what_to_do(), entry.source)?;
        }
        Ok(())
    }
}

/// What a remedy says, wherever it comes from.
const fn in_general(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::AskConsentAgain => "Ask for consent again: a new sign-in with prompt=consent.",
        Remedy::FixConfiguration => "Correct the registration of the client, or its settings.",
        Remedy::FixProgram => "Correct the program.",
        Remedy::Refresh => {
            "Refresh the access token and repeat the request, once; if that does not help, sign in again."
        }
        Remedy::Retry { .. } => "Try again later, slower each time.",
        Remedy::SecurityIncident => "Stop, keep the log and do not retry: an answer may be forged.",
        Remedy::ShowUser => "Tell the user; nothing is broken.",
        Remedy::SignInAgain => "Start a new sign-in, and delete the token that this is about.",
        Remedy::TellAdministrator => "An administrator of the user's organisation must act.",
    }
}

const CONFIG: Option<Remedy> = Some(Remedy::FixConfiguration);
const CONSENT: Option<Remedy> = Some(Remedy::AskConsentAgain);
const ADMIN: Option<Remedy> = Some(Remedy::TellAdministrator);
const PROGRAM: Option<Remedy> = Some(Remedy::FixProgram);
const REFRESH: Option<Remedy> = Some(Remedy::Refresh);
const RETRY: Option<Remedy> = Some(Remedy::Retry { after: None });
const SECURITY: Option<Remedy> = Some(Remedy::SecurityIncident);
const SIGN_IN: Option<Remedy> = Some(Remedy::SignInAgain);
const USER: Option<Remedy> = Some(Remedy::ShowUser);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn every_code_is_explained_and_its_general_entry_agrees_with_its_remedy() {
        for code in ErrorCode::KNOWN {
            let explanation = explain(code.as_str(), None, None);
            let remedies: Vec<_> = explanation.entries().iter().map(|it| it.remedy).collect();
            assert!(remedies.contains(&Some(code.remedy())), "{code:?} {remedies:?}");
        }
    }

    #[test]
    fn every_entry_is_complete_and_stands_there_once() {
        let all: Vec<_> = entries().collect();
        for (index, entry) in all.iter().enumerate() {
            let key = |it: &Entry| (it.code, it.detail, it.at, it.status, it.provider, it.remedy);
            assert!(!all.iter().skip(index + 1).any(|it| key(it) == key(entry)), "{entry:?}");
            assert!(!entry.at.is_empty() && entry.meaning.ends_with('.'), "{entry:?}");
            assert!(entry.what_to_do().ends_with('.'), "{entry:?}");
            assert!(entry.source.url.starts_with("https://"), "{entry:?}");
            let is_wire = !matches!(entry.at, [Place::Client]) && !entry.code.is_empty();
            if is_wire && entry.provider != Some(Provider::Yahoo) {
                assert!(ErrorCode::KNOWN.contains(&ErrorCode::new(entry.code)), "{entry:?}");
            }
        }
        assert!(all.len() > 150, "{}", all.len());
    }

    #[test]
    fn the_nearest_entry_comes_first() {
        for (code, provider, at, expected) in [
            ("access_denied", None, Some(Place::Authorization), USER),
            ("access_denied", Some(Provider::Google), Some(Place::Token), ADMIN),
            ("invalid_token", None, Some(Place::ProtectedResource), REFRESH),
            ("invalid_token", None, Some(Place::Registration), CONFIG),
            ("invalid_token", Some(Provider::Google), Some(Place::Revocation), SIGN_IN),
            ("invalid_token", Some(Provider::YahooJapan), Some(Place::Token), SIGN_IN),
            ("INVALID_REFRESH_TOKEN", Some(Provider::Yahoo), None, SIGN_IN),
            ("redirect_uri_mismatch", Some(Provider::Google), Some(Place::Page), CONFIG),
            ("nonce_mismatch", None, None, SECURITY),
        ] {
            assert_eq!(explain(code, provider, at).remedy(), expected, "{code}");
        }
    }

    #[test]
    fn what_google_shows_on_its_own_page_is_explained() {
        for code in [
            "admin_policy_enforced",
            "deleted_client",
            "disallowed_useragent",
            "invalid_client",
            "org_internal",
            "origin_mismatch",
            "redirect_uri_mismatch",
        ] {
            let text = explain(code, Some(Provider::Google), Some(Place::Page)).to_string();
            assert!(text.starts_with(&format!("{code} from google at page")), "{text}");
        }
    }

    #[test]
    fn an_entry_of_another_provider_is_left_out() {
        let explanation = explain("invalid_request", Some(Provider::YahooJapan), None);
        let others = [Some(Provider::Google), Some(Provider::Yahoo)];
        assert!(explanation.entries().iter().all(|it| !others.contains(&it.provider)));
        assert!(explanation.entries().iter().any(|it| it.provider.is_none()));
    }

    #[test]
    fn an_unknown_code_is_said_to_be_unknown() {
        let text = explain("brand\u{1b}[31m_new", None, None).to_string();
        assert!(text.starts_with("brand[31m_new: not known here"), "{text}");
        assert!(explain("", None, None).entries().is_empty());
    }

    #[test]
    fn names_of_places_and_providers_read_back() {
        assert!(Place::ALL.iter().all(|place| Place::from_name(place.as_str()) == Some(*place)));
        assert!(Place::ALL.is_sorted_by_key(|place| format!("{place:?}")));
        assert!(Provider::ALL.iter().all(|it| Provider::from_name(it.as_str()) == Some(*it)));
    }
}
