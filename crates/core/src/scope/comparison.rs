//! What was asked for against what was granted (RFC 6749 §3.3, §5.1).
//!
//! A user may decline one scope and grant another; a server may answer in another order, under
//! another name, or with more than was asked for. None of that is an error. Only the caller knows
//! which scopes the application cannot do without.

use std::fmt;

use super::rules::ScopeRules;
use super::{InvalidScope, Scope};

/// The sets of one authorization, all in the provider's canonical form.
///
/// ```
/// use tegata_core::scope::{GOOGLE, Scope};
///
/// let drive = "https://www.googleapis.com/auth/drive.metadata.readonly";
/// let requested = Scope::parse(&format!("openid email {drive}"))?;
/// let answer = Scope::parse("https://www.googleapis.com/auth/userinfo.email openid")?;
///
/// let granted = GOOGLE.compare(&requested, Some(&answer));
/// assert_eq!(granted.missing().to_string(), drive);
/// assert!(granted.covers("email"));
/// assert!(granted.require(&Scope::parse("openid email")?).is_ok());
/// # Ok::<(), tegata_core::scope::InvalidScope>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    rules: ScopeRules,
    requested: Scope,
    granted: Scope,
    /// What that implies and does not say.
    implied: Vec<&'static str>,
}

impl Granted {
    /// What was asked for.
    #[must_use]
    pub const fn requested(&self) -> &Scope {
        &self.requested
    }

    /// What the server says it granted. Store this with the refresh token.
    #[must_use]
    pub const fn granted(&self) -> &Scope {
        &self.granted
    }

    /// What was asked for and not granted: the user declined it.
    #[must_use]
    pub fn missing(&self) -> Scope {
        self.without_covered(&self.requested)
    }

    /// What was granted without having been asked for, such as an earlier grant. Keep it in the
    /// record and decide nothing by it.
    #[must_use]
    pub fn extra(&self) -> Scope {
        self.granted.difference(&self.requested)
    }

    /// Whether `token`, in any of its forms, was granted or is implied by what was.
    #[must_use]
    pub fn covers(&self, token: &str) -> bool {
        self.holds(self.rules.canonical_token(token))
    }

    /// Checks that the application has what it cannot do without.
    ///
    /// # Errors
    ///
    /// The scopes of `required` that were not granted: ask for consent again, with a reason that
    /// the user understands.
    pub fn require(&self, required: &Scope) -> Result<(), Scope> {
        let missing = self.without_covered(&self.rules.canonical(required));
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    }

    fn without_covered(&self, scope: &Scope) -> Scope {
        let rest = scope.tokens.iter().filter(|token| !self.holds(token));
        Scope { tokens: rest.cloned().collect() }
    }

    fn holds(&self, canonical: &str) -> bool {
        self.granted.contains(canonical) || self.implied.contains(&canonical)
    }
}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "granted: {}; missing: {}; extra: {}", self.granted, self.missing(), self.extra())
    }
}

impl ScopeRules {
    /// Compares what was asked for with what the token response says. `None`, a response without
    /// `scope`: exactly what was asked for (RFC 6749 §5.1).
    ///
    /// After a refresh the stored scope takes the place of `requested`: what is missing then was
    /// taken away since.
    #[must_use]
    pub fn compare(&self, requested: &Scope, granted: Option<&Scope>) -> Granted {
        let requested = self.canonical(requested);
        let granted = granted.map_or_else(|| requested.clone(), |granted| self.canonical(granted));
        let implied = self.implied_by(&granted);
        Granted { rules: *self, requested, granted, implied }
    }

    /// Reads the scope of an answer, which some providers separate otherwise.
    ///
    /// # Errors
    ///
    /// As [`Scope::parse`].
    pub fn read(&self, text: &str) -> Result<Scope, InvalidScope> {
        let separators: Vec<char> = self.separators.iter().copied().chain([' ']).collect();
        Scope::parse_separated(text, &separators)
    }

    /// Everything of both, each scope in one form: what an incremental authorization asks for, or
    /// the answer to `insufficient_scope`.
    ///
    /// ```
    /// use tegata_core::scope::{GOOGLE, Scope};
    ///
    /// let held = Scope::parse("openid https://www.googleapis.com/auth/userinfo.email")?;
    /// let more = Scope::parse("email https://mail.google.com/")?;
    /// assert_eq!(GOOGLE.union(&held, &more).iter().count(), 3);
    /// # Ok::<(), tegata_core::scope::InvalidScope>(())
    /// ```
    #[must_use]
    pub fn union(&self, held: &Scope, more: &Scope) -> Scope {
        self.canonical(held).union(&self.canonical(more))
    }

    /// Each token in its canonical form, once.
    #[must_use]
    pub fn canonical(&self, scope: &Scope) -> Scope {
        let mut tokens: Vec<Box<str>> = Vec::with_capacity(scope.tokens.len());
        for token in scope.iter().map(|token| self.canonical_token(token)) {
            if !tokens.iter().any(|known| **known == *token) {
                tokens.push(token.into());
            }
        }
        Scope { tokens }
    }

    /// The form in which the provider answers. Letter for letter: nothing is folded or decoded.
    #[must_use]
    pub fn canonical_token<'t>(&self, token: &'t str) -> &'t str {
        self.aliases
            .iter()
            .find(|(alias, _)| *alias == token)
            .map_or(token, |(_, canonical)| canonical)
    }

    fn implied_by(&self, granted: &Scope) -> Vec<&'static str> {
        let mut implied = Vec::new();
        // Each rule can add one token, so the set stands still after as many rounds as rules.
        for _ in self.implied {
            for (token, follows) in self.implied {
                let has = |token| granted.contains(token) || implied.contains(&token);
                if has(token) && !has(follows) {
                    implied.push(*follows);
                }
            }
        }
        implied
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{GOOGLE, OAUTH, YAHOO};
    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    const LONG_EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";
    const LONG_PROFILE: &str = "https://www.googleapis.com/auth/userinfo.profile";

    #[test]
    fn a_silent_answer_grants_what_was_asked_for() {
        let granted = OAUTH.compare(&scope("a b"), None);
        assert_eq!(granted.granted(), &scope("a b"));
        assert!(granted.missing().is_empty() && granted.extra().is_empty());
    }

    #[test]
    fn an_empty_answer_grants_nothing() {
        let granted = OAUTH.compare(&scope("a b"), Some(&Scope::empty()));
        assert_eq!(granted.missing(), scope("a b"));
    }

    #[test]
    fn order_repetition_and_google_s_long_forms_make_no_difference() {
        let answer = scope(&format!("{LONG_PROFILE} openid {LONG_EMAIL} openid"));
        let granted = GOOGLE.compare(&scope("openid email profile email"), Some(&answer));
        assert!(granted.missing().is_empty() && granted.extra().is_empty(), "{granted}");
        assert_eq!(granted.requested().to_string(), format!("openid {LONG_EMAIL} {LONG_PROFILE}"));
    }

    #[test]
    fn names_what_was_declined_and_what_came_unasked() {
        let granted =
            GOOGLE.compare(&scope("email https://mail.google.com/"), Some(&scope("openid email")));
        assert_eq!(granted.missing(), scope("https://mail.google.com/"));
        assert_eq!(granted.extra(), scope("openid"));
        assert!(!granted.covers("https://mail.google.com"), "the trailing slash counts");
    }

    #[test]
    fn google_grants_openid_with_email_or_profile() {
        let granted = GOOGLE.compare(&scope("openid email"), Some(&scope("email")));
        assert!(granted.missing().is_empty() && granted.covers("openid"));
        assert_eq!(granted.granted(), &scope(LONG_EMAIL), "stored as it was answered");
        assert!(!OAUTH.compare(&scope("openid email"), Some(&scope("email"))).covers("openid"));
        let old = scope("https://www.googleapis.com/auth/plus.login");
        assert!(GOOGLE.compare(&old, None).covers("openid"), "by way of profile");
    }

    #[test]
    fn a_missing_scope_is_an_error_only_when_it_is_required() {
        let granted = GOOGLE.compare(&scope("openid email profile"), Some(&scope("openid email")));
        assert_eq!(granted.require(&scope("openid email")), Ok(()));
        assert_eq!(granted.require(&scope("profile email")), Err(scope(LONG_PROFILE)));
    }

    #[test]
    fn a_comma_separates_where_the_provider_says_so() {
        assert_eq!(YAHOO.read("openid,email profile"), Ok(scope("openid email profile")));
        assert_eq!(OAUTH.read("openid,email").map(|scope| scope.iter().count()), Ok(1));
    }

    prop_compose! {
        fn some_scope()(tokens in proptest::collection::vec(0_usize..8, 0..8)) -> Scope {
            const TOKENS: [&str; 8] = [
                "openid", "email", "profile", LONG_EMAIL, LONG_PROFILE, "a", "A",
                "https://www.googleapis.com/auth/plus.me",
            ];
            let mut scope = Scope::empty();
            for token in tokens {
                scope.insert(TOKENS[token]).unwrap();
            }
            scope
        }
    }

    proptest! {
        #[test]
        fn the_sets_obey_their_algebra(requested in some_scope(), answer in some_scope()) {
            for rules in [GOOGLE, OAUTH] {
                let granted = rules.compare(&requested, Some(&answer));
                let canonical = rules.canonical(&requested);
                prop_assert_eq!(&rules.canonical(&canonical), &canonical);
                for token in canonical.iter() {
                    prop_assert_eq!(granted.covers(token), !granted.missing().contains(token));
                }
                for token in granted.granted().iter() {
                    prop_assert_eq!(granted.extra().contains(token), !canonical.contains(token));
                }
                let union = rules.union(&requested, &answer);
                prop_assert_eq!(&union, &rules.union(&answer, &requested));
                prop_assert_eq!(granted.require(&requested).err().unwrap_or_default(), granted.missing());
            }
        }
    }
}
