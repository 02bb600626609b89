//! Keeps grants in one locked file, sealed: for command line tools and small daemons.
//!
//! ```no_run
//! use tegata_store_file::{FileStore, keys};
//! use tegata_tokens::vault::KeyRing;
//!
//! let key = keys::from_file("tokens.key")?; // made on first use, readable by this user alone
//! let store = FileStore::open("tokens.json", KeyRing::new(key))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every process that uses the file locks it for a change, reads it whole and replaces it whole.
//! That is right for some hundred grants; for more, take `tegata-store-sqlite`.
//!
//! The [`beacon`], the [`keys`] and [`private`] files serve every store on a local disk.
//! **Local** it must be: locks on network file systems do not tell a dead process from a live one.

pub mod beacon;
pub mod keys;
pub mod private;
mod store;

pub use store::FileStore;
