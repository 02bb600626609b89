//! What comes out: who signed in, and what they agreed to.

use tegata_core::scope::{Granted, Scope};
use tegata_core::token::TokenSet;
use tegata_core::tolerance::Tolerance;
use tegata_jose::id_token::IdToken;

use crate::profile::Profile;
use crate::standard_claims::StandardClaims;

/// A user who is signed in: a verified identity, and the tokens that came with it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    id_token: IdToken,
    tokens: Option<TokenSet>,
    outcome: Outcome,
}

impl SignedIn {
    pub(super) const fn new(id_token: IdToken, tokens: Option<TokenSet>, outcome: Outcome) -> Self {
        Self { id_token, tokens, outcome }
    }

    /// Who it is: the verified ID token. There is no other way to get claims.
    #[must_use]
    pub const fn claims(&self) -> &IdToken {
        &self.id_token
    }

    /// The tokens; `None` for the response type `id_token`, which brings none.
    #[must_use]
    pub const fn tokens(&self) -> Option<&TokenSet> {
        match &self.tokens {
            None => self.outcome.front.tokens.as_ref(),
            tokens => tokens.as_ref(),
        }
    }

    /// The access token of the authorization response, which the browser has too.
    #[must_use]
    pub const fn front_tokens(&self) -> Option<&TokenSet> {
        self.outcome.front.tokens.as_ref()
    }

    /// What the user agreed to, beside what was asked for: what is missing, what came in addition.
    #[must_use]
    pub const fn granted(&self) -> &Granted {
        &self.outcome.granted
    }

    /// Whether a refresh token was asked for and none came.
    ///
    /// A server may ignore the wish silently (OpenID Connect Core §11). With Google it means that the
    /// user had agreed before: the refresh token of that time still lives, so keep it; without it,
    /// sign in again with `prompt=consent`.
    #[must_use]
    pub const fn offline_ignored(&self) -> bool {
        self.outcome.offline_ignored
    }

    /// Who it is in the words of OpenID Connect Core §5.1: name, e-mail address, language.
    #[must_use]
    pub fn standard_claims(&self) -> StandardClaims {
        StandardClaims::new(self.id_token.claims(), &self.outcome.tolerance)
    }

    /// What the application wanted back after the redirect.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.outcome.return_to.as_deref()
    }

    /// The session state of OpenID Connect Session Management §2.
    #[must_use]
    pub fn session_state(&self) -> Option<&str> {
        self.outcome.front.session_state.as_deref()
    }
}

/// What a user agreed to, without an identity: plain OAuth 2.0. It signs nobody in.
#[derive(Clone, Debug)]
pub struct Grant {
    tokens: TokenSet,
    outcome: Outcome,
}

impl Grant {
    pub(super) const fn new(tokens: TokenSet, outcome: Outcome) -> Self {
        Self { tokens, outcome }
    }

    /// The tokens.
    #[must_use]
    pub const fn tokens(&self) -> &TokenSet {
        &self.tokens
    }

    /// What the user agreed to, beside what was asked for: what is missing, what came in addition.
    #[must_use]
    pub const fn granted(&self) -> &Granted {
        &self.outcome.granted
    }

    /// Whether a refresh token was asked for and none came: see [`SignedIn::offline_ignored`].
    #[must_use]
    pub const fn offline_ignored(&self) -> bool {
        self.outcome.offline_ignored
    }

    /// What the application wanted back after the redirect.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.outcome.return_to.as_deref()
    }
}

/// What both hold beside their first field.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) front: Front,
    pub(super) return_to: Option<String>,
    granted: Granted,
    offline_ignored: bool,
    tolerance: Tolerance,
}

/// What came through the browser.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    pub(super) tokens: Option<TokenSet>,
    pub(super) scope: Option<Scope>,
    pub(super) session_state: Option<String>,
}

impl Outcome {
    /// What came of asking for `scope`, and for a refresh token when `offline`.
    pub(super) fn new(
        profile: &Profile,
        scope: &Scope,
        offline: bool,
        tokens: Option<&TokenSet>,
        front: Front,
    ) -> Self {
        let granted = tokens.and_then(TokenSet::scope).or(front.scope.as_ref());
        let refreshable = tokens.is_some_and(|tokens| tokens.refresh_token().is_some());
        Self {
            granted: profile.scopes.compare(scope, granted),
            offline_ignored: offline && !refreshable,
            front,
            return_to: None,
            tolerance: profile.tolerance,
        }
    }
}
