//! What a client demands of every ID token of one issuer, for as long as it lives.

use std::time::Duration;

use crate::algorithm::{Algorithm, AllowedAlgorithms};

/// How far two clocks may be apart when nothing else is set. A minute covers machines without NTP
/// that are noticed within the day.
const DEFAULT_LEEWAY: Duration = Duration::from_secs(60);

/// The most that [`IdTokenRules::with_leeway`] accepts: RFC 7519 §4.1.4 speaks of "a few minutes".
pub const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// The rules of one client at one issuer: plain data, held for the client's lifetime.
///
/// ```
/// use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
/// use tegata_jose::id_token::IdTokenRules;
///
/// let rules = IdTokenRules::new("https://op.example.com", "client-1")
///     .with_algorithms(AllowedAlgorithms::of(&[Algorithm::ES256]));
/// assert_eq!(rules.client_id(), "client-1");
/// ```
#[derive(Clone, Debug)]
pub struct IdTokenRules {
    pub(super) issuers: Vec<String>,
    pub(super) client_id: String,
    pub(super) algorithms: AllowedAlgorithms,
    pub(super) trusted_audiences: Vec<String>,
    pub(super) authorized_parties: Vec<String>,
    pub(super) leeway: Duration,
    pub(super) max_age_of_issue: Option<Duration>,
}

impl IdTokenRules {
    /// One issuer, one client, and the algorithm that every issuer has to offer: RS256
    /// (Core §15.1, and the default of `id_token_signed_response_alg`).
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuers: vec![issuer.into()],
            client_id: client_id.into(),
            algorithms: AllowedAlgorithms::of(&[Algorithm::RS256]),
            trusted_audiences: Vec::new(),
            authorized_parties: Vec::new(),
            leeway: DEFAULT_LEEWAY,
            max_age_of_issue: None,
        }
    }

    /// A second spelling of the issuer, for one that changed its own (Google without `https://`).
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// The algorithms that were agreed on with the issuer. They take the place of RS256.
    #[must_use]
    pub const fn with_algorithms(mut self, algorithms: AllowedAlgorithms) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// Another audience that may stand beside this client in `aud` (Core §3.1.3.7 (3)).
    #[must_use]
    pub fn with_trusted_audience(mut self, audience: impl Into<String>) -> Self {
        self.trusted_audiences.push(audience.into());
        self
    }

    /// Another client that may stand in `azp`: one that asks for tokens for this one, as an app
    /// does for its server with Google's cross-client identity.
    #[must_use]
    pub fn with_authorized_party(mut self, client_id: impl Into<String>) -> Self {
        self.authorized_parties.push(client_id.into());
        self
    }

    /// How far the issuer's clock and ours may be apart. The default is 60 seconds.
    ///
    /// # Errors
    ///
    /// [`LeewayTooLong`] above [`MAX_LEEWAY`].
    pub fn with_leeway(mut self, leeway: Duration) -> Result<Self, LeewayTooLong> {
        if leeway > MAX_LEEWAY {
            return Err(LeewayTooLong);
        }
        self.leeway = leeway;
        Ok(self)
    }

    /// How long ago the token may have been made (Core §3.1.3.7 (10)). Yahoo! JAPAN asks for 600
    /// seconds. The default is any time, within `exp`.
    #[must_use]
    pub const fn with_max_age_of_issue(mut self, age: Duration) -> Self {
        self.max_age_of_issue = Some(age);
        self
    }

    /// This client.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The issuers whose tokens are accepted, the usual one first.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.issuers.iter().map(String::as_str)
    }

    /// The algorithms that were agreed on.
    #[must_use]
    pub const fn algorithms(&self) -> AllowedAlgorithms {
        self.algorithms
    }

    /// How far two clocks may be apart.
    #[must_use]
    pub const fn leeway(&self) -> Duration {
        self.leeway
    }
}

/// A leeway above [`MAX_LEEWAY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a leeway is at most {} seconds", MAX_LEEWAY.as_secs())]
#[non_exhaustive]
pub struct LeewayTooLong;
