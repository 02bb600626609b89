//! The traits of a store, and the store in memory.
//!
//! Five methods carry a store; none of them needs to know what a grant is. The one that matters is
//! [`TokenStore::apply`]: read, [`Change::apply`], write, as one atomic and durable step. There is
//! no `save`: whoever loads, thinks and saves overwrites what another process did meanwhile.

mod adapt;
mod memory;
mod shared;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tegata_core::time::UnixTime;

pub use adapt::{BlockOn, Blocking, Job, RunBlocking, RunFuture};
pub use memory::MemoryStore;

use crate::change::{Change, Outcome};
use crate::grant::{GrantId, Instance, Whose};
use crate::record::{Record, RecordFault};
use crate::vault::Vault;

/// Keeps grants, on a blocking stack. [`AsyncTokenStore`] is the same, awaited.
///
/// The contract, which [`conformance`](crate::conformance) checks:
///
/// 1. [`apply`](Self::apply) is atomic: between its reading and its writing nobody writes the same
///    record, in this process or another. A transaction that locks the row does it; so does a
///    write that compares [`Record::revision`] and starts over when it has changed.
/// 2. When `apply` returns `Ok`, what it wrote survives a power cut: the refresh token is spent
///    relying on it. When it returns `Err`, the step may have been made or not, and nothing else.
/// 3. [`load`](Self::load) sees every `apply` that returned before it began, of every process.
/// 4. Times are taken from `now` only where all users of the store share one clock; a store that
///    is reached from several machines asks its server's clock.
/// 5. Nothing is cached, nothing is retried behind the caller's back, no record is interpreted.
pub trait TokenStore: Send + Sync {
    /// Makes `change` on the record of `grant`, in one piece.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the change was made or not.
    fn apply(&self, grant: &GrantId, change: &Change, now: UnixTime)
    -> Result<Outcome, StoreError>;

    /// Grants of `whose` client whose [`Record::due`] is not after `before`, the longest due first,
    /// at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot be read.
    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError>;

    /// Grants in the order of [`GrantId::key`], those after `after`, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot be read.
    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError>;

    /// The record of `grant`, as it is now.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot be read.
    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError>;

    /// Whether the process that calls itself `instance` is alive.
    fn peer(&self, instance: &Instance) -> Peer;

    /// What this process calls itself in the store.
    fn instance(&self) -> &Instance;

    /// What seals the secrets that lie here.
    fn vault(&self) -> &Vault;
}

/// Keeps grants, on an async stack: the methods and the contract of [`TokenStore`].
///
/// A dropped future may have made its step or not, as an error may.
pub trait AsyncTokenStore: Send + Sync {
    /// As [`TokenStore::apply`].
    fn apply<'a>(
        &'a self,
        grant: &'a GrantId,
        change: &'a Change,
        now: UnixTime,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome, StoreError>> + Send + 'a>>;

    /// As [`TokenStore::due`].
    fn due<'a>(
        &'a self,
        whose: &'a Whose,
        before: UnixTime,
        limit: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<GrantId>, StoreError>> + Send + 'a>>;

    /// As [`TokenStore::list`].
    fn list<'a>(
        &'a self,
        after: Option<&'a GrantId>,
        limit: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<GrantId>, StoreError>> + Send + 'a>>;

    /// As [`TokenStore::load`].
    fn load<'a>(
        &'a self,
        grant: &'a GrantId,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Record>, StoreError>> + Send + 'a>>;

    /// As [`TokenStore::peer`].
    fn peer<'a>(
        &'a self,
        instance: &'a Instance,
    ) -> Pin<Box<dyn Future<Output = Peer> + Send + 'a>>;

    /// As [`TokenStore::instance`].
    fn instance(&self) -> &Instance;

    /// As [`TokenStore::vault`].
    fn vault(&self) -> &Vault;
}

/// What a store knows of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer")]
pub enum Peer {
    /// It runs, or is stopped and may go on.
    Alive,
    /// It has ended, beyond doubt: nothing that it began will be finished.
    Dead,
    /// Nobody can tell: only the lease counts.
    Unknown,
}

/// A store could not do what it was asked to.
#[derive(Clone)]
pub struct StoreError {
    fault: StoreFault,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// How a store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFault {
    /// Somebody held its lock for too long.
    #[error("the token store is busy")]
    Busy,
    /// What it holds cannot be read.
    #[error("the token store holds a record that cannot be read: {0}")]
    Corrupt(#[from] RecordFault),
    /// It was written by a later version.
    #[error("the token store was made by a later version of this program")]
    Newer,
    /// It does not take any writes: read-only, or no space left.
    #[error("the token store cannot be written to")]
    NotWritable,
    /// It cannot be reached.
    #[error("the token store is unavailable")]
    Unavailable,
}

impl StoreError {
    /// A failure with no more to say.
    #[must_use]
    pub const fn new(fault: StoreFault) -> Self {
        Self { fault, source: None }
    }

    /// Adds the storage engine's own error. It must not show a stored value.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// How it failed.
    #[must_use]
    pub const fn fault(&self) -> &StoreFault {
        &self.fault
    }
}

impl From<RecordFault> for StoreError {
    fn from(fault: RecordFault) -> Self {
        Self::new(StoreFault::Corrupt(fault))
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreError({:?}, {:?})", self.fault, self.source)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| -> &(dyn StdError + 'static) { source.as_ref() })
    }
}

/// What [`TokenStore::due`] answers, for a store that has all of its records at hand.
pub fn due_among<'r>(
    records: impl IntoIterator<Item = &'r (GrantId, Record)>,
    whose: &Whose,
    before: UnixTime,
    limit: usize,
) -> Vec<GrantId> {
    let ours = records.into_iter().filter(|(grant, _)| whose.contains(grant));
    let due = ours.filter_map(|(grant, record)| Some((record.due()?, grant)));
    let mut due: Vec<_> = due.filter(|(due, _)| *due <= before).collect();
    due.sort_unstable();
    due.into_iter().take(limit).map(|(_, grant)| grant.clone()).collect()
}
