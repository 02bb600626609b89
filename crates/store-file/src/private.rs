//! Files that only this user may read, and that are replaced whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Opens `path` for reading and writing, and makes it when it is not there: mode 0600.
///
/// # Errors
///
/// [`io::Error`] of the operating system.
pub fn open(path: &Path) -> io::Result<File> {
    options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Makes `path`, which must not be there: mode 0600.
///
/// # Errors
///
/// [`io::Error`] of the operating system.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().read(true).write(true).create_new(true).open(path)
}

/// Makes the directory `path` and those above it, when they are not there: mode 0700.
///
/// # Errors
///
/// [`io::Error`] of the operating system.
pub fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Replaces `path` by `bytes`. After a power cut at any time there is the old file or the new one.
///
/// Only for callers that hold a lock: two at once would use the same temporary file.
///
/// # Errors
///
/// [`io::Error`] of the operating system; the old file is there still.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path, "new");
    // What a crash left over may be of another mode, or a link to somewhere else.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_new(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_directory_of(path)
}

/// `path` with `suffix` after its name: `tokens.json.lock`.
#[must_use]
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// The directory of `path`: `.` for a bare name.
#[must_use]
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Whether users other than the owner may read or write `file`.
///
/// # Errors
///
/// [`io::Error`] of the operating system.
pub fn is_open_to_others(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    #[cfg(unix)]
    return Ok(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0);
    #[cfg(not(unix))]
    return Ok(metadata.is_dir());
}

/// A renamed file survives a power cut when its directory was written.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory_of(path))?.sync_all() } else { Ok(()) }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_made_and_stays_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        assert!(!is_open_to_others(&create_new(&path).unwrap()).unwrap());
        replace(&path, b"1").unwrap();
        replace(&path, b"22").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"22");
        assert!(!is_open_to_others(&open(&path).unwrap()).unwrap());
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert!(is_open_to_others(&open(&path).unwrap()).unwrap());
    }

    #[test]
    fn a_left_over_link_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("tokens"), folder.path().join("elsewhere"));
        fs::write(&elsewhere, b"mine").unwrap();
        std::os::unix::fs::symlink(&elsewhere, beside(&path, "new")).unwrap();
        replace(&path, b"secret").unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"mine");
    }

    #[test]
    fn a_bare_name_is_in_the_working_directory() {
        assert_eq!(directory_of(Path::new("tokens.json")), Path::new("."));
        assert_eq!(directory_of(Path::new("a/tokens.json")), Path::new("a"));
    }
}
