//! The key that seals the accounts: in a file beside them, or in the keychain of the operating system.
//!
//! ```text
//!   tokens.db.key   the key, or where the keychain has it: "keychain 5f0c…"
//! ```
//!
//! So the keychain is named once, when the key is made, and the database may be moved afterwards.

use std::io::{self, Write as _};
use std::path::Path;

use tegata_core::random::unguessable;
use tegata_store_file::private;
use tegata_store_sqlite::keys::{self, KeyError};
use tegata_tokens::vault::SealingKey;
use tegata_ureq::OsRandom;
use zeroize::Zeroizing;

/// What stands before the name in the keychain.
const MARK: &str = "keychain ";

/// Whose entries these are, in the keychain.
const SERVICE: &str = "tegata";

/// The key that `file` holds or leads to; made on first use, in the keychain when `anew_there`.
pub(super) fn open(file: &Path, anew_there: bool) -> Result<SealingKey, KeyError> {
    open_by(
        file,
        anew_there,
        |name| keys::from_keychain(SERVICE, name),
        |name, key| keys::keep_in_keychain(SERVICE, name, key),
    )
}

fn open_by(
    file: &Path,
    anew_there: bool,
    find: impl FnOnce(&str) -> Result<SealingKey, KeyError>,
    keep: impl FnOnce(&str, &SealingKey) -> Result<(), KeyError>,
) -> Result<SealingKey, KeyError> {
    match std::fs::read_to_string(file).map(Zeroizing::new) {
        Ok(text) if text.starts_with(MARK) => find(text.trim_start_matches(MARK).trim()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && anew_there => {
            let (key, name) =
                (SealingKey::generate(&OsRandom::new())?, unguessable(&OsRandom::new())?);
            // First the key, then who leads to it: the other way round nothing would open any more.
            keep(&name, &key)?;
            private::create_directory(private::directory_of(file))?;
            // Of two processes that come at once, one is told to come again.
            private::create_new(file)?.write_all(format!("{MARK}{name}\n").as_bytes())?;
            Ok(key)
        }
        Ok(_) if anew_there => {
            let text = "there is one already, outside the keychain";
            Err(io::Error::new(io::ErrorKind::AlreadyExists, text).into())
        }
        _ => keys::from_file(file),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    /// A keychain, and a folder that is gone after the test.
    struct Stage {
        kept: RefCell<BTreeMap<String, String>>,
        folder: PathBuf,
    }

    impl Stage {
        fn new() -> Self {
            let folder = std::env::temp_dir().join(unguessable(&OsRandom::new()).unwrap());
            Self { kept: RefCell::default(), folder }
        }

        fn file(&self) -> PathBuf {
            self.folder.join("tokens.db.key")
        }

        fn open(&self, anew_there: bool) -> Result<SealingKey, KeyError> {
            let find = |name: &str| match self.kept.borrow().get(name) {
                Some(text) => Ok(SealingKey::from_base64(text)?),
                None => Err(KeyError::NotSet { name: name.to_owned() }),
            };
            let keep = |name: &str, key: &SealingKey| {
                self.kept.borrow_mut().insert(name.to_owned(), key.to_base64().to_string());
                Ok(())
            };
            open_by(&self.file(), anew_there, find, keep)
        }
    }

    impl Drop for Stage {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn a_key_in_the_keychain_is_found_again_and_the_file_does_not_hold_it() {
        let stage = Stage::new();
        let made = stage.open(true).unwrap();
        let text = std::fs::read_to_string(stage.file()).unwrap();
        assert!(!text.contains(&*made.to_base64()));
        for named_again in [false, true] {
            assert_eq!(stage.open(named_again).unwrap().id(), made.id());
        }
        stage.kept.borrow_mut().clear();
        assert!(matches!(stage.open(false), Err(KeyError::NotSet { .. })), "none is made instead");
    }

    #[test]
    fn a_key_in_a_file_is_not_replaced_by_one_in_the_keychain() {
        let stage = Stage::new();
        let made = stage.open(false).unwrap();
        assert!(matches!(stage.open(true), Err(KeyError::Io(_))));
        assert_eq!(stage.open(false).unwrap().id(), made.id());
        assert!(stage.kept.borrow().is_empty());
    }
}
