//! Tells the living from the dead: each process holds the lock of a file of its own.
//!
//! The kernel releases the lock when the process ends, however it ends. Whoever can take it knows
//! that its owner is dead, at once and beyond doubt, and may take over its refresh while the
//! server's grace lasts. No process numbers that are given to another, no clocks, no heartbeat; a
//! process that is merely stopped keeps its lock.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tegata_core::random::unguessable;
use tegata_tokens::grant::Instance;
use tegata_tokens::store::Peer;

use crate::private;
use tegata_system::OsRandom;

/// Shows that this process lives, as long as it is held.
#[derive(Debug)]
pub struct Beacon {
    directory: PathBuf,
    instance: Instance,
    /// Its lock is what others feel for.
    _file: File,
}

impl Beacon {
    /// Lights a beacon in `directory`, which is made when it is not there.
    ///
    /// # Errors
    ///
    /// [`io::Error`] of the operating system, also when it has no locks or no randomness.
    pub fn light(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        private::create_directory(&directory)?;
        remove_old(&directory);
        let instance = Instance::new(unguessable(&OsRandom::new()).map_err(io::Error::other)?);
        let file = private::create_new(&directory.join(instance.as_str()))?;
        file.lock()?;
        Ok(Self { directory, instance, _file: file })
    }

    /// What this process calls itself.
    #[must_use]
    pub const fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Whether the process that calls itself `instance` lives.
    #[must_use]
    pub fn peer(&self, instance: &Instance) -> Peer {
        if *instance == self.instance {
            return Peer::Alive;
        }
        // The name comes from a store: it must not lead out of the directory.
        if !is_name(instance.as_str()) {
            return Peer::Unknown;
        }
        let path = self.directory.join(instance.as_str());
        match File::open(&path) {
            Ok(file) => match file.try_lock() {
                Ok(()) => {
                    // Nobody is called so again; that the file cannot be removed harms nobody.
                    let _ = fs::remove_file(&path);
                    Peer::Dead
                }
                Err(TryLockError::WouldBlock) => Peer::Alive,
                Err(TryLockError::Error(_)) => Peer::Unknown,
            },
            // A name is in the store only after its lock was taken: the file was there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Peer::Dead,
            Err(_) => Peer::Unknown,
        }
    }
}

impl Drop for Beacon {
    fn drop(&mut self) {
        // The lock is released when the file is closed, after this.
        let _ = fs::remove_file(self.directory.join(self.instance.as_str()));
    }
}

/// Removes what crashed processes left that nobody asks for. Only files of more than a day: a
/// young one may be about to be locked.
fn remove_old(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let old = entry.metadata().and_then(|metadata| metadata.modified());
        let old = old.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > OLD));
        if old && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

const OLD: Duration = Duration::from_secs(24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_living_from_the_dead() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) =
            (Beacon::light(folder.path()).unwrap(), Beacon::light(folder.path()).unwrap());
        let name = other.instance().clone();
        assert_eq!(one.peer(one.instance()), Peer::Alive);
        assert_eq!(one.peer(&name), Peer::Alive);
        drop(other);
        assert_eq!(one.peer(&name), Peer::Dead);
        assert_eq!(one.peer(&name), Peer::Dead, "asked again");
    }

    #[test]
    fn a_file_that_a_crash_left_is_a_dead_process_and_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let beacon = Beacon::light(folder.path()).unwrap();
        let left = folder.path().join("left-over");
        fs::write(&left, b"").unwrap();
        assert_eq!(beacon.peer(&Instance::new("left-over")), Peer::Dead);
        assert!(!left.exists());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let beacon = Beacon::light(folder.path().join("alive")).unwrap();
        let outside = folder.path().join("tokens");
        fs::write(&outside, b"").unwrap();
        for name in ["../tokens", "", ".", "..", "/etc/passwd", "a/b", "a\0"] {
            assert_eq!(beacon.peer(&Instance::new(name)), Peer::Unknown, "{name:?}");
        }
        assert!(outside.exists());
    }
}
