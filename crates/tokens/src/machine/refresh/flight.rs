//! From the answer to the store: what a refresh token on its way comes to.

use std::sync::Arc;
use std::time::Duration;

use tegata_core::scope::Scope;
use tegata_core::secret::RefreshToken;
use tegata_core::token::TokenSet;

use super::super::classify::{backoff, classify};
use super::super::issue::Answer;
use super::super::persist::Persist;
use super::super::{Step, World};
use super::{At, Refresh};
use crate::change::{Change, Commit, Fail, Failure, Outcome, Verdict};
use crate::error::Error;

/// A refresh token that is on its way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) generation: u64,
    pub(super) attempt: u64,
    pub(super) failures: u32,
    pub(super) spent: RefreshToken,
    pub(super) granted: Scope,
}

impl Refresh {
    /// Tokens have come. From here to the store there is nothing in between (I8).
    pub(super) fn received(&mut self, flight: Flight, tokens: TokenSet, world: &World<'_>) -> Step {
        if let Some(permit) = self.permit.take() {
            permit.report(None, world.now);
        }
        let (grant, key) = (self.want.grant.clone(), self.want.key.clone());
        let answer = Answer { grant, key, tokens, asked: flight.granted.clone() };
        let served = answer.serve(flight.generation, &self.rules);
        self.commit(flight, answer, Persist::begin(served), world)
    }

    pub(super) fn commit(
        &mut self,
        flight: Flight,
        answer: Answer,
        mut persist: Persist,
        world: &World<'_>,
    ) -> Step {
        let refresh = answer.new_refresh_token(Some(&flight.spent));
        let generation = flight.generation.saturating_add(u64::from(refresh.is_some()));
        let step = match answer.seal(refresh, generation, &self.rules, world) {
            Ok(issue) => Step::Apply(Change::Commit(Commit {
                generation: flight.generation,
                attempt: flight.attempt,
                issue,
                old_access: self.rules.policy.old_access,
            })),
            Err(_) => persist.failed(),
        };
        self.at = At::Persisting { flight, answer, persist };
        step
    }

    pub(super) fn stored(
        &mut self,
        flight: &Flight,
        answer: &Answer,
        outcome: Outcome,
        world: &World<'_>,
    ) -> Step {
        let new = answer.new_refresh_token(Some(&flight.spent));
        match outcome.verdict {
            Verdict::Applied => {
                self.served = false;
                let generation = flight.generation.saturating_add(u64::from(new.is_some()));
                let served = answer.serve(generation, &self.rules);
                self.conclude(Ok(served), outcome.record.as_ref())
            }
            // I5: the tombstone wins, and what came too late is revoked.
            Verdict::Tombstoned => match new {
                Some(token) => self.disown(token.clone(), 0),
                None => self.conclude(Err(Error::Revoked), outcome.record.as_ref()),
            },
            // I6: somebody else holds what followed. Revoking our share could end theirs.
            _ => self.decide(outcome.record, world),
        }
    }

    pub(super) fn disown(&mut self, token: RefreshToken, tries: u32) -> Step {
        self.at = At::Disowning { token: token.clone(), tries };
        Step::Revoke(token)
    }

    pub(super) fn disowned(&mut self, token: RefreshToken, tries: u32, done: bool) -> Step {
        if done || tries >= DISOWN_TRIES {
            return self.conclude(Err(Error::Revoked), None);
        }
        self.at = At::Disowning { token, tries: tries.saturating_add(1) };
        Step::Sleep(Duration::from_secs(1))
    }

    pub(super) fn refused(
        &mut self,
        flight: &Flight,
        error: tegata_core::Error,
        world: &World<'_>,
    ) -> Step {
        let failure = classify(&error);
        if let Some(permit) = self.permit.take() {
            permit.report(Some(failure), world.now);
        }
        let settings = &self.rules.settings;
        let mut retry_in = backoff(flight.failures, Some(&error), settings, world.random);
        if let (Failure::Unknown, Some(grace)) = (failure, self.rules.policy.replay_is_safe_for()) {
            // The answer can still be had, for so long; an outage is the gate's to notice.
            retry_in = retry_in.min(grace / 10).max(LEAST_RETRY);
        }
        let cause = Arc::new(error);
        self.cause = Some(Arc::clone(&cause));
        let client = failure == Failure::Client;
        let (generation, attempt) = (flight.generation, flight.attempt);
        let fail = Fail { generation, attempt, failure, retry_in };
        self.note(fail, client.then_some(Error::ClientRefused { cause }), 0)
    }
}

/// Times are kept in whole seconds.
const LEAST_RETRY: Duration = Duration::from_secs(1);
/// How often the revocation of a late result is tried: the tombstone's own goes on regardless.
const DISOWN_TRIES: u32 = 3;
