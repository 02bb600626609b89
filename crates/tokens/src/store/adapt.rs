//! A blocking store on an async stack, and an async store on a blocking one.
//!
//! Neither owns a thread or a runtime: the application says where blocking work may run, or what
//! runs a future to its end.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tegata_core::time::UnixTime;

use super::{AsyncTokenStore, Peer, StoreError, StoreFault, TokenStore};
use crate::change::{Change, Outcome};
use crate::grant::{GrantId, Instance, Whose};
use crate::record::Record;
use crate::vault::Vault;

/// A piece of blocking work.
pub struct Job(Box<dyn FnOnce() + Send>);

impl Job {
    /// Does the work, here and now.
    pub fn run(self) {
        (self.0)();
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job(..)")
    }
}

/// Where blocking work may run: a thread pool of the async stack.
///
/// Implemented for closures: with tokio, `|job| drop(tokio::task::spawn_blocking(|| job.run()))`.
pub trait RunBlocking: Send + Sync {
    /// Has `job` run soon, and does not wait for it.
    fn run(&self, job: Job);
}

impl<F: Fn(Job) + Send + Sync> RunBlocking for F {
    fn run(&self, job: Job) {
        self(job);
    }
}

/// A blocking store, awaited.
///
/// ```
/// use tegata_tokens::store::{Blocking, Job, MemoryStore};
///
/// let store = Blocking::new(MemoryStore::new(), |job: Job| {
///     std::thread::spawn(|| job.run());
/// });
/// # let _: &dyn tegata_tokens::AsyncTokenStore = &store;
/// ```
pub struct Blocking {
    store: Arc<dyn TokenStore>,
    pool: Box<dyn RunBlocking>,
}

impl Blocking {
    /// Makes `store` awaitable; its work is done by `pool`.
    #[must_use]
    pub fn new(store: impl TokenStore + 'static, pool: impl RunBlocking + 'static) -> Self {
        Self { store: Arc::new(store), pool: Box::new(pool) }
    }

    fn on_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn TokenStore) -> T + Send + 'static,
    ) -> Receiver<T> {
        let store = Arc::clone(&self.store);
        let (sender, receiver) = oneshot();
        self.pool.run(Job(Box::new(move || sender.send(work(store.as_ref())))));
        receiver
    }
}

impl fmt::Debug for Blocking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking").field("instance", self.store.instance()).finish_non_exhaustive()
    }
}

impl AsyncTokenStore for Blocking {
    fn apply<'a>(
        &'a self,
        grant: &'a GrantId,
        change: &'a Change,
        now: UnixTime,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome, StoreError>> + Send + 'a>> {
        let (grant, change) = (grant.clone(), change.clone());
        let outcome = self.on_pool(move |store| store.apply(&grant, &change, now));
        Box::pin(async { outcome.await.unwrap_or_else(|| Err(gone())) })
    }

    fn due<'a>(
        &'a self,
        whose: &'a Whose,
        before: UnixTime,
        limit: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<GrantId>, StoreError>> + Send + 'a>> {
        let whose = whose.clone();
        let grants = self.on_pool(move |store| store.due(&whose, before, limit));
        Box::pin(async { grants.await.unwrap_or_else(|| Err(gone())) })
    }

    fn list<'a>(
        &'a self,
        after: Option<&'a GrantId>,
        limit: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<GrantId>, StoreError>> + Send + 'a>> {
        let after = after.cloned();
        let grants = self.on_pool(move |store| store.list(after.as_ref(), limit));
        Box::pin(async { grants.await.unwrap_or_else(|| Err(gone())) })
    }

    fn load<'a>(
        &'a self,
        grant: &'a GrantId,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Record>, StoreError>> + Send + 'a>> {
        let grant = grant.clone();
        let record = self.on_pool(move |store| store.load(&grant));
        Box::pin(async { record.await.unwrap_or_else(|| Err(gone())) })
    }

    fn peer<'a>(
        &'a self,
        instance: &'a Instance,
    ) -> Pin<Box<dyn Future<Output = Peer> + Send + 'a>> {
        let instance = instance.clone();
        let peer = self.on_pool(move |store| store.peer(&instance));
        Box::pin(async { peer.await.unwrap_or(Peer::Unknown) })
    }

    fn instance(&self) -> &Instance {
        self.store.instance()
    }

    fn vault(&self) -> &Vault {
        self.store.vault()
    }
}

/// What runs a future to its end while the caller waits: with tokio, `|f| handle.block_on(f)`.
///
/// Implemented for closures.
pub trait RunFuture: Send + Sync {
    /// Runs `future` to its end and returns then.
    fn run(&self, future: Pin<Box<dyn Future<Output = ()> + Send + '_>>);
}

impl<F: Fn(Pin<Box<dyn Future<Output = ()> + Send + '_>>) + Send + Sync> RunFuture for F {
    fn run(&self, future: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        self(future);
    }
}

/// An async store, waited for.
pub struct BlockOn {
    store: Box<dyn AsyncTokenStore>,
    runtime: Box<dyn RunFuture>,
}

impl BlockOn {
    /// Makes `store` blocking; its futures are run by `runtime`.
    #[must_use]
    pub fn new(store: impl AsyncTokenStore + 'static, runtime: impl RunFuture + 'static) -> Self {
        Self { store: Box::new(store), runtime: Box::new(runtime) }
    }

    fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> Option<T> {
        let mut result = None;
        self.runtime.run(Box::pin(async { result = Some(future.await) }));
        result
    }
}

impl fmt::Debug for BlockOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockOn").field("instance", self.store.instance()).finish_non_exhaustive()
    }
}

impl TokenStore for BlockOn {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        self.wait(self.store.apply(grant, change, now)).unwrap_or_else(|| Err(gone()))
    }

    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        self.wait(self.store.due(whose, before, limit)).unwrap_or_else(|| Err(gone()))
    }

    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
        self.wait(self.store.list(after, limit)).unwrap_or_else(|| Err(gone()))
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        self.wait(self.store.load(grant)).unwrap_or_else(|| Err(gone()))
    }

    fn peer(&self, instance: &Instance) -> Peer {
        self.wait(self.store.peer(instance)).unwrap_or(Peer::Unknown)
    }

    fn instance(&self) -> &Instance {
        self.store.instance()
    }

    fn vault(&self) -> &Vault {
        self.store.vault()
    }
}

/// The pool or the runtime was shut down before the work was done.
fn gone() -> StoreError {
    StoreError::new(StoreFault::Unavailable)
}

/// One value from the thread that works to the future that waits.
fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Arc::new(Mutex::new(Slot { value: None, closed: false, waker: None }));
    (Sender(Arc::clone(&slot)), Receiver(slot))
}

struct Slot<T> {
    value: Option<T>,
    closed: bool,
    waker: Option<Waker>,
}

struct Sender<T>(Arc<Mutex<Slot<T>>>);
struct Receiver<T>(Arc<Mutex<Slot<T>>>);

impl<T> Sender<T> {
    fn send(self, value: T) {
        lock(&self.0).value = Some(value);
    }
}

impl<T> Drop for Sender<T> {
    /// Also when the job was dropped undone, or has panicked.
    fn drop(&mut self) {
        let waker = {
            let mut slot = lock(&self.0);
            slot.closed = true;
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut slot = lock(&self.0);
        if slot.closed {
            return Poll::Ready(slot.value.take());
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

fn lock<T>(slot: &Mutex<Slot<T>>) -> MutexGuard<'_, Slot<T>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;
    use crate::store::MemoryStore;

    /// Polls until it is ready; the pools of these tests have done the work by then.
    fn poll_to_end<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
        }
    }

    #[test]
    fn a_store_keeps_its_contract_through_both_adapters() {
        let store = Blocking::new(MemoryStore::new(), Job::run);
        let run = |future: Pin<Box<dyn Future<Output = ()> + Send + '_>>| poll_to_end(future);
        let store = BlockOn::new(store, run);
        crate::conformance::check(&store, &store).unwrap();
    }

    #[test]
    fn a_job_that_is_never_done_is_an_error_and_not_a_hang() {
        let store = Blocking::new(MemoryStore::new(), |job: Job| drop(job));
        let grant = GrantId::new("i", "c", "s");
        let error = poll_to_end(store.load(&grant)).unwrap_err();
        assert_eq!(*error.fault(), StoreFault::Unavailable);
    }

    #[test]
    fn a_runtime_that_runs_nothing_is_an_error_and_not_a_panic() {
        let store = Blocking::new(MemoryStore::new(), Job::run);
        let idle = |_: Pin<Box<dyn Future<Output = ()> + Send + '_>>| {};
        let error = BlockOn::new(store, idle).list(None, 1).unwrap_err();
        assert_eq!(*error.fault(), StoreFault::Unavailable);
    }
}
