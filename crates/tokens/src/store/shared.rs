//! A store that several managers share is a store.

use std::pin::Pin;
use std::sync::Arc;

use tegata_core::time::UnixTime;

use super::{AsyncTokenStore, Peer, StoreError, TokenStore};
use crate::change::{Change, Outcome};
use crate::grant::{GrantId, Instance, Whose};
use crate::record::Record;
use crate::vault::Vault;

impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        (**self).apply(grant, change, now)
    }

    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        (**self).due(whose, before, limit)
    }

    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
        (**self).list(after, limit)
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        (**self).load(grant)
    }

    fn peer(&self, instance: &Instance) -> Peer {
        (**self).peer(instance)
    }

    fn instance(&self) -> &Instance {
        (**self).instance()
    }

    fn vault(&self) -> &Vault {
        (**self).vault()
    }
}

impl<S: AsyncTokenStore + ?Sized> AsyncTokenStore for Arc<S> {
    fn apply<'a>(
        &'a self,
        grant: &'a GrantId,
        change: &'a Change,
        now: UnixTime,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome, StoreError>> + Send + 'a>> {
        (**self).apply(grant, change, now)
    }

    fn due<'a>(
        &'a self,
        whose: &'a Whose,
        before: UnixTime,
        limit: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<GrantId>, StoreError>> + Send + 'a>> {
        (**self).due(whose, before, limit)
    }

    fn list<'a>(
        &'a self,
        after: Option<&'a GrantId>,
        limit: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<GrantId>, StoreError>> + Send + 'a>> {
        (**self).list(after, limit)
    }

    fn load<'a>(
        &'a self,
        grant: &'a GrantId,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Record>, StoreError>> + Send + 'a>> {
        (**self).load(grant)
    }

    fn peer<'a>(
        &'a self,
        instance: &'a Instance,
    ) -> Pin<Box<dyn Future<Output = Peer> + Send + 'a>> {
        (**self).peer(instance)
    }

    fn instance(&self) -> &Instance {
        (**self).instance()
    }

    fn vault(&self) -> &Vault {
        (**self).vault()
    }
}
