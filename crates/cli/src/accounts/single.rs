//! One grant of a store, as if it were alone: a manager has one client, and tends nobody else's.

use std::sync::Arc;

use tegata_core::time::UnixTime;
use tegata_store_sqlite::SqliteStore;
use tegata_tokens::change::{Change, Outcome};
use tegata_tokens::grant::{GrantId, Instance};
use tegata_tokens::record::Record;
use tegata_tokens::store::{Peer, StoreError, TokenStore};
use tegata_tokens::vault::Vault;

pub(super) struct Single {
    store: Arc<SqliteStore>,
    grant: GrantId,
}

impl Single {
    pub(super) const fn new(store: Arc<SqliteStore>, grant: GrantId) -> Self {
        Self { store, grant }
    }
}

impl TokenStore for Single {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        self.store.apply(grant, change, now)
    }

    fn due(&self, before: UnixTime, _limit: usize) -> Result<Vec<GrantId>, StoreError> {
        let due = self.load(&self.grant)?.and_then(|record| record.due());
        Ok(due.filter(|due| *due <= before).map(|_| self.grant.clone()).into_iter().collect())
    }

    fn list(&self, after: Option<&GrantId>, _limit: usize) -> Result<Vec<GrantId>, StoreError> {
        let there = after.is_none() && self.load(&self.grant)?.is_some();
        Ok(there.then(|| self.grant.clone()).into_iter().collect())
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        self.store.load(grant)
    }

    fn peer(&self, instance: &Instance) -> Peer {
        self.store.peer(instance)
    }

    fn instance(&self) -> &Instance {
        self.store.instance()
    }

    fn vault(&self) -> &Vault {
        self.store.vault()
    }
}
