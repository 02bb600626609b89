//! Between token sets and records: what an answer becomes when it is stored, and back.

use std::time::Duration;

use tegata_core::random::RandomUnavailable;
use tegata_core::scope::Scope;
use tegata_core::secret::{AccessToken, CompactToken, RefreshToken};
use tegata_core::token::TokenSet;

use super::{Rules, Served, World};
use crate::change::Issue;
use crate::freshness::{Life, jitter};
use crate::grant::{AccessKey, GrantId};
use crate::record::Record;
use crate::vault::{Field, Place, Vault, VaultFault};

/// An answer of the token endpoint, on its way into a record.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) grant: GrantId,
    pub(super) key: AccessKey,
    pub(super) tokens: TokenSet,
    /// The scope that was asked for: what was granted when the answer is silent (RFC 6749 §5.1).
    pub(super) asked: Scope,
}

impl Answer {
    /// The refresh token, when it is another than `spent`: some servers echo what they got.
    pub(super) fn new_refresh_token(&self, spent: Option<&RefreshToken>) -> Option<&RefreshToken> {
        self.tokens.refresh_token().filter(|token| Some(*token) != spent)
    }

    /// Seals the answer for `generation`, which is the one that results.
    pub(super) fn seal(
        &self,
        refresh: Option<&RefreshToken>,
        generation: u64,
        rules: &Rules,
        world: &World<'_>,
    ) -> Result<Issue, RandomUnavailable> {
        let seal = |secret, field| {
            let place = Place { grant: &self.grant, generation, field };
            world.vault.seal(secret, place, world.random)
        };
        let issued_at = self.tokens.issued_at();
        let after = |life: Option<Duration>| life.map(|life| issued_at.plus(life));
        let refresh_ends = self.tokens.refresh_token_expires_at();
        let assumed_end = refresh.and_then(|_| after(rules.policy.refresh_life));
        let id_token = self.tokens.id_token();
        Ok(Issue {
            key: self.key.clone(),
            access: seal(self.tokens.access_token().expose(), Field::Access(&self.key))?,
            issued_at,
            expires_at: self.life(rules).expires_at(),
            scope: self.scope(),
            refresh: refresh.map(|token| seal(token.expose(), Field::Refresh)).transpose()?,
            refresh_ends: refresh_ends.or(assumed_end),
            refresh_idles_out: after(rules.policy.refresh_idle_life),
            id_token: id_token.map(|token| seal(token.expose(), Field::IdToken)).transpose()?,
            warn_before: rules.settings.expiry_warning(),
        })
    }

    /// The answer as callers get it.
    pub(super) fn serve(&self, generation: u64, rules: &Rules) -> Served {
        Served {
            token: self.tokens.access_token().clone(),
            life: self.life(rules),
            scope: self.scope(),
            generation,
            id_token: self.tokens.id_token().cloned(),
            persisted: true,
        }
    }

    fn scope(&self) -> Scope {
        self.tokens.scope().unwrap_or(&self.asked).clone()
    }

    fn life(&self, rules: &Rules) -> Life {
        let issued_at = self.tokens.issued_at();
        let assumed = issued_at.plus(rules.policy.assumed_access_life);
        Life::new(issued_at, self.tokens.expires_at().unwrap_or(assumed), jitter(&self.grant))
    }
}

/// The access token that `record` holds for `key`.
pub(crate) fn held(
    record: &Record,
    grant: &GrantId,
    key: &AccessKey,
    world: &World<'_>,
) -> Option<Result<Served, VaultFault>> {
    let access = record.access.get(key)?;
    let generation = access.token.generation().unwrap_or_default();
    let place = Place { grant, generation, field: Field::Access(key) };
    let token = match world.vault.open(&access.token, place) {
        Ok(token) => AccessToken::new(token.as_str()),
        Err(fault) => return Some(Err(fault)),
    };
    Some(Ok(Served {
        token,
        life: Life::new(access.issued_at, access.expires_at, jitter(grant)),
        scope: access.scope.clone(),
        generation,
        id_token: None,
        persisted: true,
    }))
}

/// The refresh token that `record` holds.
pub(crate) fn refresh_token(
    record: &Record,
    grant: &GrantId,
    world: &World<'_>,
) -> Option<Result<RefreshToken, VaultFault>> {
    let sealed = record.refresh.as_ref()?;
    let generation = record.refresh_generation();
    let place = Place { grant, generation, field: Field::Refresh };
    Some(world.vault.open(sealed, place).map(|token| RefreshToken::new(token.as_str())))
}

/// The last ID token that came with the tokens of `record`, unverified: a hint for logging out at
/// the provider (OpenID Connect RP-Initiated Logout §2).
///
/// # Errors
///
/// [`VaultFault`] when it does not open.
pub fn id_token(
    record: &Record,
    grant: &GrantId,
    vault: &Vault,
) -> Result<Option<CompactToken>, VaultFault> {
    let Some(sealed) = &record.id_token else { return Ok(None) };
    let generation = sealed.generation().unwrap_or_default();
    let token = vault.open(sealed, Place { grant, generation, field: Field::IdToken })?;
    Ok(Some(CompactToken::new(token.as_str())))
}
