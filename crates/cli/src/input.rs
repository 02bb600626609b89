//! What a command reads: files, numbers of seconds, and a token from the command line or from standard
//! input.

use std::fs::File;
use std::io::{self, Read};
use std::num::ParseIntError;
use std::path::Path;
use std::time::Duration;

use crate::Failure;

/// The longest file that is read whole. A key set has a few KiB, a bundle of certificates 300.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Reads the file at `path`, which is `what` to the person.
pub(crate) fn file(what: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let name = || format!("{what} {}", path.display());
    let file = File::open(path).map_err(Failure::io(name()))?;
    read(file).map_err(Failure::io(name()))
}

/// The same for a text, which is not empty. White space at its ends is dropped: editors leave a line
/// end there.
pub(crate) fn text_file(what: &str, path: &Path) -> Result<String, Failure> {
    let bytes = file(what, path)?;
    let wrong = |fault: &str| Failure::Usage(format!("{what} {}: {fault}", path.display()));
    let text = String::from_utf8(bytes).map_err(|_| wrong("no UTF-8"))?;
    match text.trim() {
        "" => Err(wrong("it is empty")),
        text => Ok(text.to_owned()),
    }
}

/// The client secret in the file that was named; without one the client is a public one.
pub(crate) fn client_secret(path: Option<&Path>) -> Result<Option<String>, Failure> {
    path.map(|path| text_file("the client secret", path)).transpose()
}

/// An argument that counts seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_secs)
}

/// The token of an argument: itself, or standard input for `-`.
pub(crate) fn token(argument: &str) -> Result<String, Failure> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let bytes = read(io::stdin().lock()).map_err(Failure::io("standard input"))?;
    // What is no UTF-8 is no token either: verification says so.
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE_BYTES) {
        let text = format!("longer than {MAX_FILE_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(bytes)
}
