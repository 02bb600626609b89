//! The store in an SQLite database.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior};
use rusqlite::{Row, params};
use tegata_core::time::UnixTime;
use tegata_store_file::beacon::Beacon;
use tegata_store_file::private;
use tegata_tokens::change::{Change, Effect, Outcome};
use tegata_tokens::grant::{GrantId, Instance, Whose};
use tegata_tokens::record::{Record, State};
use tegata_tokens::store::{Peer, StoreError, StoreFault, TokenStore};
use tegata_tokens::vault::{KeyRing, Vault};

use crate::schema;

/// Keeps grants in an SQLite database. See the [crate](crate).
#[derive(Debug)]
pub struct SqliteStore {
    /// SQLite lets one write at a time, so one connection is enough.
    connection: Mutex<Connection>,
    beacon: Beacon,
    vault: Vault,
}

impl SqliteStore {
    /// Opens the database at `path`, sealed by `keys`, and makes it when it is not there: readable
    /// by this user alone.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database cannot be opened or made, or is of a later version.
    pub fn open(path: impl Into<PathBuf>, keys: KeyRing) -> Result<Self, StoreError> {
        Self::open_with(&path.into(), |store| Vault::new(store, keys))
    }

    /// Opens the database at `path` with nothing sealed: whoever can read it has the tokens.
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`].
    pub fn dangerous_open_plaintext(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_with(&path.into(), |_| Vault::dangerous_plaintext())
    }

    fn open_with(path: &Path, vault: impl FnOnce(String) -> Vault) -> Result<Self, StoreError> {
        let not_writable = |error| StoreError::new(StoreFault::NotWritable).with_source(error);
        private::create_directory(private::directory_of(path)).map_err(not_writable)?;
        // SQLite gives its files beside the database the mode of the database.
        private::open(path).map_err(not_writable)?;
        let beacon = Beacon::light(private::beside(path, "alive")).map_err(not_writable)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let name = schema::prepare(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection), beacon, vault: vault(name) })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic interrupted was rolled back when it was dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for SqliteStore {
    fn apply(
        &self,
        grant: &GrantId,
        change: &Change,
        now: UnixTime,
    ) -> Result<Outcome, StoreError> {
        let mut connection = self.connection();
        // Takes the write lock at once: a read that turns into a write could be too late.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = transaction.map_err(failed)?;
        let outcome = change.apply(read(&transaction, grant)?.as_ref(), now);
        match (outcome.effect, &outcome.record) {
            (Effect::Write, Some(record)) => write(&transaction, grant, record)?,
            (Effect::Remove, _) => remove(&transaction, grant)?,
            (Effect::Keep | Effect::Write, _) => return Ok(outcome),
        }
        transaction.commit().map_err(failed)?;
        Ok(outcome)
    }

    fn due(
        &self,
        whose: &Whose,
        before: UnixTime,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare(
                "SELECT issuer, client_id, subject, label FROM grants
                 WHERE due <= ?1 AND client_id = ?2 ORDER BY due, key",
            )
            .map_err(failed)?;
        let rows = statement.query_map(params![before.seconds(), whose.client_id()], grant_id);
        // The provider may go by several names: what is another's is passed over here.
        let is_others = |grant: &GrantId| !whose.contains(grant);
        let ours = rows.map_err(failed)?.filter(|row| !row.as_ref().is_ok_and(is_others));
        ours.take(limit).collect::<Result<_, _>>().map_err(failed)
    }

    fn list(&self, after: Option<&GrantId>, limit: usize) -> Result<Vec<GrantId>, StoreError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare(
                "SELECT issuer, client_id, subject, label FROM grants
                 WHERE key > ?1 ORDER BY key LIMIT ?2",
            )
            .map_err(failed)?;
        // Every key is longer than the empty one.
        let after = after.map_or_else(Vec::new, |grant| grant.key().into_bytes());
        let rows = statement.query_map(params![after, integer(limit)], grant_id);
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }

    fn load(&self, grant: &GrantId) -> Result<Option<Record>, StoreError> {
        read(&self.connection(), grant)
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

fn read(connection: &Connection, grant: &GrantId) -> Result<Option<Record>, StoreError> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT record FROM grants WHERE key = ?1")
        .and_then(|mut statement| {
            statement.query_row([grant.key().into_bytes()], |row| row.get(0)).optional()
        })
        .map_err(failed)?;
    bytes.map(|bytes| Record::decode(&bytes)).transpose().map_err(StoreError::from)
}

fn write(connection: &Connection, grant: &GrantId, record: &Record) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO grants
                 (key, issuer, client_id, subject, label, state, generation, revision, due, record)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (key) DO UPDATE SET
                 state = excluded.state, generation = excluded.generation,
                 revision = excluded.revision, due = excluded.due, record = excluded.record",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                grant.key().into_bytes(),
                grant.issuer(),
                grant.client_id(),
                grant.subject(),
                grant.label(),
                state(record),
                integer(record.generation()),
                integer(record.revision()),
                record.due().map(UnixTime::seconds),
                record.encode(),
            ])
        })
        .map_err(failed)?;
    Ok(())
}

fn remove(connection: &Connection, grant: &GrantId) -> Result<(), StoreError> {
    connection
        .execute("DELETE FROM grants WHERE key = ?1", [grant.key().into_bytes()])
        .map_err(failed)?;
    Ok(())
}

fn grant_id(row: &Row<'_>) -> rusqlite::Result<GrantId> {
    let text = |index| row.get::<_, String>(index);
    Ok(GrantId::new(text(0)?, text(1)?, text(2)?).with_label(text(3)?))
}

fn state(record: &Record) -> &'static str {
    match record.state() {
        State::Active => "active",
        State::Ambiguous => "ambiguous",
        State::Reauth => "reauth",
        State::Refreshing(_) => "refreshing",
        State::Revoked { .. } => "revoked",
        State::Revoking => "revoking",
        _ => "other",
    }
}

/// SQLite's own integer. What does not fit is as large as can be: it is shown, never computed with.
fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

pub(crate) fn failed(error: rusqlite::Error) -> StoreError {
    let fault = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreFault::Busy,
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::NotADatabase
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => StoreFault::NotWritable,
        _ => StoreFault::Unavailable,
    };
    StoreError::new(fault).with_source(error)
}

/// How long to wait for another process's write: many times what any takes.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
