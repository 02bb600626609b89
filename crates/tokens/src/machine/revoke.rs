//! Revokes a grant, here first and then at the server.
//!
//! ```text
//!   Apply(Tombstone) ─▶ Publish ─▶ Revoke ─┬─ confirmed ─▶ Apply(Wipe) ──────┬─▶ Ending
//!                                          └─ failed ────▶ Apply(Postpone) ──┘
//! ```
//!
//! From the tombstone on, nobody gets a token, whatever the server says; a refresh that is under
//! way cannot bring the grant back. What the server has not confirmed, [`Tend`](super::Tend) tries
//! again.

use tegata_core::error::{ApiMisuse, ErrorCode, Fault};

use super::classify::backoff;
use super::ending::Ending;
use super::issue::refresh_token;
use super::{Input, Machine, Reply, Rules, Step, World};
use crate::change::{Change, Outcome};
use crate::error::Error;
use crate::grant::GrantId;
use crate::record::{Record, State};

/// Revokes a grant, here first and then at the server. See the [module](super).
#[derive(Debug)]
pub struct Revoke {
    grant: GrantId,
    rules: Rules,
    at: At,
}

#[derive(Debug)]
enum At {
    Burying,
    Ending(Ending),
    Publishing(Record),
    Revoking(Record),
    Start,
    Wiping,
}

impl Revoke {
    /// Revokes `grant`.
    #[must_use]
    pub const fn new(grant: GrantId, rules: Rules) -> Self {
        Self { grant, rules, at: At::Start }
    }

    fn buried(&mut self, outcome: Outcome) -> Step {
        match outcome.record {
            Some(record) => {
                self.at = At::Publishing(record);
                Step::Publish(Reply::Revoked)
            }
            None => self.end(Some(Reply::Failed(Error::NoGrant)), None),
        }
    }

    fn revoke(&mut self, record: Record, world: &World<'_>) -> Step {
        if record.state != State::Revoking {
            return self.end(None, Some(&record));
        }
        match refresh_token(&record, &self.grant, world) {
            Some(Ok(token)) => {
                self.at = At::Revoking(record);
                Step::Revoke(token)
            }
            // What cannot be read cannot be revoked: there is nothing to keep it for.
            Some(Err(_)) | None => self.wipe(&record),
        }
    }

    fn wipe(&mut self, record: &Record) -> Step {
        self.at = At::Wiping;
        Step::Apply(Change::Wipe { generation: record.generation })
    }

    fn end(&mut self, reply: Option<Reply>, record: Option<&Record>) -> Step {
        let (ending, step) = Ending::begin(reply, record);
        self.at = At::Ending(ending);
        step
    }
}

impl Machine for Revoke {
    fn advance(&mut self, input: Input, world: &World<'_>) -> Result<Step, ApiMisuse> {
        match (std::mem::replace(&mut self.at, At::Start), input) {
            (At::Start, Input::Next) => {
                self.at = At::Burying;
                Ok(Step::Apply(Change::Tombstone))
            }
            (At::Burying, Input::Applied(Ok(outcome))) => Ok(self.buried(outcome)),
            (At::Burying, Input::Applied(Err(error))) => {
                Ok(self.end(Some(Reply::Failed(Error::Store(error))), None))
            }
            (At::Publishing(record), Input::Next) => Ok(self.revoke(record, world)),
            (At::Revoking(record), Input::Revoked(result)) => match result {
                Err(error) if !is_final(&error) => {
                    let settings = &self.rules.settings;
                    let retry_in = backoff(record.failures, Some(&error), settings, world.random);
                    self.at = At::Wiping;
                    let generation = record.generation;
                    Ok(Step::Apply(Change::Postpone { generation, retry_in }))
                }
                _ => Ok(self.wipe(&record)),
            },
            (At::Wiping, Input::Applied(outcome)) => {
                // A store that fails here leaves a tombstone with its token, which is due again.
                let record = outcome.ok().and_then(|outcome| outcome.record);
                Ok(self.end(None, record.as_ref()))
            }
            (At::Ending(mut ending), input) => {
                let step = ending.advance(input)?;
                self.at = At::Ending(ending);
                Ok(step)
            }
            _ => Err(ApiMisuse::WrongInput),
        }
    }
}

/// Whether asking again cannot help: the server has no such endpoint, cannot revoke this kind of
/// token, or says that it is dead already.
fn is_final(error: &tegata_core::Error) -> bool {
    match error {
        tegata_core::Error::Misbehaved(error) => error.fault == Fault::NoEndpoint,
        _ => matches!(
            error.code(),
            Some(
                ErrorCode::InvalidGrant | ErrorCode::InvalidToken | ErrorCode::UnsupportedTokenType
            )
        ),
    }
}
