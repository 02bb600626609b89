//! Runs the binary.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

/// What a run left behind.
pub(crate) struct Finished {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Each line of standard output, read as JSON.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        self.stdout.lines().map(read).collect()
    }

    /// The error, of a run that must have failed and panicked nowhere.
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.status, 1, "{}{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        &self.stderr
    }

    /// Standard output, of a run that must have succeeded.
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.status, 0, "{}{}", self.stdout, self.stderr);
        &self.stdout
    }
}

/// Runs `tegata` to its end.
pub(crate) fn tegata(arguments: &[&str]) -> Finished {
    tegata_with_input(arguments, b"")
}

/// Runs `tegata` to its end with `input` on standard input.
pub(crate) fn tegata_with_input(arguments: &[&str], input: &[u8]) -> Finished {
    let mut child = command(arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        // Whoever refuses its arguments does not read.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    });
    Finished {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tegata"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
    command
}

/// A run that is read while it goes on; it ends with the test.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<Box<dyn Read>>,
    read: String,
}

impl Running {
    /// Starts a run whose standard output is read.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).spawn().unwrap();
        let lines: Box<dyn Read> = Box::new(child.stdout.take().unwrap());
        Self { child, lines: BufReader::new(lines), read: String::new() }
    }

    /// Starts a run whose standard error is read; standard output is for the end.
    pub(crate) fn start_and_read_errors(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let lines: Box<dyn Read> = Box::new(child.stderr.take().unwrap());
        Self { child, lines: BufReader::new(lines), read: String::new() }
    }

    /// Reads until a line that `find` finds something in.
    pub(crate) fn wait_for<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "it ended too early:\n{}", self.read);
            self.read.push_str(&line);
            if let Some(found) = find(line.trim()) {
                return found;
            }
        }
    }

    /// Asks it to end, as services are stopped.
    #[cfg(unix)]
    pub(crate) fn terminate(&self) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").arg(process).status().unwrap().success());
    }

    /// Reads the rest, and waits for the end.
    pub(crate) fn finish(mut self) -> Finished {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        let read = std::mem::take(&mut self.read) + &rest;
        let mut stdout = String::new();
        let other = self.child.stdout.take();
        let is_of_errors = other.is_some();
        if let Some(mut other) = other {
            other.read_to_string(&mut stdout).unwrap();
        }
        let status = self.child.wait().unwrap().code().unwrap();
        if is_of_errors {
            Finished { status, stdout, stderr: read }
        } else {
            Finished { status, stdout: read, stderr: String::new() }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file that is gone after the test.
pub(crate) struct TempFile(PathBuf);

impl TempFile {
    pub(crate) fn new(content: impl AsRef<[u8]>) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
