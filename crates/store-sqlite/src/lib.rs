//! Keeps grants in an SQLite database, sealed: for every program on one machine.
//!
//! ```no_run
//! use tegata_store_sqlite::SqliteStore;
//! use tegata_store_sqlite::keys;
//! use tegata_tokens::vault::KeyRing;
//!
//! let key = keys::from_file("tokens.key")?; // made on first use, readable by this user alone
//! let store = SqliteStore::open("tokens.db", KeyRing::new(key))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Any number of processes may use the database at once. Each change is one transaction, on the
//! disk before it is answered (`synchronous=FULL`: with WAL and less, a power cut can undo what was
//! answered, and with it the only copy of a refresh token). A process that dies is noticed at once
//! by its [beacon](tegata_store_file::beacon), in `tokens.db.alive/` beside the database.
//!
//! The database must lie on a **local** disk: network file systems keep neither SQLite's locks nor
//! the beacons'.

mod schema;
mod store;

pub use store::SqliteStore;
pub use tegata_store_file::keys;
