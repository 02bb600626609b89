//! `cargo xtask checks`: takes each check of the verifier out, one at a time; a test must fail.
//!
//! ```text
//!   copy ─▶ a switch for every check ─▶ one build ─▶ for each check: off, tests, which one failed
//! ```
//!
//! `cargo xtask mutants` changes more than this takes out, and builds for every change; here one
//! build serves all. What no test misses has to stand in `docs/mutants.md`, with the reason.

mod condition;
mod switches;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::mutants::survivors::{self, Survivors};
use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::Workspace;

/// The files whose checks are taken out, and the tests that may miss them: programs, and names.
struct Group {
    files: &'static [&'static str],
    tests: &'static [&'static str],
}

const GROUPS: &[Group] = &[
    Group {
        files: &[
            "crates/jose/src/authorization_response.rs",
            "crates/jose/src/base64url.rs",
            "crates/jose/src/claims.rs",
            "crates/jose/src/header.rs",
            "crates/jose/src/id_token/compare.rs",
            "crates/jose/src/id_token/hash.rs",
            "crates/jose/src/id_token/rules.rs",
            "crates/jose/src/id_token/verify.rs",
            "crates/jose/src/jwk.rs",
            "crates/jose/src/jwk/ec.rs",
            "crates/jose/src/jwk/okp.rs",
            "crates/jose/src/jwk/rsa.rs",
            "crates/jose/src/jwk/spki.rs",
            "crates/jose/src/jwks.rs",
            "crates/jose/src/jws.rs",
            "crates/jose/src/logout_token.rs",
            "crates/jose/src/pem.rs",
            "crates/jose/src/security_event.rs",
            "crates/jose/src/user_info.rs",
            "crates/jose/src/verified_cache.rs",
        ],
        tests: &["tegata_jose", "attacks"],
    },
    Group {
        files: &["crates/core/src/authorize/callback.rs"],
        tests: &["tegata_core", "scenarios"],
    },
    Group {
        files: &[
            "crates/oidc/src/claim_sources.rs",
            "crates/oidc/src/decryption.rs",
            "crates/oidc/src/initiate.rs",
            "crates/oidc/src/keys.rs",
            "crates/oidc/src/logout.rs",
            "crates/oidc/src/logout/back_channel.rs",
            "crates/oidc/src/logout/front_channel.rs",
            "crates/oidc/src/open.rs",
            "crates/oidc/src/refresh.rs",
            "crates/oidc/src/replay.rs",
            "crates/oidc/src/session.rs",
            "crates/oidc/src/sign_in/device.rs",
            "crates/oidc/src/sign_in/exchange.rs",
            "crates/oidc/src/sign_in/finish.rs",
            "crates/oidc/src/sign_in/handed_over.rs",
            "crates/oidc/src/sign_in/one_time_code.rs",
            "crates/oidc/src/sign_in/pending.rs",
            "crates/oidc/src/sign_in/request.rs",
            "crates/oidc/src/sign_in/seal.rs",
            "crates/oidc/src/sign_in/verify.rs",
            "crates/oidc/src/user_info.rs",
            "crates/oidc/src/user_info/answer.rs",
        ],
        tests: &["tegata_oidc", "scenarios", "conformance"],
    },
];

/// A check with a switch.
struct Check {
    number: usize,
    file: &'static str,
    line: usize,
    shown: String,
    tests: &'static [&'static str],
}

/// Every check, or those of the files whose path contains one of `parts`.
pub(crate) fn run(workspace: &Workspace, parts: &[&str]) -> Result<Outcome, Complaints> {
    let chosen = |file: &str| parts.is_empty() || parts.iter().any(|part| file.contains(part));
    if !GROUPS.iter().flat_map(|group| group.files).any(|file| chosen(file)) {
        return Err(format!("no file of the verifier is called {parts:?}").into());
    }
    let target = workspace.target()?;
    let copy = target.join("checks");
    let started = Instant::now();
    copy_folder(&workspace.path(""), &copy).map_err(|error| format!("copying: {error}"))?;
    let checks = add_switches(&Workspace::at(&copy))?;
    let programs = build(&Workspace::at(&copy), &target)?;
    println!("{} checks, built in {} s", checks.len(), started.elapsed().as_secs());

    let mut survivors = Vec::new();
    // Number 0 is no check: everything passes.
    for program in &programs {
        if let Some(failed) = program.first_failure(0)? {
            return Err(format!("with every check in place, {failed} fails").into());
        }
    }
    for check in checks.iter().filter(|check| chosen(check.file)) {
        let tests =
            check.tests.iter().filter_map(|name| programs.iter().find(|it| it.name == *name));
        let mut failed = None;
        for program in tests {
            failed = program.first_failure(check.number)?;
            if failed.is_some() {
                break;
            }
        }
        let verdict = failed.unwrap_or_else(|| "NO TEST FAILS".to_owned());
        println!("{}:{}: {}\n    {verdict}", check.file, check.line, check.shown);
        if verdict == "NO TEST FAILS" {
            survivors.push(format!("{}: {}", check.file, check.shown));
        }
    }
    let known = Survivors::read(workspace, survivors::CHECKS)?;
    Complaints::none_or(known.compare(&survivors, chosen))
}

/// Puts switches into the sources of the copy.
fn add_switches(copy: &Workspace) -> Result<Vec<Check>, String> {
    let mut all = Vec::new();
    for group in GROUPS {
        for &file in group.files {
            let path = copy.path(file);
            let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
            let switched = switches::add(&text, all.len() + 1);
            fs::write(&path, switched.text).map_err(|error| format!("{file}: {error}"))?;
            let numbers = all.len() + 1..;
            all.extend(numbers.zip(switched.checks).map(|(number, (line, shown))| Check {
                number,
                file,
                line,
                shown,
                tests: group.tests,
            }));
        }
    }
    for file in ["crates/core/src/lib.rs", "crates/jose/src/lib.rs", "crates/oidc/src/lib.rs"] {
        let path = copy.path(file);
        let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        fs::write(&path, text + IS_OFF).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(all)
}

const IS_OFF: &str = r#"
pub(crate) fn check_is_off(number: usize) -> bool {
    static OFF: std::sync::LazyLock<Option<usize>> =
        std::sync::LazyLock::new(|| std::env::var("CHECK_OFF").ok()?.parse().ok());
    *OFF == Some(number)
}
"#;

/// A program of tests.
struct Program {
    name: String,
    path: String,
    folder: PathBuf,
}

fn build(copy: &Workspace, target: &Path) -> Result<Vec<Program>, String> {
    let printed = Command::cargo(copy)
        .arguments(&["test", "--no-run", "--message-format=json-render-diagnostics", "--lib"])
        .arguments(&["--test", "attacks", "--test", "conformance", "--test", "scenarios"])
        .arguments(&["-p", "tegata-core", "-p", "tegata-jose", "-p", "tegata-oidc"])
        .arguments(&["-p", "tegata-tests"])
        .variable("CARGO_TARGET_DIR", target)
        .capture()?;
    let artifacts = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs = artifacts.filter_map(|artifact| {
        let text = |pointer: &str| artifact.pointer(pointer)?.as_str().map(str::to_owned);
        Some(Program {
            name: text("/target/name")?,
            path: text("/executable")?,
            folder: PathBuf::from(text("/manifest_path")?).parent()?.to_owned(),
        })
    });
    Ok(programs.collect())
}

impl Program {
    /// The first test that fails without the check of this number.
    ///
    /// # Errors
    ///
    /// The program does not start.
    fn first_failure(&self, off: usize) -> Result<Option<String>, String> {
        let complain = |error: io::Error| format!("{}: {error}", self.name);
        let output = self.folder.join("check.log");
        let file = File::create(&output).map_err(complain)?;
        // A check does not know by which transport a token came: one of the two will do.
        let skipped = ["--skip", "with_reqwest"];
        let mut child = process::Command::new(&self.path)
            .args(skipped)
            .current_dir(&self.folder)
            .env("CHECK_OFF", off.to_string())
            .env("PROPTEST_CASES", "16")
            .env("PROPTEST_FAILURE_PERSISTENCE", "off")
            .stdout(file)
            .stderr(process::Stdio::null())
            .spawn()
            .map_err(complain)?;
        let deadline = Instant::now() + TEST_DEADLINE;
        let succeeded = loop {
            match child.try_wait().map_err(complain)? {
                Some(status) => break status.success(),
                None if Instant::now() > deadline => {
                    drop(child.kill());
                    drop(child.wait());
                    return Ok(Some(format!("{}: no end", self.name)));
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        let printed = fs::read_to_string(&output).map_err(complain)?;
        let names = printed.lines().filter_map(|line| line.strip_prefix("test "));
        let failed = names.filter_map(|line| line.strip_suffix(" ... FAILED")).min();
        Ok(match failed {
            Some(name) => Some(format!("{}: {name}", self.name)),
            None if succeeded => None,
            None => Some(format!("{}: it ends early", self.name)),
        })
    }
}

/// Copies what git would keep; a file that is the same already stays as it is, and as old.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if Workspace::is_foreign(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&from, &to)?;
        } else if fs::read(&to).ok() != Some(fs::read(&from)?) {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

/// All tests of one program take seconds; without a check, a loop may have no end.
const TEST_DEADLINE: Duration = Duration::from_secs(180);
