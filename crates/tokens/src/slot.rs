//! What one process holds of an access token: the token itself, who fetches the next one, and the
//! callers that wait for it.
//!
//! The managers of the backends have one for each token in use. [`Slot::look`] is the whole of the
//! usual way: it takes no lock, allocates nothing and never touches the store.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tegata_core::scope::Scope;
use tegata_core::secret::AccessToken;
use tegata_core::time::UnixTime;

use crate::freshness::{Freshness, Life};
use crate::machine::{Reply, Served};

/// What one process holds of an access token.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use tegata_core::time::UnixTime;
/// use tegata_tokens::slot::{Look, Slot};
///
/// let slot = Arc::new(Slot::new());
/// let now = UnixTime::from_seconds(1_700_000_000);
/// assert!(matches!(slot.look(now, Duration::ZERO), Look::Nothing));
/// let turn = slot.begin().expect("nobody fetches yet");
/// assert!(slot.begin().is_none());
/// # drop(turn);
/// ```
pub struct Slot {
    /// One that is over stands for none.
    served: ArcSwap<Served>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    running: bool,
    callers: Vec<Box<dyn FnOnce(Reply) + Send>>,
}

/// What a slot has for a caller.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "the three things there are to do")]
pub enum Look {
    /// Use it, and see to it that the next one is fetched.
    Ageing(TokenRef),
    /// Use it.
    Fresh(TokenRef),
    /// Wait for one.
    Nothing,
}

impl Slot {
    /// A slot without a token.
    #[must_use]
    pub fn new() -> Self {
        Self { served: ArcSwap::from_pointee(none()), waiting: Mutex::default() }
    }

    /// The token that is there, for a caller who needs it for `min_valid` more.
    #[must_use]
    pub fn look(&self, now: UnixTime, min_valid: Duration) -> Look {
        let guard = self.served.load();
        match guard.life().at(now, min_valid) {
            Freshness::Ageing => Look::Ageing(TokenRef(Held::Borrowed(guard))),
            Freshness::Fresh => Look::Fresh(TokenRef(Held::Borrowed(guard))),
            Freshness::Stale => Look::Nothing,
        }
    }

    /// The right to fetch the next token; `None` while somebody does.
    #[must_use]
    pub fn begin(self: &Arc<Self>) -> Option<Turn> {
        let mut waiting = self.waiting();
        if waiting.running {
            return None;
        }
        waiting.running = true;
        Some(Turn { slot: Arc::clone(self), over: false })
    }

    /// Waits for the next reply; with it comes the right to fetch, when nobody does.
    #[must_use]
    pub fn join(self: &Arc<Self>, caller: impl FnOnce(Reply) + Send + 'static) -> Option<Turn> {
        self.waiting().callers.push(Box::new(caller));
        self.begin()
    }

    /// What [`Step::Publish`](crate::machine::Step::Publish) says: keeps the token, and answers all
    /// callers that wait.
    pub fn publish(&self, reply: &Reply) {
        match reply {
            Reply::Token(served) => self.served.store(Arc::new(served.clone())),
            Reply::Revoked => self.served.store(Arc::new(none())),
            Reply::Failed(_) => {}
        }
        let callers = std::mem::take(&mut self.waiting().callers);
        for caller in callers {
            caller(reply.clone());
        }
    }

    /// Drops the token, when it is `rejected`: an API refused it.
    pub fn forget(&self, rejected: &AccessToken) {
        let held = self.served.load();
        if held.token() == rejected {
            self.served.compare_and_swap(&held, Arc::new(none()));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while holding it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("life", self.served.load().life()).finish_non_exhaustive()
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::new()
    }
}

/// The right to fetch the next token: whoever drives the machine holds it. It goes with the driver,
/// however that ends.
#[derive(Debug)]
#[must_use = "callers wait for what is fetched"]
pub struct Turn {
    slot: Arc<Slot>,
    over: bool,
}

impl Turn {
    /// What it is a turn at.
    #[must_use]
    pub fn slot(&self) -> &Slot {
        &self.slot
    }

    /// Ends the turn; gives it back when callers came after the last reply, who want one more.
    #[must_use]
    pub fn end(mut self) -> Option<Self> {
        let mut waiting = self.slot.waiting();
        if !waiting.callers.is_empty() {
            drop(waiting);
            return Some(self);
        }
        waiting.running = false;
        drop(waiting);
        self.over = true;
        None
    }
}

impl Drop for Turn {
    /// The driver died: those who wait see their channel close, and may begin anew.
    fn drop(&mut self) {
        if !self.over {
            let mut waiting = self.slot.waiting();
            waiting.running = false;
            let callers = std::mem::take(&mut waiting.callers);
            drop(waiting);
            drop(callers);
        }
    }
}

/// An access token that was good when it was looked at. Use it at once, and do not keep it.
pub struct TokenRef(Held);

enum Held {
    Borrowed(Guard<Arc<Served>>),
    Owned(Box<Served>),
}

impl From<Served> for TokenRef {
    fn from(served: Served) -> Self {
        Self(Held::Owned(Box::new(served)))
    }
}

impl Deref for TokenRef {
    type Target = Served;

    fn deref(&self) -> &Served {
        match &self.0 {
            Held::Borrowed(guard) => guard,
            Held::Owned(served) => served,
        }
    }
}

impl fmt::Debug for TokenRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenRef").field(&**self).finish()
    }
}

/// No token: one that ended in 1970.
fn none() -> Served {
    let epoch = UnixTime::from_seconds(0);
    Served {
        token: AccessToken::new(""),
        life: Life::new(epoch, epoch, 0),
        scope: Scope::empty(),
        generation: 0,
        id_token: None,
        persisted: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(seconds)
    }

    fn token(text: &str) -> Reply {
        let life = Life::new(at(1000), at(4600), 0);
        Reply::Token(Served { token: AccessToken::new(text), life, ..none() })
    }

    fn text(look: Look) -> Option<String> {
        match look {
            Look::Ageing(token) | Look::Fresh(token) => Some(token.token().expose().to_owned()),
            Look::Nothing => None,
        }
    }

    #[test]
    fn one_fetches_for_all_who_wait() {
        let slot = Arc::new(Slot::new());
        let (send, receive) = mpsc::channel();
        let turns: Vec<_> = (0..3)
            .filter_map(|_| {
                let send = send.clone();
                slot.join(move |reply| send.send(reply).unwrap())
            })
            .collect();
        assert_eq!(turns.len(), 1);
        slot.publish(&token("a"));
        assert_eq!(receive.try_iter().count(), 3);
        assert_eq!(text(slot.look(at(1000), Duration::ZERO)).as_deref(), Some("a"));
        assert!(matches!(slot.look(at(4400), Duration::ZERO), Look::Ageing(_)));
        assert!(matches!(slot.look(at(4595), Duration::ZERO), Look::Nothing));
        assert!(matches!(slot.look(at(1000), Duration::from_secs(3600)), Look::Nothing));
    }

    #[test]
    fn who_comes_after_the_reply_gets_another_turn() {
        let slot = Arc::new(Slot::new());
        let turn = slot.begin().unwrap();
        slot.publish(&token("a"));
        assert!(slot.join(|_| {}).is_none());
        let turn = turn.end().expect("somebody waits");
        slot.publish(&token("b"));
        assert!(turn.end().is_none());
        assert!(slot.begin().is_some());
    }

    #[test]
    fn a_driver_that_dies_leaves_nobody_waiting() {
        let slot = Arc::new(Slot::new());
        let (send, receive) = mpsc::channel::<Reply>();
        drop(slot.join(move |reply| send.send(reply).unwrap()));
        assert!(receive.recv().is_err(), "the channel is closed");
        assert!(slot.begin().is_some());
    }

    #[test]
    fn a_rejected_token_is_not_served_again() {
        let slot = Arc::new(Slot::new());
        slot.publish(&token("a"));
        slot.forget(&AccessToken::new("other"));
        assert_eq!(text(slot.look(at(1000), Duration::ZERO)).as_deref(), Some("a"));
        slot.forget(&AccessToken::new("a"));
        assert_eq!(text(slot.look(at(1000), Duration::ZERO)), None);
    }

    #[test]
    fn a_revoked_grant_has_no_token() {
        let slot = Arc::new(Slot::new());
        slot.publish(&token("a"));
        slot.publish(&Reply::Revoked);
        assert_eq!(text(slot.look(at(1000), Duration::ZERO)), None);
    }
}
