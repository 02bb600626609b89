//! What one server does with refresh tokens, as data of its preset.
//!
//! The question that matters: what happens to a refresh token that is used a second time, because
//! the first answer was lost? The machine replays in any case, since a lost answer leaves nothing
//! better to do; the policy decides *when*.

use std::time::Duration;

/// How a server treats its tokens over time.
///
/// Written with `..RefreshPolicy::UNKNOWN`, so that a new field breaks nobody:
///
/// ```
/// use std::time::Duration;
/// use tegata_tokens::policy::{RefreshPolicy, Replay, Rotation};
///
/// const ACME: RefreshPolicy = RefreshPolicy {
///     rotation: Rotation::Always,
///     replay: Replay::SamePair(Duration::from_secs(30)),
///     ..RefreshPolicy::UNKNOWN
/// };
/// assert!(ACME.replay_is_safe_for().is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "written with `..UNKNOWN` by presets")]
pub struct RefreshPolicy {
    /// Whether a refresh brings a new refresh token.
    pub rotation: Rotation,
    /// What a second use of a refresh token does.
    pub replay: Replay,
    /// What a refresh does to the access tokens before it.
    pub old_access: OldAccess,
    /// How long an access token is taken to live when the server does not say.
    pub assumed_access_life: Duration,
    /// How long a refresh token lives from its issue, when it is known and the server does not say.
    pub refresh_life: Option<Duration>,
    /// How long a refresh token lives unused.
    pub refresh_idle_life: Option<Duration>,
    /// How many refresh tokens one user may have at one client before the oldest dies.
    pub live_token_cap: Option<u32>,
}

/// Whether a refresh brings a new refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotation {
    /// Every time.
    Always,
    /// Never: the first one serves until it ends.
    Never,
    /// Now and then, by the server's own judgement.
    Sometimes,
}

/// What a second use of a refresh token does, after the server has replaced it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replay {
    /// Within this time it brings another new pair; later it is as [`Replay::Strict`].
    NewPair(Duration),
    /// It is refused, and the tokens that replaced it live on.
    RejectOnly,
    /// Within this time it brings the same pair again; later it is as [`Replay::Strict`].
    SamePair(Duration),
    /// It kills the grant with all of its tokens (RFC 9700 §4.14.2).
    Strict,
    /// Nobody has found out.
    Unknown,
}

/// What a refresh does to the access tokens before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OldAccess {
    /// They die at once.
    Dies,
    /// They live until they expire.
    Lives,
}

impl RefreshPolicy {
    /// A server that nobody has looked at.
    pub const UNKNOWN: Self = Self {
        rotation: Rotation::Sometimes,
        replay: Replay::Unknown,
        old_access: OldAccess::Lives,
        // The usual life; a shorter one shows itself by a 401.
        assumed_access_life: Duration::from_secs(3600),
        refresh_life: None,
        refresh_idle_life: None,
        live_token_cap: None,
    };

    /// Atlassian: ten minutes of leeway, 90 days idle, 365 days in all.
    pub const ATLASSIAN: Self = Self {
        refresh_life: Some(days(365)),
        refresh_idle_life: Some(days(90)),
        ..Self::rotating(Replay::NewPair(Duration::from_secs(600)))
    };

    /// Auth0 with rotation on: leeway is off unless configured.
    pub const AUTH0: Self = Self::rotating(Replay::Strict);

    /// Google: no rotation; six months idle; a hundred live tokens per account and client.
    pub const GOOGLE: Self = Self {
        rotation: Rotation::Never,
        replay: Replay::RejectOnly,
        refresh_idle_life: Some(days(180)),
        live_token_cap: Some(100),
        ..Self::UNKNOWN
    };

    /// Ory Hydra: no grace unless configured, and a refresh deletes the access token before it.
    pub const HYDRA: Self = Self { old_access: OldAccess::Dies, ..Self::rotating(Replay::Strict) };

    /// Keycloak with revocation on and a reuse count of zero.
    pub const KEYCLOAK: Self = Self::rotating(Replay::Strict);

    /// Logto: three seconds of grace, one year in all.
    pub const LOGTO: Self = Self {
        rotation: Rotation::Sometimes,
        refresh_life: Some(days(365)),
        ..Self::rotating(Replay::NewPair(Duration::from_secs(3)))
    };

    /// Okta: thirty seconds of grace.
    pub const OKTA: Self = Self::rotating(Replay::NewPair(Duration::from_secs(30)));

    /// WorkOS: thirty seconds, with the same pair again.
    pub const WORKOS: Self = Self::rotating(Replay::SamePair(Duration::from_secs(30)));

    /// Xero: half an hour to send the old token again when the answer was lost.
    pub const XERO: Self = Self::rotating(Replay::NewPair(Duration::from_secs(1800)));

    /// Yahoo! JAPAN: no rotation, four weeks from the issue, not prolonged by use.
    pub const YAHOO_JAPAN: Self = Self {
        rotation: Rotation::Never,
        replay: Replay::RejectOnly,
        refresh_life: Some(days(28)),
        ..Self::UNKNOWN
    };

    const fn rotating(replay: Replay) -> Self {
        Self { rotation: Rotation::Always, replay, ..Self::UNKNOWN }
    }

    /// How long after a rotation the old refresh token still works; `None`: not at all.
    #[must_use]
    pub const fn replay_is_safe_for(&self) -> Option<Duration> {
        match self.replay {
            Replay::NewPair(time) | Replay::SamePair(time) => Some(time),
            Replay::RejectOnly | Replay::Strict | Replay::Unknown => None,
        }
    }

    /// Whether a replay may kill the access token in hand, so that it waits until that is of no
    /// more use.
    pub(crate) const fn replay_can_wait(&self) -> bool {
        matches!(self.replay, Replay::Strict) && !matches!(self.rotation, Rotation::Never)
    }
}

impl Default for RefreshPolicy {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}
