//! Where a sealing key comes from: a file of this user alone, or the environment.
//!
//! A key from elsewhere, such as a secret manager, is
//! [`SealingKey::from_bytes`](tegata_tokens::vault::SealingKey::from_bytes) of what that returns.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use tegata_core::random::RandomUnavailable;
use tegata_tokens::vault::{InvalidKey, SealingKey};
use zeroize::Zeroizing;

use crate::private;
use tegata_system::OsRandom;

/// The key in the file `path`, in base64; it is made on first use, with mode 0600.
///
/// Whoever has the file and the store has the tokens, so the file belongs on another backup than
/// the store. Losing it loses every grant: each user must consent again.
///
/// # Errors
///
/// [`KeyError`]: not readable, no key, or readable by other users.
pub fn from_file(path: impl AsRef<Path>) -> Result<SealingKey, KeyError> {
    let path = path.as_ref();
    match std::fs::File::open(path) {
        Ok(file) => read(file, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        Err(error) => Err(error.into()),
    }
}

/// The key in the environment variable `name`, in base64.
///
/// # Errors
///
/// [`KeyError`]: not set, or no key.
pub fn from_environment(name: &str) -> Result<SealingKey, KeyError> {
    let text = std::env::var(name).map(Zeroizing::new);
    let text = text.map_err(|_| KeyError::NotSet { name: name.to_owned() })?;
    Ok(SealingKey::from_base64(&text)?)
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// What is there is no key.
    #[error(transparent)]
    Invalid(#[from] InvalidKey),
    /// The file cannot be read or made.
    #[error("the key file: {0}")]
    Io(#[from] io::Error),
    /// The environment variable is not set, or is no text.
    #[error("the environment variable {name} is not set")]
    NotSet {
        /// Its name.
        name: String,
    },
    /// Other users may read the file.
    #[error("other users can read the key file {}: chmod 600", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// There is no randomness to make a key of.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

fn read(file: std::fs::File, path: &Path) -> Result<SealingKey, KeyError> {
    if private::is_open_to_others(&file)? {
        return Err(KeyError::Open { path: path.to_owned() });
    }
    let mut text = Zeroizing::new(String::with_capacity(256));
    // A key has 44 characters: what is longer is something else.
    file.take(256).read_to_string(&mut text)?;
    Ok(SealingKey::from_base64(&text)?)
}

/// Makes a key under another name and links it to its own: of several processes that start at
/// once, one makes the key and all read the same one, whole.
fn make(path: &Path) -> Result<SealingKey, KeyError> {
    let key = SealingKey::generate(&OsRandom::new())?;
    private::create_directory(private::directory_of(path))?;
    let temporary = private::beside(path, &key.id().to_string());
    private::replace(&temporary, format!("{}\n", *key.to_base64()).as_bytes())?;
    let linked = std::fs::hard_link(&temporary, path);
    std::fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => read(std::fs::File::open(path)?, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/tokens.key");
        let made = from_file(&path).unwrap();
        assert_eq!(from_file(&path).unwrap().id(), made.id());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.key");
        let mut ids: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| from_file(&path))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap().unwrap().id()).collect()
        });
        ids.dedup();
        assert_eq!(ids.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_file_that_others_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.key");
        from_file(&path).unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(&path, open).unwrap();
        assert!(matches!(from_file(&path), Err(KeyError::Open { .. })));
    }

    #[test]
    fn refuses_what_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.key");
        for text in ["", "correct horse battery staple", "AAAA"] {
            private::replace(&path, text.as_bytes()).unwrap();
            assert!(matches!(from_file(&path), Err(KeyError::Invalid(_))), "{text:?}");
        }
        assert!(matches!(
            from_environment("TEGATA_A_NAME_THAT_NOBODY_SETS"),
            Err(KeyError::NotSet { .. })
        ));
    }
}
