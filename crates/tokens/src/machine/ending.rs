//! The end of every machine: answer the callers, tell the application, be done.
//!
//! ```text
//!   Publish ──▶ Deliver ──▶ Apply(Acknowledge) ──▶ Done
//! ```

use tegata_core::error::ApiMisuse;

use super::{Input, Reply, Step};
use crate::change::Change;
use crate::event::Event;
use crate::record::Record;

/// Where the end is at.
#[derive(Debug)]
pub(super) enum Ending {
    Publishing(Vec<Event>),
    Delivering { through: u64 },
    Acknowledging,
}

impl Ending {
    /// Begins the end; `reply` is `None` when the callers have their answer already.
    pub(super) fn begin(reply: Option<Reply>, record: Option<&Record>) -> (Self, Step) {
        let events = record.map_or_else(Vec::new, |record| record.events().to_vec());
        match reply {
            Some(reply) => (Self::Publishing(events), Step::Publish(reply)),
            None => Self::deliver(events),
        }
    }

    pub(super) fn advance(&mut self, input: Input) -> Result<Step, ApiMisuse> {
        let (next, step) = match (&mut *self, input) {
            (Self::Publishing(events), Input::Next) => Self::deliver(std::mem::take(events)),
            (Self::Delivering { through }, Input::Next) => {
                let change = Change::Acknowledge { through: *through };
                (Self::Acknowledging, Step::Apply(change))
            }
            // What is not acknowledged stays in the record and comes again.
            (Self::Delivering { .. }, Input::NotDelivered)
            | (Self::Acknowledging, Input::Applied(_)) => (Self::Acknowledging, Step::Done),
            _ => return Err(ApiMisuse::WrongInput),
        };
        *self = next;
        Ok(step)
    }

    fn deliver(events: Vec<Event>) -> (Self, Step) {
        match events.last() {
            Some(last) => (Self::Delivering { through: last.sequence }, Step::Deliver(events)),
            None => (Self::Acknowledging, Step::Done),
        }
    }
}
