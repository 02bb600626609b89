//! Runs other programs from the root of the workspace, and shows what it runs.

use std::env;
use std::ffi::OsStr;
use std::process::{self, Stdio};

use crate::report::{Complaints, Outcome};
use crate::workspace::Workspace;

/// A program to run.
#[derive(Debug)]
pub(crate) struct Command {
    inner: process::Command,
    shown: String,
}

impl Command {
    /// Cargo, with the surroundings that it has when it is called by hand.
    ///
    /// This program runs under `cargo run`, which sets variables for it; build scripts that watch
    /// them would run again at every change between the two ways to call cargo.
    pub(crate) fn cargo(workspace: &Workspace) -> Self {
        let mut command = Self::new("cargo", workspace);
        for (key, _) in env::vars_os() {
            let name = key.to_string_lossy();
            if SET_BY_CARGO_RUN.iter().any(|prefix| name.starts_with(prefix)) {
                command.inner.env_remove(&key);
            }
        }
        command
    }

    /// Another program.
    pub(crate) fn new(program: &str, workspace: &Workspace) -> Self {
        let mut inner = process::Command::new(program);
        inner.current_dir(workspace.path(""));
        Self { inner, shown: program.to_owned() }
    }

    /// Adds arguments.
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.inner.args(arguments);
        for argument in arguments {
            self.shown.push(' ');
            self.shown.push_str(argument);
        }
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// Runs it in this folder of the workspace.
    pub(crate) fn folder(mut self, workspace: &Workspace, relative: &str) -> Self {
        self.inner.current_dir(workspace.path(relative));
        self
    }

    /// Runs it; what it prints is seen.
    ///
    /// # Errors
    ///
    /// It does not start or does not succeed.
    pub(crate) fn run(mut self) -> Result<Outcome, Complaints> {
        println!("$ {}", self.shown);
        match self.inner.status() {
            Ok(status) if status.success() => Ok(Outcome::Passed),
            Ok(status) => Err(format!("{}: {status}", self.shown).into()),
            Err(error) => Err(format!("{}: {error}", self.shown).into()),
        }
    }

    /// Runs it and returns what it prints; its complaints are seen.
    ///
    /// # Errors
    ///
    /// It does not start, does not succeed, or prints no text.
    pub(crate) fn capture(mut self) -> Result<String, String> {
        let output = self.inner.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("{}: {error}", self.shown))?;
        if !output.status.success() {
            return Err(format!("{}: {}", self.shown, output.status));
        }
        String::from_utf8(output.stdout).map_err(|_| format!("{}: not UTF-8", self.shown))
    }

    /// Runs it and returns whether it succeeded, with what it prints.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) fn capture_any(mut self) -> Result<(bool, String), String> {
        let output = self.inner.output().map_err(|error| format!("{}: {error}", self.shown))?;
        Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// Whether it runs and succeeds; nothing that it prints is seen.
    pub(crate) fn succeeds(mut self) -> bool {
        let status = self.inner.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    }

    /// Starts it with pipes to its input and output.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub(crate) fn start(mut self) -> Result<process::Child, String> {
        println!("$ {} &", self.shown);
        self.inner
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.shown))
    }
}

/// Beginnings of the variables that `cargo run` sets for the program that it runs.
const SET_BY_CARGO_RUN: &[&str] =
    &["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_", "OUT_DIR"];
