//! What scopes mean at one provider, as data: aliases, implications, and how to stay signed in.

use super::Scope;

/// The scopes of one provider.
///
/// ```
/// use tegata_core::scope::{OPENID, ScopeRules};
///
/// const COMPANY: ScopeRules = ScopeRules { name: "the company's Keycloak", ..OPENID };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "written with `..` by presets of other crates")]
pub struct ScopeRules {
    /// Whose rules these are.
    pub name: &'static str,
    /// Two spellings of one scope: what may be written, and what the provider answers. The second
    /// is canonical, and is itself no alias.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Where the first is granted, so is the second. Both canonical.
    pub implied: &'static [(&'static str, &'static str)],
    /// What separates the scopes of an answer, beside the space.
    pub separators: &'static [char],
    /// What every request must name.
    pub required: &'static [&'static str],
    /// Scopes that look right and are refused.
    pub refused: &'static [&'static str],
    /// How a refresh token is asked for.
    pub offline: OfflineRule,
}

/// How a provider is asked for a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfflineRule {
    /// Every code brings one; there is nothing to ask. `offline_access` is unknown.
    Always,
    /// By parameters of the authorization request. `offline_access` is an error.
    Parameters(&'static [(&'static str, &'static str)]),
    /// By the scope `offline_access`, with `prompt=consent` and a response type with a code
    /// (OpenID Connect Core §11).
    Scope,
}

/// What an authorization request holds in order to get a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OfflineRequest {
    /// The scope to send.
    pub scope: Scope,
    /// The parameters to add.
    pub parameters: &'static [(&'static str, &'static str)],
    /// Whether `prompt` must hold `consent`; without it the scope is ignored.
    pub prompt_consent: bool,
}

/// Why a provider will refuse or ignore a part of a requested scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeProblem {
    /// A scope that every request must name is not there.
    #[error("the scope {0:?} is missing")]
    Missing(&'static str),
    /// `offline_access` where the provider does not know it.
    #[error("the scope \"offline_access\" is unknown to this provider and may be refused")]
    OfflineAccessUnknown,
    /// `offline_access` in a response type without a code (OpenID Connect Core §11).
    #[error("the scope \"offline_access\" is ignored in a response type without a code")]
    OfflineAccessWithoutCode,
    /// `offline_access` without `prompt=consent` (OpenID Connect Core §11).
    #[error("the scope \"offline_access\" is ignored without prompt=consent")]
    OfflineAccessWithoutConsent,
    /// A scope that looks right and is refused.
    #[error("the scope {0:?} is refused in this form")]
    Refused(&'static str),
}

impl ScopeRules {
    /// What to send in order to stay signed in: `scope` with or without `offline_access`, and
    /// whatever else the provider wants.
    ///
    /// ```
    /// use tegata_core::scope::{GOOGLE, OPENID, Scope};
    ///
    /// let scope = Scope::parse("openid offline_access")?;
    /// assert_eq!(GOOGLE.offline_request(&scope).parameters, [("access_type", "offline")]);
    /// assert_eq!(GOOGLE.offline_request(&scope).scope.to_string(), "openid");
    /// assert!(OPENID.offline_request(&scope).prompt_consent);
    /// # Ok::<(), tegata_core::scope::InvalidScope>(())
    /// ```
    #[must_use]
    pub fn offline_request(&self, scope: &Scope) -> OfflineRequest {
        let offline_access = Scope { tokens: vec![OFFLINE_ACCESS.into()] };
        let without = scope.difference(&offline_access);
        let request = OfflineRequest { scope: without, parameters: &[], prompt_consent: false };
        match self.offline {
            OfflineRule::Always => request,
            OfflineRule::Parameters(parameters) => OfflineRequest { parameters, ..request },
            OfflineRule::Scope => OfflineRequest {
                scope: scope.union(&offline_access),
                prompt_consent: true,
                ..request
            },
        }
    }

    /// What the provider will refuse or ignore in a request for `scope`, whose `prompt` does or
    /// does not hold `consent`, and whose response type does or does not have a code.
    #[must_use]
    pub fn problems(&self, scope: &Scope, prompt_consent: bool, code: bool) -> Vec<ScopeProblem> {
        let missing = self.required.iter().filter(|token| !scope.contains(token));
        let refused = self.refused.iter().filter(|token| scope.contains(token));
        let mut problems: Vec<_> = missing
            .map(|token| ScopeProblem::Missing(token))
            .chain(refused.map(|token| ScopeProblem::Refused(token)))
            .collect();
        if scope.contains(OFFLINE_ACCESS) {
            match self.offline {
                OfflineRule::Scope => {
                    if !code {
                        problems.push(ScopeProblem::OfflineAccessWithoutCode);
                    }
                    if !prompt_consent {
                        problems.push(ScopeProblem::OfflineAccessWithoutConsent);
                    }
                }
                _ => problems.push(ScopeProblem::OfflineAccessUnknown),
            }
        }
        problems
    }
}

/// Asks for a refresh token (OpenID Connect Core §11).
const OFFLINE_ACCESS: &str = "offline_access";

/// OAuth 2.0 with nothing of a provider's own: no aliases, and a refresh token is the server's to
/// give.
pub const OAUTH: ScopeRules = ScopeRules {
    name: "OAuth 2.0",
    aliases: &[],
    implied: &[],
    separators: &[],
    required: &[],
    refused: &[],
    offline: OfflineRule::Scope,
};

/// OpenID Connect: Logto, Auth0, Okta, Keycloak, Entra ID and most others.
pub const OPENID: ScopeRules =
    ScopeRules { name: "OpenID Connect", required: &["openid"], ..OAUTH };

/// Google. Answers in the long forms, adds `openid` to `email` and `profile`, and lets the user
/// decline scopes one by one.
///
/// <https://developers.google.com/identity/protocols/oauth2/scopes>
pub const GOOGLE: ScopeRules = ScopeRules {
    name: "Google",
    aliases: &[
        ("email", "https://www.googleapis.com/auth/userinfo.email"),
        ("profile", "https://www.googleapis.com/auth/userinfo.profile"),
        // Gone with Google+; still asked for by old programs.
        (
            "https://www.googleapis.com/auth/plus.me",
            "https://www.googleapis.com/auth/userinfo.profile",
        ),
    ],
    implied: &[
        ("https://www.googleapis.com/auth/userinfo.email", "openid"),
        ("https://www.googleapis.com/auth/userinfo.profile", "openid"),
        // Gone with Google+; it was more than the profile.
        (
            "https://www.googleapis.com/auth/plus.login",
            "https://www.googleapis.com/auth/userinfo.profile",
        ),
    ],
    refused: &["userinfo.email", "userinfo.profile"],
    offline: OfflineRule::Parameters(&[("access_type", "offline")]),
    ..OAUTH
};

/// Yahoo! JAPAN. Says nothing about scopes in its token answers, and refuses one that stands there
/// twice, which [`Scope`] cannot hold.
///
/// <https://developer.yahoo.co.jp/yconnect/v2/authorization_code/authorization.html>
pub const YAHOO_JAPAN: ScopeRules =
    ScopeRules { name: "Yahoo! JAPAN", offline: OfflineRule::Always, ..OPENID };

/// Yahoo outside Japan. Its documentation separates scopes by space and by comma.
///
/// <https://developer.yahoo.com/sign-in-with-yahoo/>
pub const YAHOO: ScopeRules =
    ScopeRules { name: "Yahoo", separators: &[','], offline: OfflineRule::Always, ..OAUTH };

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ScopeRules; 5] = [GOOGLE, OAUTH, OPENID, YAHOO, YAHOO_JAPAN];

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn a_canonical_form_is_no_alias_and_implications_are_canonical() {
        for rules in ALL {
            for (_, canonical) in rules.aliases {
                assert_eq!(rules.canonical_token(canonical), *canonical);
            }
            for token in rules.implied.iter().flat_map(|(token, implied)| [token, implied]) {
                assert_eq!(rules.canonical_token(token), *token);
            }
        }
    }

    #[test]
    fn offline_access_is_sent_only_to_who_knows_it() {
        for rules in ALL {
            let request = rules.offline_request(&scope("openid offline_access"));
            let known = rules.offline == OfflineRule::Scope;
            assert_eq!(request.scope.contains("offline_access"), known, "{}", rules.name);
            assert_eq!(request.prompt_consent, known, "{}", rules.name);
            let problems = rules.problems(&request.scope, request.prompt_consent, true);
            assert_eq!(problems, [], "{}", rules.name);
        }
    }

    #[test]
    fn says_what_a_provider_will_refuse_or_ignore() {
        let offline = scope("openid offline_access");
        assert_eq!(
            OPENID.problems(&offline, false, false),
            [ScopeProblem::OfflineAccessWithoutCode, ScopeProblem::OfflineAccessWithoutConsent]
        );
        assert_eq!(OPENID.problems(&offline, true, true), []);
        for rules in [GOOGLE, YAHOO, YAHOO_JAPAN] {
            assert_eq!(rules.problems(&offline, true, true), [ScopeProblem::OfflineAccessUnknown]);
        }
        assert_eq!(
            YAHOO_JAPAN.problems(&scope("email"), false, true),
            [ScopeProblem::Missing("openid")]
        );
        assert_eq!(
            GOOGLE.problems(&scope("userinfo.email"), false, true),
            [ScopeProblem::Refused("userinfo.email")]
        );
    }
}
