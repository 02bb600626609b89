//! The store in one file.
//!
//! ```text
//!   tokens.json        {"version":1,"store":…,"grants":[{"issuer":…,"record":{…}},…]}
//!   tokens.json.lock   locked for each change
//!   tokens.json.alive/ one beacon for each process
//! ```

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tegata_core::json::{Object, Value};
use tegata_core::random::unguessable;
use tegata_core::time::UnixTime;
use tegata_tokens::change::{Change, Effect, Outcome};
use tegata_tokens::grant::{GrantId, Instance, Whose};
use tegata_tokens::record::{Record, RecordFault};
use tegata_tokens::store::{Peer, StoreError, StoreFault, TokenStore, due_among};
use tegata_tokens::vault::{KeyRing, Vault};

use crate::beacon::Beacon;
use crate::private;
use tegata_system::OsRandom;

/// Keeps grants in one file. See the [crate](crate).
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    /// Its lock makes changes of several processes follow each other; the mutex, of threads.
    lock: Mutex<File>,
    beacon: Beacon,
    vault: Vault,
}

impl FileStore {
    /// Opens the store at `path`, sealed by `keys`, and makes it when it is not there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be read or made, or is something else.
    pub fn open(path: impl Into<PathBuf>, keys: KeyRing) -> Result<Self, StoreError> {
        Self::open_with(path.into(), |store| Vault::new(store, keys))
    }

    /// Opens the store at `path` with nothing sealed: whoever can read the file has the tokens.
    ///
    /// # Errors
    ///
    /// As [`FileStore::open`].
    pub fn dangerous_open_plaintext(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_with(path.into(), |_| Vault::dangerous_plaintext())
    }

    fn open_with(path: PathBuf, vault: impl FnOnce(&str) -> Vault) -> Result<Self, StoreError> {
        private::create_directory(private::directory_of(&path)).map_err(not_writable)?;
        let lock = private::open(&private::beside(&path, "lock")).map_err(not_writable)?;
        let beacon = Beacon::light(private::beside(&path, "alive")).map_err(not_writable)?;
        let guard = Locked::wait(&lock)?;
        let contents = match Contents::read(&path)? {
            Some(contents) => contents,
            None => {
                let store = unguessable(&OsRandom::new())
                    .map_err(|error| StoreError::new(StoreFault::Unavailable).with_source(error))?;
                let contents = Contents { store, grants: Vec::new() };
                contents.write(&path)?;
                contents
            }
        };
        drop(guard);
        Ok(Self { path, lock: Mutex::new(lock), beacon, vault: vault(&contents.store) })
    }

    fn contents(&self) -> Result<Contents, StoreError> {
        // Replaced whole by a rename, so it can be read without the lock.
        Contents::read(&self.path)?.ok_or_else(|| StoreError::new(StoreFault::Unavailable))
    }
}

impl TokenStore for FileStore {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        // The file is replaced whole: a panic elsewhere cannot leave half of it.
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let _guard = Locked::wait(&lock)?;
        let mut contents = self.contents()?;
        let place = contents.find(grant);
        let before = place.ok().and_then(|index| contents.grants.get(index));
        let outcome = change.apply(before.map(|(_, record)| record), now);
        match (outcome.effect, &outcome.record, place) {
            (Effect::Keep, _, _) | (Effect::Remove, _, Err(_)) | (Effect::Write, None, _) => {
                return Ok(outcome);
            }
            (Effect::Remove, _, Ok(index)) => {
                contents.grants.remove(index);
            }
            (Effect::Write, Some(record), Err(index)) => {
                contents.grants.insert(index, (grant.clone(), record.clone()));
            }
            (Effect::Write, Some(record), Ok(index)) => {
                if let Some((_, stored)) = contents.grants.get_mut(index) {
                    stored.clone_from(record);
                }
            }
        }
        contents.write(&self.path)?;
        Ok(outcome)
    }

    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        Ok(due_among(&self.contents()?.grants, whose, before, limit))
    }

    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
        let after = after.map(GrantId::key);
        let grants = self.contents()?.grants.into_iter().map(|(grant, _)| grant);
        let later = grants.filter(|grant| after.as_ref().is_none_or(|after| grant.key() > *after));
        Ok(later.take(limit).collect())
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        let mut contents = self.contents()?;
        let place = contents.find(grant);
        Ok(place.ok().map(|index| contents.grants.swap_remove(index).1))
    }

    fn peer(&self, instance: &Instance) -> Peer {
        self.beacon.peer(instance)
    }

    fn instance(&self) -> &Instance {
        self.beacon.instance()
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }
}

/// All that is in the file, in the order of the keys.
struct Contents {
    store: String,
    grants: Vec<(GrantId, Record)>,
}

impl Contents {
    fn find(&self, grant: &GrantId) -> Result<usize, usize> {
        let key = grant.key();
        self.grants.binary_search_by(|(grant, _)| grant.key().cmp(&key))
    }

    fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        let length = match std::fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        if length > MAX_BYTES {
            return Err(RecordFault::TooLong.into());
        }
        let bytes = std::fs::read(path).map_err(unavailable)?;
        Self::parse(&bytes).map(Some)
    }

    fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        let object = Object::parse(bytes).map_err(RecordFault::from)?;
        match object.u64("version").map_err(RecordFault::from)? {
            Some(VERSION) => {}
            Some(_) => return Err(StoreError::new(StoreFault::Newer)),
            None => return Err(RecordFault::Value("version").into()),
        }
        let store = object.required_str("store").map_err(RecordFault::from)?.to_owned();
        let grants = object.get("grants").and_then(Value::as_array);
        let grants = grants.ok_or(RecordFault::Value("grants"))?.iter();
        let mut grants = grants.map(entry).collect::<Result<Vec<_>, _>>()?;
        grants.sort_by_cached_key(|(grant, _)| grant.key());
        Ok(Self { store, grants })
    }

    fn write(&self, path: &Path) -> Result<(), StoreError> {
        let grants = self.grants.iter().map(|(grant, record)| {
            let record: Json = serde_json::from_slice(&record.encode()).unwrap_or_default();
            json!({
                "issuer": grant.issuer(),
                "client_id": grant.client_id(),
                "subject": grant.subject(),
                "label": grant.label(),
                "record": record,
            })
        });
        let grants: Vec<_> = grants.collect();
        let object = json!({"version": VERSION, "store": self.store, "grants": grants});
        private::replace(path, object.to_string().as_bytes()).map_err(not_writable)
    }
}

fn entry(value: &Value<'_>) -> Result<(GrantId, Record), StoreError> {
    let object = value.as_object().ok_or(RecordFault::Value("grants"))?;
    let text = |name| object.required_str(name).map_err(RecordFault::from);
    let grant = GrantId::new(text("issuer")?, text("client_id")?, text("subject")?);
    let record = object.get("record").ok_or(RecordFault::Value("record"))?;
    let record = Record::decode(record.to_json().to_string().as_bytes())?;
    Ok((grant.with_label(text("label")?), record))
}

/// The lock of the file, held.
struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    /// Waits for it, but not for ever: its holder may be a process that was stopped.
    fn wait(file: &'a File) -> Result<Self, StoreError> {
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::new(StoreFault::Busy)),
                Err(TryLockError::Error(error)) => return Err(unavailable(error)),
            }
        }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // What fails here is released when the file is closed.
        let _ = self.0.unlock();
    }
}

fn not_writable(error: io::Error) -> StoreError {
    StoreError::new(StoreFault::NotWritable).with_source(error)
}

fn unavailable(error: io::Error) -> StoreError {
    StoreError::new(StoreFault::Unavailable).with_source(error)
}

/// The version of the file's form.
const VERSION: u64 = 1;
/// Some thousand grants; whoever has more should not rewrite all of them for each.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// A change takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
