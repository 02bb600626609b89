//! Where a sealing key comes from: a file of this user alone, the environment, or the keychain of the
//! operating system.
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

/// The key that the keychain of the operating system keeps under these two names: Keychain Services
/// on macOS, the Credential Manager on Windows, the Secret Service elsewhere.
///
/// None is made here: of two processes that start at once each could make one, and what the loser
/// sealed would be lost. Let whoever installs the application [`keep_in_keychain`] a new key.
///
/// ```no_run
/// use tegata_core::random::Random;
/// use tegata_store_file::keys::{KeyError, from_keychain, keep_in_keychain};
/// use tegata_tokens::vault::SealingKey;
///
/// fn install(random: &dyn Random) -> Result<(), KeyError> {
///     keep_in_keychain("com.example.app", "tokens", &SealingKey::generate(random)?)
/// }
///
/// fn start() -> Result<SealingKey, KeyError> {
///     from_keychain("com.example.app", "tokens")
/// }
/// ```
///
/// # Errors
///
/// [`KeyError::NotSet`] when nothing is kept there, [`KeyError::Invalid`] when that is no key,
/// [`KeyError::Keychain`] when there is no keychain, or it does not open.
#[cfg(feature = "keychain")]
pub fn from_keychain(service: &str, account: &str) -> Result<SealingKey, KeyError> {
    let entry = keyring::Entry::new(service, account);
    let text = entry.and_then(|entry| entry.get_password()).map(Zeroizing::new);
    let text = text.map_err(|error| unkept(error, service, account))?;
    Ok(SealingKey::from_base64(&text)?)
}

/// Puts a key into the keychain under these two names, in the place of what was there: see
/// [`from_keychain`].
///
/// # Errors
///
/// [`KeyError::Keychain`] when there is no keychain or it is locked.
#[cfg(feature = "keychain")]
pub fn keep_in_keychain(service: &str, account: &str, key: &SealingKey) -> Result<(), KeyError> {
    keyring::Entry::new(service, account)
        .and_then(|entry| entry.set_password(&key.to_base64()))
        .map_err(|error| unkept(error, service, account))
}

/// What was found instead of a text may be a secret, and is not repeated.
#[cfg(feature = "keychain")]
fn unkept(error: keyring::Error, service: &str, account: &str) -> KeyError {
    match error {
        keyring::Error::NoEntry => KeyError::NotSet { name: format!("{service} / {account}") },
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
            KeyError::Keychain { reason: "what it keeps there is no text".to_owned() }
        }
        other => KeyError::Keychain { reason: other.to_string() },
    }
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
    /// The keychain of the operating system is not there, or does not open.
    #[cfg(feature = "keychain")]
    #[error("the keychain: {reason}")]
    Keychain {
        /// What it says itself.
        reason: String,
    },
    /// The environment variable, or the entry of the keychain, is not there or is no text.
    #[error("{name} is not set")]
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

    #[cfg(feature = "keychain")]
    #[test]
    fn what_a_keychain_holds_instead_of_a_key_is_not_repeated() {
        let error = |error| unkept(error, "com.example.app", "tokens");
        let bad = error(keyring::Error::BadEncoding(b"canary".to_vec()));
        assert!(
            matches!(bad, KeyError::Keychain { .. }) && !format!("{bad:?}{bad}").contains("canary")
        );
        let none = error(keyring::Error::NoEntry);
        assert_eq!(none.to_string(), "com.example.app / tokens is not set");
        let absent = error(keyring::Error::NoDefaultStore);
        assert!(matches!(absent, KeyError::Keychain { .. }));
    }
}
