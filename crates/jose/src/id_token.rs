//! ID tokens: a token that may be forged has one type, a verified one another (OpenID Connect Core
//! §2, §3.1.3.7).
//!
//! ```text
//!   UnverifiedIdToken ──verify(keys, rules, expect, backend, now)──▶ IdToken
//!     no claims to read        Core §3.1.3.7, every paragraph          claims
//! ```

mod compare;
mod expect;
mod hash;
mod rules;
mod verify;

use std::fmt;

use serde::de::DeserializeOwned;
use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::CompactToken;
use tegata_core::time::UnixTime;

pub use compare::FirstIdToken;
pub use expect::{Binding, Expect, Nonce};
pub use hash::half_hash;
pub use rules::{IdTokenRules, LeewayTooLong, MAX_LEEWAY};

use crate::algorithm::Algorithm;
use crate::backend::Backend;
use crate::claims::Text;
use crate::jwks::KeySet;

/// An ID token as it came. It has no claims to read: verify it first.
#[derive(Clone, Debug)]
pub struct UnverifiedIdToken(CompactToken);

impl UnverifiedIdToken {
    /// Takes a token as it came.
    #[must_use]
    pub const fn new(token: CompactToken) -> Self {
        Self(token)
    }

    /// Checks everything that OpenID Connect Core §2, §3.1.3.7, §3.2.2.11 and §3.3.2.12 demand.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] names the rule. [`TokenFault::KeyNotFound`] comes only when everything but
    /// the signature is right, and is the one fault that fetching the keys again may cure.
    pub fn verify(
        self,
        keys: &KeySet,
        rules: &IdTokenRules,
        expect: &Expect<'_>,
        backend: &'static dyn Backend,
        now: UnixTime,
    ) -> Result<IdToken, InvalidToken> {
        verify::verify(self.0, keys, rules, expect, backend, now)
    }

    /// The text, with nothing checked: to store it, or to send it somewhere that verifies it.
    #[must_use]
    pub const fn raw(&self) -> &CompactToken {
        &self.0
    }
}

/// A verified ID token: who signed in, where, when and for whom.
///
/// The user is [`issuer`](Self::issuer) *and* [`subject`](Self::subject) together, and nothing else
/// (Core §5.7): an e-mail address changes hands.
#[derive(Clone)]
pub struct IdToken {
    raw: CompactToken,
    payload: String,
    kind: TokenKind,
    algorithm: Algorithm,
    parts: Parts,
}

/// What verification read, by its place in the payload.
#[derive(Clone)]
struct Parts {
    issuer: Text,
    subject: Text,
    /// Almost always there is one, and the list of the others stays empty.
    audience: Text,
    other_audiences: Vec<Text>,
    authorized_party: Option<Text>,
    expires_at: UnixTime,
    issued_at: UnixTime,
    auth_time: Option<UnixTime>,
    nonce: Option<Text>,
    acr: Option<Text>,
    session_id: Option<Text>,
}

impl IdToken {
    /// `iss`: who says so.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.parts.issuer.within(&self.payload)
    }

    /// `sub`: the user, unique and never reassigned within the issuer.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.parts.subject.within(&self.payload)
    }

    /// `aud`: whom it is for. This client is among them.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(&self.parts.audience).chain(&self.parts.other_audiences);
        all.map(|one| one.within(&self.payload))
    }

    /// `azp`: the client that it was issued to.
    #[must_use]
    pub fn authorized_party(&self) -> Option<&str> {
        self.text(self.parts.authorized_party.as_ref())
    }

    /// `exp`: when it may no longer be accepted. This is not how long a session should live.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.parts.expires_at
    }

    /// `iat`: when it was made.
    #[must_use]
    pub const fn issued_at(&self) -> UnixTime {
        self.parts.issued_at
    }

    /// `auth_time`: when the user last proved who they are.
    #[must_use]
    pub const fn auth_time(&self) -> Option<UnixTime> {
        self.parts.auth_time
    }

    /// `nonce`: what was sent in the authentication request.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.text(self.parts.nonce.as_ref())
    }

    /// `acr`: how well the user proved it.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.text(self.parts.acr.as_ref())
    }

    /// `sid`: the session at the issuer, which a logout token may name (Back-Channel Logout §2.1).
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.text(self.parts.session_id.as_ref())
    }

    /// How it was signed.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What it was verified as.
    #[must_use]
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// All claims, as a JSON object.
    #[must_use]
    pub fn claims(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_str(&self.payload).unwrap_or_default()
    }

    /// The claims, read into a type of your own.
    ///
    /// # Errors
    ///
    /// [`TokenFault::Claims`] when they do not fit into it.
    pub fn extra<T: DeserializeOwned>(&self) -> Result<T, InvalidToken> {
        serde_json::from_str(&self.payload)
            .map_err(|_| InvalidToken::new(self.kind, TokenFault::Claims))
    }

    /// The token as it was signed: `id_token_hint` of a logout or of a silent sign-in. Of one that
    /// came encrypted it is what was within, as a hint has to be (Core §3.1.2.1).
    #[must_use]
    pub const fn raw(&self) -> &CompactToken {
        &self.raw
    }

    fn text<'s>(&'s self, text: Option<&'s Text>) -> Option<&'s str> {
        text.map(|text| text.within(&self.payload))
    }
}

impl fmt::Debug for IdToken {
    /// Without what it says about the user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("kind", &self.kind)
            .field("algorithm", &self.algorithm)
            .field("issuer", &self.issuer())
            .field("issued_at", &self.issued_at())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "ring")]
#[cfg(test)]
mod tests;
