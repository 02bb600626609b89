//! The store in memory: for tests, and for programs whose grants end with the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tegata_core::time::UnixTime;

use super::{Peer, StoreError, TokenStore, due_among};
use crate::change::{Change, Effect, Outcome};
use crate::grant::{GrantId, Instance, Whose};
use crate::record::Record;
use crate::vault::Vault;

/// Keeps grants in memory, unsealed.
///
/// ```
/// use tegata_tokens::TokenStore;
/// use tegata_tokens::store::MemoryStore;
///
/// let store = MemoryStore::new();
/// assert!(store.list(None, 10)?.is_empty());
/// # Ok::<(), tegata_tokens::store::StoreError>(())
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    records: Mutex<BTreeMap<String, (GrantId, Record)>>,
    instance: Instance,
    vault: Vault,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self {
            records: Mutex::default(),
            // Nobody but this process can ever see it.
            instance: Instance::new("this process"),
            vault: Vault::dangerous_plaintext(),
        }
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<String, (GrantId, Record)>> {
        // A record is replaced whole: a panic cannot leave half of one.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenStore for MemoryStore {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        let (mut records, key) = (self.records(), grant.key());
        let outcome = change.apply(records.get(&key).map(|(_, record)| record), now);
        match (outcome.effect, &outcome.record) {
            (Effect::Write, Some(record)) => {
                records.insert(key, (grant.clone(), record.clone()));
            }
            (Effect::Remove, _) => {
                records.remove(&key);
            }
            (Effect::Keep | Effect::Write, _) => {}
        }
        Ok(outcome)
    }

    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        Ok(due_among(self.records().values(), whose, before, limit))
    }

    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
        let after = after.map(GrantId::key);
        let records = self.records();
        let later = records.iter().filter(|(key, _)| Some(*key) > after.as_ref());
        Ok(later.take(limit).map(|(_, (grant, _))| grant.clone()).collect())
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        Ok(self.records().get(&grant.key()).map(|(_, record)| record.clone()))
    }

    fn peer(&self, instance: &Instance) -> Peer {
        if *instance == self.instance { Peer::Alive } else { Peer::Dead }
    }

    fn instance(&self) -> &Instance {
        &self.instance
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_contract() {
        let store = MemoryStore::new();
        crate::conformance::check(&store, &store).unwrap();
    }
}
