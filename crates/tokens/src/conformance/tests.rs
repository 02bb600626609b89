//! The suite catches the stores that people write.

use std::sync::Mutex;

use super::*;
use crate::store::MemoryStore;
use crate::vault::Vault;

/// A store that does everything right, but for one thing.
struct Flawed {
    inner: MemoryStore,
    flaw: Flaw,
    cache: Mutex<Option<(GrantId, Record)>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    CachesReads,
    ChecksTheLease,
    FoldsCase,
    ForgetsToRemove,
    LosesTheAttempts,
    ListsTooMuch,
    WritesWhatIsKept,
}

impl Flawed {
    fn grant(&self, grant: &GrantId) -> GrantId {
        match self.flaw {
            Flaw::FoldsCase => {
                GrantId::new(grant.issuer(), grant.client_id(), grant.subject().to_lowercase())
                    .with_label(grant.label())
            }
            _ => grant.clone(),
        }
    }
}

impl TokenStore for Flawed {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        let grant = &self.grant(grant);
        let before = self.inner.load(grant)?;
        match (self.flaw, change, &before) {
            (Flaw::ChecksTheLease, Change::Commit(commit), Some(record))
                if record.attempts != commit.attempt =>
            {
                let (verdict, effect) = (Verdict::Superseded, Effect::Keep);
                Ok(Outcome { verdict, record: before, effect })
            }
            (Flaw::ForgetsToRemove, Change::Tend, Some(_)) => {
                Ok(change.apply(before.as_ref(), now))
            }
            (Flaw::LosesTheAttempts, Change::Begin(begin), _) => {
                let begin = Begin { takeover: Some(1), ..begin.clone() };
                self.inner.apply(grant, &Change::Begin(begin), now)
            }
            (Flaw::WritesWhatIsKept, _, Some(record)) => {
                let outcome = self.inner.apply(grant, change, now)?;
                if outcome.effect == Effect::Keep {
                    let through = record.events.last().map_or(0, |event| event.sequence);
                    self.inner.apply(grant, &Change::Acknowledge { through }, now)?;
                }
                Ok(outcome)
            }
            _ => self.inner.apply(grant, change, now),
        }
    }

    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        self.inner.due(whose, before, limit)
    }

    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
        let limit = if self.flaw == Flaw::ListsTooMuch { usize::MAX } else { limit };
        self.inner.list(after, limit)
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        let grant = self.grant(grant);
        let mut cache = self.cache.lock().unwrap();
        if self.flaw == Flaw::CachesReads
            && let Some((cached, record)) = cache.as_ref()
            && *cached == grant
        {
            return Ok(Some(record.clone()));
        }
        let record = self.inner.load(&grant)?;
        *cache = record.clone().map(|record| (grant, record));
        Ok(record)
    }

    fn peer(&self, instance: &Instance) -> Peer {
        self.inner.peer(instance)
    }

    fn instance(&self) -> &Instance {
        self.inner.instance()
    }

    fn vault(&self) -> &Vault {
        self.inner.vault()
    }
}

#[test]
fn catches_every_flaw() {
    let flaws = [
        (Flaw::CachesReads, "what is written is read, to the last byte"),
        (Flaw::ChecksTheLease, "a step that may be made is made"),
        (Flaw::FoldsCase, "a step that may be made is made"),
        (Flaw::ForgetsToRemove, "what is removed is gone"),
        (Flaw::LosesTheAttempts, "one of two acquires the lease"),
        (Flaw::ListsTooMuch, "a page is not longer than asked for"),
        (Flaw::WritesWhatIsKept, "a step that is refused writes nothing"),
    ];
    for (flaw, rule) in flaws {
        let inner = MemoryStore::new();
        let store = Flawed { inner, flaw, cache: Mutex::default() };
        let violation = check(&store, &store).unwrap_err();
        assert!(
            matches!(violation, Violation::Rule(found) if found == rule),
            "{flaw:?} {violation}"
        );
    }
}
