//! What one sign-in expects of its ID token: everything that was sent, or came beside it.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use tegata_core::error::TokenKind;
use tegata_core::secret::{self, AccessToken, AuthorizationCode, State};

/// What one sign-in expects.
///
/// ```
/// use tegata_core::error::TokenKind;
/// use tegata_core::secret::{self, AccessToken};
/// use tegata_jose::id_token::{Binding, Expect, Nonce};
///
/// let nonce = secret::Nonce::new("n-0S6_WzA2Mj");
/// let token = AccessToken::new("ya29.a0");
/// let mut expect = Expect::new(TokenKind::IdToken, Nonce::Expect(&nonce));
/// expect.access_token = Binding::IfPresent(&token);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Expect<'e> {
    /// What the token is taken for; it stands in every error.
    pub kind: TokenKind,
    /// The `nonce` of the authentication request (Core §3.1.3.7 (11)).
    pub nonce: Nonce<'e>,
    /// `max_age`, when it was sent: `auth_time` must be there and not older (Core §3.1.3.7 (13)).
    pub max_age: Option<Duration>,
    /// The values of `acr` that were demanded, one of which must be there (Core §3.1.3.7 (12)).
    /// Empty: none were.
    pub acr_values: &'e [&'e str],
    /// The access token that came with it, for `at_hash` (Core §3.1.3.8, §3.2.2.9).
    pub access_token: Binding<'e, AccessToken>,
    /// The code that came with it, for `c_hash` (Core §3.3.2.10).
    pub code: Binding<'e, AuthorizationCode>,
    /// The state that came with it, for `s_hash` (FAPI 1.0 Part 2 §5.1.1).
    pub state: Binding<'e, State>,
}

impl<'e> Expect<'e> {
    /// Nothing but the nonce.
    #[must_use]
    pub const fn new(kind: TokenKind, nonce: Nonce<'e>) -> Self {
        Self {
            kind,
            nonce,
            max_age: None,
            acr_values: &[],
            access_token: Binding::Absent,
            code: Binding::Absent,
            state: Binding::Absent,
        }
    }

    /// A token that came with a refresh. Whether its nonce is right, only the first ID token can
    /// say: [`IdToken::check_refreshed`](super::IdToken::check_refreshed).
    #[must_use]
    pub const fn refreshed() -> Self {
        Self::new(TokenKind::RefreshedIdToken, Nonce::OfFirstIdToken)
    }
}

impl Hash for Expect<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Self { kind, nonce, max_age, acr_values, access_token, code, state } = self;
        (kind, max_age, acr_values).hash(hasher);
        match nonce {
            Nonce::Expect(nonce) => (0, nonce.expose()).hash(hasher),
            Nonce::NotSent => 1.hash(hasher),
            Nonce::OfFirstIdToken => 2.hash(hasher),
        }
        access_token.map(AccessToken::expose).hash(hasher);
        code.map(AuthorizationCode::expose).hash(hasher);
        state.map(State::expose).hash(hasher);
    }
}

/// The `nonce` of the authentication request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Nonce<'e> {
    /// This one was sent, and must come back.
    Expect(&'e secret::Nonce),
    /// None was sent, and none may come.
    NotSent,
    /// The token came with a refresh: compared by
    /// [`IdToken::check_refreshed`](super::IdToken::check_refreshed).
    OfFirstIdToken,
}

/// Something that came beside the ID token and that a hash in it may vouch for.
#[derive(Debug, Hash)]
#[non_exhaustive]
pub enum Binding<'e, T: ?Sized> {
    /// It did not come.
    Absent,
    /// It came from the token endpoint: the hash may be missing, and must be right when it is there.
    IfPresent(&'e T),
    /// It came through the browser: the hash must be there.
    Required(&'e T),
}

// By hand: `T` is behind a reference and need not be `Copy` itself.
impl<T: ?Sized> Clone for Binding<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Binding<'_, T> {}

impl<'e, T: ?Sized> Binding<'e, T> {
    fn map<U: ?Sized>(self, expose: fn(&'e T) -> &'e U) -> Binding<'e, U> {
        match self {
            Self::Absent => Binding::Absent,
            Self::IfPresent(beside) => Binding::IfPresent(expose(beside)),
            Self::Required(beside) => Binding::Required(expose(beside)),
        }
    }
}
