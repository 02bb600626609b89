//! Two ID tokens of one user: after a refresh (Core §12.2), and front against back in the hybrid
//! flow (Core §3.3.3.6).

use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::secret::constant_time_eq;
use tegata_core::time::UnixTime;

use super::IdToken;

/// What a later ID token has to agree with: plain data, so that it can be stored with the grant.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FirstIdToken {
    /// `iss`
    pub issuer: String,
    /// `sub`
    pub subject: String,
    /// `aud`
    pub audience: Vec<String>,
    /// `azp`, when there was one.
    pub authorized_party: Option<String>,
    /// `iat`
    pub issued_at: UnixTime,
    /// `auth_time`, when there was one.
    pub auth_time: Option<UnixTime>,
    /// `nonce`, when there was one.
    pub nonce: Option<String>,
}

impl FirstIdToken {
    /// The least that is known of a first ID token: whose it was, and when.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        subject: impl Into<String>,
        audience: Vec<String>,
        issued_at: UnixTime,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
            audience,
            authorized_party: None,
            issued_at,
            auth_time: None,
            nonce: None,
        }
    }
}

impl std::fmt::Debug for FirstIdToken {
    /// Without what it says about the user.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstIdToken")
            .field("issuer", &self.issuer)
            .field("issued_at", &self.issued_at)
            .finish_non_exhaustive()
    }
}

impl IdToken {
    /// What an ID token of a later refresh has to agree with.
    #[must_use]
    pub fn as_first(&self) -> FirstIdToken {
        FirstIdToken {
            issuer: self.issuer().to_owned(),
            subject: self.subject().to_owned(),
            audience: self.audience().map(str::to_owned).collect(),
            authorized_party: self.authorized_party().map(str::to_owned),
            issued_at: self.issued_at(),
            auth_time: self.auth_time(),
            nonce: self.nonce().map(str::to_owned),
        }
    }

    /// Whether this token, which came with a refresh, is about the same user, client and sign-in as
    /// the first one (Core §12.2).
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] names the claim that changed.
    pub fn check_refreshed(&self, first: &FirstIdToken) -> Result<(), InvalidToken> {
        let fault = if self.issuer() != first.issuer {
            TokenFault::IssuerChanged
        } else if self.subject() != first.subject {
            TokenFault::SubjectChanged
        } else if !self.has_audience(&first.audience) {
            TokenFault::AudienceChanged
        } else if self.issued_at() < first.issued_at {
            TokenFault::IssuedAt
        } else if self
            .auth_time()
            .is_some_and(|time| first.auth_time.is_some_and(|was| was != time))
        {
            TokenFault::AuthTimeChanged
        } else if self.authorized_party() != first.authorized_party.as_deref() {
            TokenFault::AuthorizedParty
        } else if self.nonce().is_some_and(|nonce| !is_nonce(first, nonce)) {
            TokenFault::Nonce
        } else {
            return Ok(());
        };
        Err(InvalidToken::new(TokenKind::RefreshedIdToken, fault))
    }

    /// Whether this token, from the token endpoint, is about the same user as `front`, which came
    /// through the browser (Core §3.3.3.6). This one is the session's; the front one was a hint.
    ///
    /// # Errors
    ///
    /// [`TokenFault::FrontBackMismatch`]
    pub fn check_front(&self, front: &Self) -> Result<(), InvalidToken> {
        if self.issuer() == front.issuer() && self.subject() == front.subject() {
            Ok(())
        } else {
            Err(InvalidToken::new(self.kind(), TokenFault::FrontBackMismatch))
        }
    }

    /// As sets: the order means nothing.
    fn has_audience(&self, first: &[String]) -> bool {
        self.audience().all(|one| first.iter().any(|was| was == one))
            && first.iter().all(|was| self.audience().any(|one| one == was))
    }
}

fn is_nonce(first: &FirstIdToken, nonce: &str) -> bool {
    first.nonce.as_deref().is_some_and(|was| constant_time_eq(was.as_bytes(), nonce.as_bytes()))
}
