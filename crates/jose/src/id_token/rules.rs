//! What a client demands of every ID token of one issuer, for as long as it lives.

use std::time::Duration;

use tegata_core::error::TokenFault;
use tegata_core::time::UnixTime;

use crate::algorithm::{Algorithm, AllowedAlgorithms};
use crate::claims::{Claims, TENANT};
use crate::id_token::IdToken;

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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdTokenRules {
    issuers: Vec<AcceptedIssuer>,
    pub(super) client_id: String,
    pub(super) algorithms: AllowedAlgorithms,
    trusted_audiences: Vec<String>,
    authorized_parties: Vec<String>,
    leeway: Duration,
    max_age_of_issue: Option<Duration>,
}

/// One value of `iss`, and the tenant that has to stand in `tid` beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct AcceptedIssuer {
    issuer: String,
    tenant: Option<String>,
}

impl IdTokenRules {
    /// One issuer, one client, and the algorithm that every issuer has to offer: RS256
    /// (Core §15.1, and the default of `id_token_signed_response_alg`).
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            issuers: vec![AcceptedIssuer { issuer: issuer.into(), tenant: None }],
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
        self.issuers.push(AcceptedIssuer { issuer: issuer.into(), tenant: None });
        self
    }

    /// Takes the issuer for a template with `{tenantid}` in it, and accepts these tenants alone:
    /// `iss` must be the template with the tenant in it, and `tid` the same tenant
    /// (RFC 8725 §3.8).
    ///
    /// ```
    /// use tegata_jose::id_token::IdTokenRules;
    ///
    /// let rules = IdTokenRules::new("https://login.example.com/{tenantid}/v2.0", "client-1")
    ///     .with_tenants(["t-1", "t-2"]);
    /// assert_eq!(rules.issuers().next(), Some("https://login.example.com/t-1/v2.0"));
    /// ```
    #[must_use]
    pub fn with_tenants<'t>(mut self, tenants: impl IntoIterator<Item = &'t str>) -> Self {
        let templates = std::mem::take(&mut self.issuers);
        for tenant in tenants {
            self.issuers.extend(templates.iter().map(|template| AcceptedIssuer {
                issuer: template.issuer.replace(TENANT, tenant),
                tenant: Some(tenant.to_owned()),
            }));
        }
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
        self.issuers.iter().map(|accepted| accepted.issuer.as_str())
    }

    /// The algorithms that were agreed on.
    #[must_use]
    pub const fn algorithms(&self) -> AllowedAlgorithms {
        self.algorithms
    }

    /// Core §3.1.3.7 (2): `iss` is exactly the issuer that was asked.
    pub(crate) fn issuer<'c>(&self, claims: &'c Claims<'_>) -> Result<&'c str, TokenFault> {
        let found = claims.str("iss")?.ok_or(TokenFault::Issuer)?;
        let known = self.issuers.iter().find(|known| known.issuer == found);
        let accepted = known.ok_or(TokenFault::Issuer)?;
        match &accepted.tenant {
            Some(tenant) if claims.str("tid")? != Some(tenant) => Err(TokenFault::Issuer),
            _ => Ok(found),
        }
    }

    /// Whether `aud` may name `audience`: this client, or one that is trusted.
    pub(crate) fn trusts(&self, audience: &str) -> bool {
        audience == self.client_id || self.trusted_audiences.iter().any(|known| known == audience)
    }

    /// Whether `azp` may name `party`.
    pub(crate) fn authorizes(&self, party: &str) -> bool {
        party == self.client_id || self.authorized_parties.iter().any(|known| known == party)
    }

    /// Core §3.1.3.7 (9): `exp`, when it is there, has not passed.
    pub(crate) fn expiry(
        &self,
        claims: &Claims<'_>,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, TokenFault> {
        let expires_at = claims.time("exp")?;
        match expires_at {
            Some(time) if now >= time.plus(self.leeway) => Err(TokenFault::Expired),
            _ => Ok(expires_at),
        }
    }

    /// Core §3.1.3.7 (10), RFC 7519 §4.1.5: `iat` and `nbf`, when they are there, have passed, and
    /// `iat` not too long ago.
    pub(crate) fn beginning(
        &self,
        claims: &Claims<'_>,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, TokenFault> {
        let latest = now.plus(self.leeway);
        let issued_at = claims.time("iat")?;
        if let Some(time) = issued_at {
            let too_old = |age| time < now.minus(age).minus(self.leeway);
            if time > latest || self.max_age_of_issue.is_some_and(too_old) {
                return Err(TokenFault::IssuedAt);
            }
        }
        if claims.time("nbf")?.is_some_and(|not_before| not_before > latest) {
            return Err(TokenFault::NotYetValid);
        }
        Ok(issued_at)
    }

    /// Until when a verified token stays one, as far as time alone decides.
    pub(crate) fn valid_until(&self, token: &IdToken, max_age: Option<Duration>) -> UnixTime {
        let end = |start: Option<UnixTime>, age: Option<Duration>| {
            // One second more: both ages are still good when they are reached.
            Some(start?.plus(age?).plus(Duration::from_secs(1)))
        };
        let ends = [
            Some(token.expires_at()),
            end(token.auth_time(), max_age),
            end(Some(token.issued_at()), self.max_age_of_issue),
        ];
        let earliest = ends.into_iter().flatten().min().unwrap_or(token.expires_at());
        earliest.plus(self.leeway)
    }

    /// Core §3.1.3.7 (13): `auth_time`, when `max_age` was sent, is not older.
    pub(crate) fn is_within(&self, auth_time: UnixTime, max_age: Duration, now: UnixTime) -> bool {
        auth_time.plus(max_age).plus(self.leeway) >= now
    }
}

/// A leeway above [`MAX_LEEWAY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a leeway is at most {} seconds", MAX_LEEWAY.as_secs())]
#[non_exhaustive]
pub struct LeewayTooLong;
