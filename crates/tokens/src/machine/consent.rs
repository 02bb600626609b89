//! Stores what a sign-in brought.
//!
//! ```text
//!   Load ─▶ Persist: Apply(Consent) ─▶ Ending
//!              └─ superseded: once more, after what is there now
//! ```
//!
//! The grant is named by issuer, client **and subject**, so another account makes another grant.
//! An answer without a refresh token keeps the one that is stored (I7): many servers give it only
//! once. The old refresh token is not revoked: at many servers that ends the new one too.

use tegata_core::error::ApiMisuse;
use tegata_core::scope::Scope;
use tegata_core::token::TokenSet;

use super::ending::Ending;
use super::issue::Answer;
use super::persist::{Persist, Progress};
use super::{Input, Machine, Reply, Rules, Step, World};
use crate::change::{Change, Consent as ConsentChange, Verdict};
use crate::error::Error;
use crate::grant::{AccessKey, GrantId};
use crate::record::{Record, State};

/// Stores what a sign-in brought. See the [module](super).
#[derive(Debug)]
pub struct Consent {
    answer: Answer,
    rules: Rules,
    at: At,
}

#[derive(Debug)]
enum At {
    Ending(Ending),
    Loading(Option<Persist>),
    Persisting { generation: u64, persist: Persist },
    Start,
}

impl Consent {
    /// Stores `tokens`, for which `requested` was asked, as those of `grant`.
    #[must_use]
    pub fn new(grant: GrantId, tokens: TokenSet, requested: Scope, rules: Rules) -> Self {
        let answer = Answer { grant, key: AccessKey::whole(), tokens, asked: requested };
        Self { answer, rules, at: At::Start }
    }

    fn load(&mut self, persist: Option<Persist>) -> Step {
        self.at = At::Loading(persist);
        Step::Load
    }

    fn put(
        &mut self,
        record: Option<&Record>,
        persist: Option<Persist>,
        world: &World<'_>,
    ) -> Step {
        let refresh = self.answer.new_refresh_token(None);
        let generation = next_generation(record, refresh.is_some());
        let sealed = self.answer.seal(refresh, generation, &self.rules, world);
        let served = self.answer.serve(generation, &self.rules);
        let mut persist = persist.unwrap_or_else(|| Persist::begin(served));
        let step = match sealed {
            Ok(issue) => Step::Apply(Change::Consent(ConsentChange {
                expect: record.map(Record::generation),
                requested: self.answer.asked.clone(),
                issue,
            })),
            Err(_) => persist.failed(),
        };
        self.at = At::Persisting { generation, persist };
        step
    }

    fn end(&mut self, reply: Reply, record: Option<&Record>) -> Step {
        let (ending, step) = Ending::begin(Some(reply), record);
        self.at = At::Ending(ending);
        step
    }
}

impl Machine for Consent {
    fn advance(&mut self, input: Input, world: &World<'_>) -> Result<Step, ApiMisuse> {
        match (std::mem::replace(&mut self.at, At::Start), input) {
            (At::Start, Input::Next) => Ok(self.load(None)),
            (At::Loading(persist), Input::Loaded(Ok(record))) => {
                Ok(self.put(record.as_ref(), persist, world))
            }
            // It may be there all the same: the change itself will tell.
            (At::Loading(persist), Input::Loaded(Err(_))) => Ok(self.put(None, persist, world)),
            (At::Persisting { generation, mut persist }, input) => match persist.advance(input)? {
                Progress::Apply => Ok(self.load(Some(persist))),
                Progress::Meanwhile(step) => {
                    self.at = At::Persisting { generation, persist };
                    Ok(step)
                }
                Progress::Stored(outcome) => match outcome.verdict {
                    Verdict::Applied => {
                        let served = self.answer.serve(generation, &self.rules);
                        Ok(self.end(Reply::Token(served), outcome.record.as_ref()))
                    }
                    Verdict::Superseded => {
                        Ok(self.put(outcome.record.as_ref(), Some(persist), world))
                    }
                    _ => Ok(self.end(Reply::Failed(Error::NoGrant), None)),
                },
            },
            (At::Ending(mut ending), input) => {
                let step = ending.advance(input)?;
                self.at = At::Ending(ending);
                Ok(step)
            }
            _ => Err(ApiMisuse::WrongInput),
        }
    }
}

/// The generation that a consent results in: what [`Change::apply`] will count to.
fn next_generation(record: Option<&Record>, rotates: bool) -> u64 {
    let generation = match record {
        None => 0,
        Some(record) => match record.state {
            State::Revoked { .. } | State::Revoking => record.generation.saturating_add(1),
            _ => record.generation,
        },
    };
    generation.saturating_add(u64::from(rotates))
}
