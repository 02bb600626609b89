//! `cargo xtask interop`: our client against two providers that are not ours.
//!
//! ```text
//!   install ──▶ self-check ──▶ start ──▶ one line of JSON ──▶ cargo test ──▶ close its input
//! ```
//!
//! `oidc-provider` comes from npm, certified by the OpenID Foundation; it and a Node new enough for
//! it are locked in `tests/interop/package-lock.json`. `oidc-provider-mock` comes from PyPI and is
//! locked in `tests/interop/second/requirements.txt`. One that cannot be installed is skipped aloud,
//! and so are its tests.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::Workspace;

/// Installs and starts both providers, runs the tests, stops the providers.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let mut running = Running::default();
    let mut missing = Vec::new();
    for provider in PROVIDERS {
        match (provider.prepare)(workspace)? {
            Ok(start) => running.start(provider.variable, start)?,
            Err(reason) => missing.push(reason),
        }
    }
    if running.0.is_empty() {
        return Ok(Outcome::Skipped(missing.join(", ")));
    }
    let mut tests =
        Command::cargo(workspace).arguments(&["test", "--workspace", "--test", "interop"]);
    for (variable, _, ready) in &running.0 {
        tests = tests.variable(variable, ready);
    }
    tests.run()?;
    Ok(if missing.is_empty() { Outcome::Passed } else { Outcome::Skipped(missing.join(", ")) })
}

/// How to start a provider that is installed and passed its self-check, or why it cannot be had.
type Prepared = Result<Result<Command, String>, Complaints>;

/// One provider, and the variable in which the tests get what it prints.
struct Provider {
    variable: &'static str,
    prepare: fn(&Workspace) -> Prepared,
}

const PROVIDERS: &[Provider] = &[
    Provider { variable: "TEGATA_INTEROP", prepare: prepare_npm },
    Provider { variable: "TEGATA_INTEROP_SECOND", prepare: prepare_python },
];

fn prepare_npm(workspace: &Workspace) -> Prepared {
    if !Command::new("npm", workspace).arguments(&["--version"]).succeeds() {
        return Ok(Err("npm is not installed".to_owned()));
    }
    if !is_newer(workspace, "node_modules/.package-lock.json", "package-lock.json") {
        Command::new("npm", workspace).arguments(&["ci"]).folder(workspace, FOLDER).run()?;
    }
    let program = workspace.path(FOLDER).join("node_modules/node/bin/node");
    let node = || Command::new(&program.to_string_lossy(), workspace).folder(workspace, FOLDER);
    node().arguments(&["self-check.mjs"]).run()?;
    Ok(Ok(node().arguments(&["provider.mjs"])))
}

fn prepare_python(workspace: &Workspace) -> Prepared {
    let system = |arguments: &[&str]| Command::new("python3", workspace).arguments(arguments);
    if !system(&["-m", "venv", "--help"]).succeeds() {
        return Ok(Err("python3 with venv is not installed".to_owned()));
    }
    let folder = workspace.target()?.join("interop-python");
    let installed = folder.join("requirements.txt");
    let locked = workspace.path(FOLDER).join("second/requirements.txt");
    let program = folder.join("bin/python");
    let python = || Command::new(&program.to_string_lossy(), workspace).folder(workspace, FOLDER);
    // The copy of the lock file is written last.
    if fs::read(&installed).ok() != fs::read(&locked).ok() {
        let (folder, locked_text) = (folder.to_string_lossy(), locked.to_string_lossy());
        system(&["-m", "venv", "--clear", &folder]).run()?;
        python()
            .arguments(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arguments(&["--require-hashes", "--only-binary=:all:", "-r", &locked_text])
            .run()?;
        fs::copy(&locked, &installed).map_err(|error| format!("installing: {error}"))?;
    }
    // Its libraries announce their own deprecations.
    let quiet = || python().arguments(&["-W", "ignore"]);
    quiet().arguments(&["second/self_check.py"]).run()?;
    Ok(Ok(quiet().arguments(&["second/provider.py"])))
}

/// Whether the installed packages are those of the lock file: npm writes its own copy last.
fn is_newer(workspace: &Workspace, installed: &str, locked: &str) -> bool {
    let written = |path: &str| workspace.path(FOLDER).join(path).metadata()?.modified();
    match (written(installed), written(locked)) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

/// The providers that run: each with its variable and what it printed. They stop when this goes.
#[derive(Default)]
struct Running(Vec<(&'static str, Child, String)>);

impl Running {
    fn start(&mut self, variable: &'static str, start: Command) -> Result<(), String> {
        let mut provider = start.start()?;
        let ready = first_line(&mut provider);
        self.0.push((variable, provider, String::new()));
        if let Some((_, _, line)) = self.0.last_mut() {
            *line = ready?;
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|(_, provider, _)| stop(provider));
    }
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
fn stop(provider: &mut Child) {
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

/// They make their keys and certificates in one or two seconds.
const START_DEADLINE: Duration = Duration::from_secs(60);
