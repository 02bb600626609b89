//! `cargo xtask interop`: our client against `oidc-provider`, a certified provider from npm.
//!
//! ```text
//!   npm ci ──▶ self-check ──▶ provider.mjs ──▶ one line of JSON ──▶ cargo test ──▶ close its input
//! ```
//!
//! The provider and a Node new enough for it are locked in `tests/interop/package-lock.json`.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::Workspace;

/// Installs, starts the provider, runs the tests, stops the provider.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    if !Command::new("npm", workspace).arguments(&["--version"]).succeeds() {
        return Ok(Outcome::Skipped("npm is not installed".to_owned()));
    }
    if !is_installed(workspace) {
        Command::new("npm", workspace).arguments(&["ci"]).folder(workspace, FOLDER).run()?;
    }
    node(workspace).arguments(&["self-check.mjs"]).run()?;
    if !workspace.path("tests/tests/interop.rs").exists() {
        return Ok(Outcome::Skipped("the provider works, the tests are not written".to_owned()));
    }
    let mut provider = node(workspace).arguments(&["provider.mjs"]).start()?;
    let result = first_line(&mut provider).map_err(Complaints::from).and_then(|ready| {
        Command::cargo(workspace)
            .arguments(&["test", "--workspace", "--test", "interop"])
            .variable("TEGATA_INTEROP", &ready)
            .run()
    });
    stop(provider);
    result
}

/// Whether the installed packages are those of the lock file: npm writes its own copy last.
fn is_installed(workspace: &Workspace) -> bool {
    let written = |path: &str| workspace.path(FOLDER).join(path).metadata()?.modified();
    match (written("node_modules/.package-lock.json"), written("package-lock.json")) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

fn node(workspace: &Workspace) -> Command {
    let program = workspace.path(FOLDER).join("node_modules/node/bin/node");
    Command::new(&program.to_string_lossy(), workspace).folder(workspace, FOLDER)
}

/// What the provider prints when it is ready. Another thread reads, because a read has no deadline.
fn first_line(provider: &mut Child) -> Result<String, String> {
    let output = provider.stdout.take().ok_or("the provider has no output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        drop(sender.send(read.map(|_| line)));
    });
    match receiver.recv_timeout(START_DEADLINE) {
        Ok(Ok(line)) if !line.trim().is_empty() => Ok(line.trim().to_owned()),
        _ => Err("the provider did not start".to_owned()),
    }
}

/// The provider ends when its input is closed; if it does not, it is ended.
fn stop(mut provider: Child) {
    drop(provider.stdin.take());
    for _ in 0..20 {
        if matches!(provider.try_wait(), Ok(Some(_))) {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    drop(provider.kill());
    drop(provider.wait());
}

const FOLDER: &str = "tests/interop";

/// It makes its keys and certificates in one or two seconds.
const START_DEADLINE: Duration = Duration::from_secs(60);
