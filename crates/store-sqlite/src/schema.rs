//! The tables, and how an older database becomes a newer one.

use rusqlite::{Connection, TransactionBehavior};
use tegata_core::random::unguessable;
use tegata_system::OsRandom;
use tegata_tokens::store::{StoreError, StoreFault};

use crate::store::failed;

/// Each step from one version to the next; `user_version` counts those that were made.
///
/// What is written here is never changed: a new step is added. The record itself has a version of
/// its own, so the tables change rarely.
const STEPS: &[&str] = &[
    // The key is the four names in one, byte for byte: no collation has a say. The columns beside
    // the record are for indexes and for people; the record is what counts.
    "CREATE TABLE store (name TEXT NOT NULL) STRICT;
     CREATE TABLE grants (
         key        BLOB    NOT NULL PRIMARY KEY,
         issuer     TEXT    NOT NULL,
         client_id  TEXT    NOT NULL,
         subject    TEXT    NOT NULL,
         label      TEXT    NOT NULL,
         state      TEXT    NOT NULL,
         generation INTEGER NOT NULL,
         revision   INTEGER NOT NULL,
         due        INTEGER,
         record     BLOB    NOT NULL
     ) STRICT;
     CREATE INDEX grants_due ON grants (due) WHERE due IS NOT NULL;",
];

/// Brings the database to the newest version and returns the name of the store: what its secrets
/// are sealed for, made once and kept with it wherever it moves.
pub(crate) fn prepare(connection: &mut Connection) -> Result<String, StoreError> {
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
    // What was deleted is overwritten: an old refresh token may still be good for something.
    connection.pragma_update(None, "secure_delete", true).map_err(failed)?;

    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = transaction.map_err(failed)?;
    let made = transaction.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0));
    let made = made.map_err(failed)?;
    let Some(missing) = usize::try_from(made).ok().and_then(|made| STEPS.get(made..)) else {
        return Err(StoreError::new(StoreFault::Newer));
    };
    for step in missing {
        transaction.execute_batch(step).map_err(failed)?;
    }
    if made == 0 {
        let name = unguessable(&OsRandom::new())
            .map_err(|error| StoreError::new(StoreFault::Unavailable).with_source(error))?;
        transaction.execute("INSERT INTO store (name) VALUES (?1)", [name]).map_err(failed)?;
    }
    let made = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    transaction.pragma_update(None, "user_version", made).map_err(failed)?;
    let name = transaction.query_row("SELECT name FROM store", [], |row| row.get(0));
    let name = name.map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(name)
}
