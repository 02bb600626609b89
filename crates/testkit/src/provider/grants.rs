//! What the provider remembers: grants, and the codes and tokens that hang on them.
//!
//! ```text
//!   Grant ◀── Code           good once; used twice, it ends the grant
//!     ▲ ▲──── Access token   good until it expires
//!     └────── Refresh token  good, or spent with a successor
//! ```
//!
//! A grant that was ended takes all of them along.

use std::collections::BTreeMap;
use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::time::UnixTime;

use super::requested::Requested;
use crate::keys::sha256;
use crate::profile::{Profile, RefreshPolicy};

/// One user's consent for one client, or a client's own.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) client: String,
    /// `None`: the client acts for itself (RFC 6749 §4.4).
    pub(crate) subject: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) nonce: Option<String>,
    pub(crate) requested: Requested,
    pub(crate) auth_time: UnixTime,
    pub(crate) wants_auth_time: bool,
    pub(crate) refreshable: bool,
    /// The session that it was given in.
    pub(crate) session_id: Option<String>,
}

/// Points to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GrantId(u64);

/// A code that was handed out, with what must come back beside it.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) grant: GrantId,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) expires: UnixTime,
    pub(crate) used: bool,
}

pub(crate) struct AccessToken {
    pub(crate) grant: GrantId,
    pub(crate) scope: Scope,
    pub(crate) expires: UnixTime,
}

pub(crate) struct RefreshToken {
    pub(crate) grant: GrantId,
    pub(crate) expires: Option<UnixTime>,
    /// When it was used, and what came in its place.
    pub(crate) spent: Option<(UnixTime, String)>,
}

/// What became of a refresh token that was presented.
pub(crate) enum Refreshed {
    /// Good; the answer holds this refresh token.
    With(Option<String>),
    /// It was spent: its grant is ended now.
    Reused,
}

pub(crate) struct Grants {
    minted: u64,
    grants: BTreeMap<GrantId, Grant>,
    codes: BTreeMap<String, Code>,
    access_tokens: BTreeMap<String, AccessToken>,
    refresh_tokens: BTreeMap<String, RefreshToken>,
}

impl Grants {
    pub(crate) const fn new() -> Self {
        Self {
            minted: 0,
            grants: BTreeMap::new(),
            codes: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
        }
    }

    pub(crate) fn open(&mut self, grant: Grant) -> GrantId {
        self.minted += 1;
        let id = GrantId(self.minted);
        self.grants.insert(id, grant);
        id
    }

    /// The grant, unless it was ended.
    pub(crate) fn get(&self, id: GrantId) -> Option<&Grant> {
        self.grants.get(&id)
    }

    /// Ends a grant: every token of it is dead.
    pub(crate) fn end(&mut self, id: GrantId) {
        self.grants.remove(&id);
    }

    /// Ends every grant that `subject` gave to `client`.
    pub(crate) fn end_all(&mut self, client: &str, subject: &str) {
        self.grants
            .retain(|_, grant| grant.client != client || grant.subject.as_deref() != Some(subject));
    }

    pub(crate) fn add_code(&mut self, profile: &Profile, code: Code) -> String {
        let [prefix, _, _] = profile.token_prefixes;
        let text = self.mint(prefix, "code");
        self.codes.insert(text.clone(), code);
        text
    }

    /// Takes a code: the first time it is marked as used, the second time its grant is ended
    /// (RFC 6749 §4.1.2).
    pub(crate) fn redeem(&mut self, text: &str) -> Option<Code> {
        let code = self.codes.get_mut(text)?;
        if code.used {
            let grant = code.grant;
            self.end(grant);
            return None;
        }
        code.used = true;
        Some(code.clone())
    }

    pub(crate) fn add_access_token(&mut self, profile: &Profile, token: AccessToken) -> String {
        let [_, prefix, _] = profile.token_prefixes;
        let text = self.mint(prefix, "access");
        self.access_tokens.insert(text.clone(), token);
        text
    }

    /// The access token and its grant, alive or expired; `None` when unknown or ended.
    pub(crate) fn access_token(&self, text: &str) -> Option<(&AccessToken, &Grant)> {
        let token = self.access_tokens.get(text)?;
        Some((token, self.get(token.grant)?))
    }

    /// Forgets one access token and leaves its grant alive.
    pub(crate) fn drop_access_token(&mut self, text: &str) {
        self.access_tokens.remove(text);
    }

    pub(crate) fn add_refresh_token(
        &mut self,
        profile: &Profile,
        grant: GrantId,
        now: UnixTime,
    ) -> String {
        let [_, _, prefix] = profile.token_prefixes;
        let text = self.mint(prefix, "refresh");
        let expires = profile.refresh_token_lifetime.map(|lifetime| now.plus(lifetime));
        let token = RefreshToken { grant, expires, spent: None };
        self.refresh_tokens.insert(text.clone(), token);
        text
    }

    /// The refresh token and its grant, spent or not; `None` when unknown or ended.
    pub(crate) fn refresh_token(&self, text: &str) -> Option<(&RefreshToken, &Grant)> {
        let token = self.refresh_tokens.get(text)?;
        Some((token, self.get(token.grant)?))
    }

    /// Uses a refresh token as the profile's policy says. It must be a known one.
    pub(crate) fn refresh(
        &mut self,
        profile: &Profile,
        text: &str,
        now: UnixTime,
    ) -> Option<Refreshed> {
        let (token, _) = self.refresh_token(text)?;
        let (grant, spent) = (token.grant, token.spent.clone());
        let grace = match profile.refresh_policy {
            RefreshPolicy::Keep => return Some(Refreshed::With(None)),
            RefreshPolicy::Reissue => {
                let next = self.add_refresh_token(profile, grant, now);
                return Some(Refreshed::With(Some(next)));
            }
            RefreshPolicy::RotateAndReject if spent.is_some() => return None,
            RefreshPolicy::Rotate | RefreshPolicy::RotateAndReject => Duration::ZERO,
            RefreshPolicy::RotateWithGrace(grace) => grace,
        };
        match spent {
            Some((when, successor)) if now < when.plus(grace) => {
                Some(Refreshed::With(Some(successor)))
            }
            Some(_) => {
                self.end(grant);
                Some(Refreshed::Reused)
            }
            None => {
                let next = self.add_refresh_token(profile, grant, now);
                if let Some(token) = self.refresh_tokens.get_mut(text) {
                    token.spent = Some((now, next.clone()));
                }
                Some(Refreshed::With(Some(next)))
            }
        }
    }

    /// A text that is long enough, never the same, and readable in a failed test.
    pub(crate) fn mint(&mut self, prefix: &str, kind: &str) -> String {
        self.minted += 1;
        let name = format!("{kind}-{}", self.minted);
        let hash = sha256(&name);
        let hex: String = hash.as_ref().iter().take(16).map(|b| format!("{b:02x}")).collect();
        format!("{prefix}{name}-{hex}")
    }
}
