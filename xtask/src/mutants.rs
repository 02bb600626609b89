//! `cargo xtask mutants [FILE…]`: changes the verifier in every way that cargo-mutants knows; a test
//! must fail.
//!
//! Each change is a build, so this runs for hours. `cargo xtask checks` asks the narrower question,
//! whether a test misses each check, in minutes. Survivors have to stand in `docs/mutants.md`.

pub(crate) mod survivors;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::tool;
use crate::workspace::Workspace;
use survivors::Survivors;

/// Files that one set of tests is there for. What matters most comes first.
struct Batch {
    name: &'static str,
    files: &'static [&'static str],
    /// Whose tests: of a package, or of the whole workspace.
    package: Option<&'static str>,
    tests: &'static [&'static str],
}

const BATCHES: &[Batch] = &[
    Batch {
        name: "id-token",
        files: &[
            "crates/jose/src/id_token/compare.rs",
            "crates/jose/src/id_token/hash.rs",
            "crates/jose/src/id_token/rules.rs",
            "crates/jose/src/id_token/verify.rs",
        ],
        package: Some("tegata-jose"),
        tests: &["attacks"],
    },
    Batch {
        name: "jose",
        files: &[
            "crates/jose/src/jws.rs",
            "crates/jose/src/claims.rs",
            "crates/jose/src/header.rs",
            "crates/jose/src/jwks.rs",
            "crates/jose/src/logout_token.rs",
            "crates/jose/src/user_info.rs",
            "crates/jose/src/security_event.rs",
            "crates/jose/src/authorization_response.rs",
            "crates/jose/src/base64url.rs",
            "crates/jose/src/jwk.rs",
            "crates/jose/src/jwk/ec.rs",
            "crates/jose/src/jwk/okp.rs",
            "crates/jose/src/jwk/rsa.rs",
            "crates/jose/src/jwk/spki.rs",
        ],
        package: Some("tegata-jose"),
        tests: &["attacks"],
    },
    Batch {
        name: "oidc",
        files: &[
            "crates/core/src/authorize/callback.rs",
            "crates/oidc/src/sign_in/exchange.rs",
            "crates/oidc/src/sign_in/finish.rs",
            "crates/oidc/src/sign_in/verify.rs",
            "crates/oidc/src/user_info.rs",
            "crates/oidc/src/user_info/answer.rs",
            "crates/oidc/src/decryption.rs",
            "crates/oidc/src/open.rs",
            "crates/oidc/src/logout/back_channel.rs",
            "crates/oidc/src/logout/front_channel.rs",
            "crates/oidc/src/refresh.rs",
            "crates/oidc/src/keys.rs",
            "crates/oidc/src/replay.rs",
            "crates/oidc/src/with_metadata.rs",
        ],
        package: None,
        tests: &["conformance", "scenarios"],
    },
];

/// Every file, or those whose path contains one of `parts`.
pub(crate) fn run(workspace: &Workspace, parts: &[&str]) -> Result<Outcome, Complaints> {
    let Some(path) = tool::MUTANTS.search_path(workspace)? else {
        return Ok(Outcome::Skipped(tool::MUTANTS.missing()));
    };
    let chosen = |file: &str| parts.is_empty() || parts.iter().any(|part| file.contains(part));
    if !BATCHES.iter().flat_map(|batch| batch.files).any(|file| chosen(file)) {
        return Err(format!("no file of the verifier is called {parts:?}").into());
    }
    let folder = workspace.target()?.join("mutants");
    let mut found = Vec::new();
    for batch in BATCHES {
        if batch.files.iter().any(|file| chosen(file)) {
            found.extend(batch.run(workspace, &path, &folder, chosen)?);
        }
    }
    let known = Survivors::read(workspace, survivors::MUTANTS)?;
    Complaints::none_or(known.compare(&found, chosen))
}

impl Batch {
    /// Runs it and returns what survived: by file and change, without line and column.
    fn run(
        &self,
        workspace: &Workspace,
        path: &OsStr,
        folder: &Path,
        chosen: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, String> {
        let output = folder.join(self.name);
        fs::create_dir_all(&output).map_err(|error| error.to_string())?;
        // One folder for all builds, so that a run does not begin with every dependency.
        let cargo = || {
            Command::cargo(workspace)
                .variable("CARGO_TARGET_DIR", folder.join("build"))
                .variable("PATH", path)
                .variable("CARGO_PROFILE_DEV_DEBUG", "false")
                .variable("PROPTEST_CASES", "16")
        };
        let output_text = output.to_string_lossy();
        let mut command = cargo()
            .arguments(&["mutants", "--jobs", "1", "--timeout", "300", "--output", &output_text])
            .arguments(&["--cargo-arg=--lib"]);
        command = match self.package {
            Some(package) => command.arguments(&["--test-package", package]),
            None => {
                // cargo-mutants tries the tests of the changed package alone without a change.
                let mut unchanged = cargo().arguments(&["test", "--quiet", "--workspace", "--lib"]);
                for test in self.tests {
                    unchanged = unchanged.arguments(&["--test", test]);
                }
                unchanged.run().map_err(|_| format!("{}: fails without a change", self.name))?;
                command.arguments(&["--test-workspace", "true", "--baseline", "skip"])
            }
        };
        for test in self.tests {
            command = command.arguments(&[&format!("--cargo-arg=--test={test}")]);
        }
        for file in self.files.iter().filter(|file| chosen(file)) {
            command = command.arguments(&["--file", file]);
        }
        // It does not succeed when a mutant survives: what it wrote tells this from a failure.
        drop(command.run());
        let read = |name: &str| fs::read_to_string(output.join("mutants.out").join(name));
        let outcomes = read("outcomes.json").map_err(|error| format!("no outcome: {error}"))?;
        if !was_tried(&outcomes) {
            return Err(format!("{}: nothing was tried, see above", self.name));
        }
        let missed = read("missed.txt").map_err(|error| format!("no outcome: {error}"))?;
        Ok(missed.lines().map(without_place).collect())
    }
}

/// Whether anything was changed at all: not when the tests fail without a change.
fn was_tried(outcomes: &str) -> bool {
    let outcomes: Option<Value> = serde_json::from_str(outcomes).ok();
    let tried = outcomes.and_then(|outcomes| outcomes.get("total_mutants")?.as_u64());
    tried.is_some_and(|tried| tried > 0)
}

/// `a.rs:12:3: replace …` is `a.rs: replace …`: an edit above it must not make it a new one.
fn without_place(line: &str) -> String {
    let mut parts = line.splitn(4, ':');
    match (parts.next(), parts.nth(2)) {
        (Some(file), Some(change)) => format!("{file}:{change}"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_whose_tests_fail_without_a_change_tried_nothing() {
        assert!(was_tried(r#"{"total_mutants": 70, "missed": 5}"#));
        assert!(!was_tried(r#"{"total_mutants": 0, "missed": 0}"#));
        assert!(!was_tried("{}") && !was_tried(""));
    }

    #[test]
    fn a_survivor_is_known_by_file_and_change_wherever_it_stands() {
        let line = "crates/a/src/b.rs:12:34: replace < with <= in C::d";
        assert_eq!(without_place(line), "crates/a/src/b.rs: replace < with <= in C::d");
    }
}
