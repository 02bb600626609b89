//! Programs of others that a part needs: found on this machine, or built from the registry once.
//!
//! They go into `target/tools`, in a version that is known to do, and without optimisation: building
//! them takes longer than anything that they do here.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::shell::Command;
use crate::workspace::Workspace;

/// A program that is called as `cargo NAME`.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The crate, which is called `cargo-NAME`.
    krate: &'static str,
    version: &'static str,
}

/// Checks licences, sources and bans.
pub(crate) const DENY: Tool = Tool { krate: "cargo-deny", version: "0.20.2" };

/// Builds and runs fuzz targets.
pub(crate) const FUZZ: Tool = Tool { krate: "cargo-fuzz", version: "0.13.2" };

/// Changes a program in many small ways, and looks for a test that fails.
pub(crate) const MUTANTS: Tool = Tool { krate: "cargo-mutants", version: "27.1.0" };

impl Tool {
    /// The search path with the tool on it, or `None` when it is neither there nor to be had.
    ///
    /// # Errors
    ///
    /// The workspace cannot be read.
    pub(crate) fn search_path(&self, workspace: &Workspace) -> Result<Option<OsString>, String> {
        let root = workspace.target()?.join("tools");
        let path = extended(root.join("bin"))?;
        let name = self.krate.trim_start_matches("cargo-");
        let found = || {
            let probe = Command::cargo(workspace).arguments(&[name, "--version"]);
            probe.variable("PATH", &path).succeeds()
        };
        if !found() {
            let root = root.to_string_lossy();
            let install = ["install", "--debug", "--locked", self.krate, "--version", self.version];
            let install = Command::cargo(workspace).arguments(&install);
            let installed = install.arguments(&["--root", &root]).run();
            if installed.is_err() || !found() {
                return Ok(None);
            }
        }
        Ok(Some(path))
    }

    /// What to say when it is not to be had.
    pub(crate) fn missing(&self) -> String {
        format!("{} {} could not be installed", self.krate, self.version)
    }
}

/// The search path of this program with one folder more, behind all others.
fn extended(folder: PathBuf) -> Result<OsString, String> {
    let known = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&known).chain([folder]);
    env::join_paths(folders).map_err(|error| format!("PATH: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_of_the_machine_comes_before_one_of_ours() {
        let path = extended(PathBuf::from("of-ours")).unwrap();
        assert_eq!(env::split_paths(&path).last(), Some(PathBuf::from("of-ours")));
    }
}
