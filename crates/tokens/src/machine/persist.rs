//! Keeps what was received until the store takes it, and serves from it meanwhile.
//!
//! ```text
//!   Apply ──▶ the store has it
//!     ▲ └─ error ─▶ Publish, the first time ─▶ Deliver(Unpersisted) ─┐
//!     └────────────────────────── Sleep ◀────────────────────────────┘
//! ```
//!
//! A refresh token that was received and not stored exists in this process alone. There is no
//! giving up: the machine ends when the store has it, or with the process.

use std::time::Duration;

use tegata_core::error::ApiMisuse;

use super::{Input, Reply, Served, Step};
use crate::change::Outcome;
use crate::event::{Event, EventKind};

/// The state of the attempts; the change itself is made anew for each by whoever holds this.
#[derive(Debug)]
pub(super) struct Persist {
    served: Option<Served>,
    generation: u64,
    at: At,
    tries: u32,
}

#[derive(Debug)]
enum At {
    Applying,
    Publishing,
    Delivering,
    Sleeping,
}

/// What comes of an input.
#[derive(Debug)]
pub(super) enum Progress {
    /// The change is to be made again.
    Apply,
    /// The store has answered.
    Stored(Outcome),
    /// This is to be done meanwhile.
    Meanwhile(Step),
}

impl Persist {
    /// Begins, with the change under way; `served` is what callers get while the store fails.
    pub(super) fn begin(served: Served) -> Self {
        let generation = served.generation;
        let served = Some(Served { persisted: false, ..served });
        Self { served, generation, at: At::Applying, tries: 0 }
    }

    /// Whether callers were served already.
    pub(super) const fn has_served(&self) -> bool {
        self.served.is_none()
    }

    pub(super) fn advance(&mut self, input: Input) -> Result<Progress, ApiMisuse> {
        let (at, step) = match (&self.at, input) {
            (At::Applying, Input::Applied(Ok(outcome))) => return Ok(Progress::Stored(outcome)),
            (At::Applying, Input::Applied(Err(_))) => {
                return Ok(Progress::Meanwhile(self.failed()));
            }
            (At::Publishing, Input::Next) => {
                let kind = EventKind::Unpersisted;
                let event = Event { sequence: 0, generation: self.generation, kind };
                (At::Delivering, Step::Deliver(vec![event]))
            }
            (At::Delivering, Input::Next | Input::NotDelivered) => {
                (At::Sleeping, Step::Sleep(self.pause()))
            }
            (At::Sleeping, Input::Next) => {
                self.at = At::Applying;
                return Ok(Progress::Apply);
            }
            _ => return Err(ApiMisuse::WrongInput),
        };
        self.at = at;
        Ok(Progress::Meanwhile(step))
    }

    /// The change could not be made: serve from memory and try again.
    pub(super) fn failed(&mut self) -> Step {
        self.tries = self.tries.saturating_add(1);
        match self.served.take() {
            Some(served) => {
                self.at = At::Publishing;
                Step::Publish(Reply::Token(served))
            }
            None => {
                self.at = At::Sleeping;
                Step::Sleep(self.pause())
            }
        }
    }

    /// Short at first, since a busy store is soon free; up to five seconds.
    fn pause(&self) -> Duration {
        Duration::from_millis(50).saturating_mul(1 << self.tries.min(7)).min(Duration::from_secs(5))
    }
}
