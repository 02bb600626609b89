//! Where the accounts are kept, unless a command says otherwise.
//!
//! | system | place |
//! |---|---|
//! | Windows | `%LOCALAPPDATA%\tegata\tokens.db` |
//! | macOS | `~/Library/Application Support/tegata/tokens.db` |
//! | others | `$XDG_DATA_HOME/tegata/tokens.db`, or `~/.local/share/tegata/tokens.db` |
//!
//! The XDG Base Directory Specification has relative paths ignored; so they are everywhere.

use std::env;
use std::path::PathBuf;

/// The database, at the place of this user and system; `None` when they have no home.
pub(crate) fn usual() -> Option<PathBuf> {
    let data = if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        absolute("HOME")?.join("Library/Application Support")
    } else {
        absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?
    };
    Some(data.join("tegata").join("tokens.db"))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Reads `sqlite:PATH`.
pub(crate) fn parse(text: &str) -> Result<PathBuf, &'static str> {
    match text.strip_prefix("sqlite:") {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => Err("write sqlite:PATH"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_an_sqlite_database_at_a_path() {
        assert_eq!(parse("sqlite:a/tokens.db"), Ok(PathBuf::from("a/tokens.db")));
        for wrong in ["", "sqlite:", "tokens.db", "postgres:x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
