//! `cargo xtask ci`: exactly what CI runs, in named parts.
//!
//! All parts share one target directory and, but for `features`, one set of features and one
//! profile, so that each dependency is built once to run and once to check. For that a part names the
//! workspace and a test in it, never a package: features would be resolved anew.

use serde_json::Value;

use crate::browser;
use crate::conformance;
use crate::interop;
use crate::layers;
use crate::readme;
use crate::report::{Complaints, Outcome, Report};
use crate::shell::Command;
use crate::tidy;
use crate::token_race;
use crate::tool;
use crate::workspace::{Workspace, name, packages};

/// One part of CI.
#[derive(Debug)]
pub(crate) struct Part {
    /// What to call it by.
    pub(crate) name: &'static str,
    /// What it shows when it passes.
    pub(crate) purpose: &'static str,
    run: fn(&Workspace) -> Result<Outcome, Complaints>,
}

/// Every part, quick ones first.
pub(crate) const PARTS: &[Part] = &[
    Part { name: "fmt", purpose: "the sources are formatted", run: fmt },
    Part { name: "tidy", purpose: "heads, lengths, manifests, links", run: tidy::run },
    Part { name: "layers", purpose: "no crate depends on one above it", run: layers::run },
    Part { name: "readme", purpose: "README and guide are doctests", run: readme::run },
    Part { name: "clippy", purpose: "no lint complains", run: clippy },
    Part { name: "test", purpose: "the tests of every crate", run: test },
    Part {
        name: "conformance",
        purpose: "the Foundation's tests, none missing",
        run: conformance::check,
    },
    Part { name: "token-race", purpose: "no grant is lost", run: token_race::short },
    Part { name: "benches", purpose: "the benchmarks run, once each", run: benches },
    Part { name: "docs", purpose: "the documentation has no broken link", run: docs },
    Part { name: "features", purpose: "each crate alone, no and all features", run: features },
    Part { name: "fuzz-replay", purpose: "fuzz seeds and regressions", run: fuzz_replay },
    Part { name: "interop", purpose: "against two providers not ours", run: interop::run },
    Part { name: "browser", purpose: "our pages, in a real browser", run: browser::run },
    Part { name: "deny", purpose: "licences and sources of dependencies", run: deny },
    Part { name: "msrv", purpose: "the stated Rust version suffices", run: msrv },
];

/// The parts that the arguments ask for: all, these, or all without these.
///
/// # Errors
///
/// The first name that no part has.
pub(crate) fn select<'a>(arguments: &[&'a str]) -> Result<Vec<&'static Part>, &'a str> {
    let (without, names) = match arguments {
        ["--without", names @ ..] => (true, names),
        names => (names.is_empty(), names),
    };
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|part| part.name != **name)) {
        return Err(unknown);
    }
    Ok(PARTS.iter().filter(|part| names.contains(&part.name) != without).collect())
}

/// Runs the parts, one after the other, whether or not one before has failed.
pub(crate) fn run(parts: &[&Part], workspace: &Workspace, report: &mut Report) {
    for part in parts {
        report.part(part.name, || (part.run)(workspace));
    }
}

fn fmt(workspace: &Workspace) -> Result<Outcome, Complaints> {
    Command::cargo(workspace).arguments(&["fmt", "--all", "--check"]).run()
}

fn clippy(workspace: &Workspace) -> Result<Outcome, Complaints> {
    Command::cargo(workspace)
        .arguments(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .run()
}

fn test(workspace: &Workspace) -> Result<Outcome, Complaints> {
    Command::cargo(workspace).arguments(&["test", "--workspace"]).run()
}

/// In test mode, which runs each once: a release build would build every dependency once more.
fn benches(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let metadata = workspace.metadata()?;
    if !packages(&metadata).any(|package| has_target(package, "bench")) {
        return Ok(Outcome::Skipped("there are no benchmarks yet".to_owned()));
    }
    Command::cargo(workspace).arguments(&["test", "--workspace", "--bench", "*"]).run()
}

fn docs(workspace: &Workspace) -> Result<Outcome, Complaints> {
    Command::cargo(workspace)
        .arguments(&["doc", "--workspace", "--no-deps"])
        .variable("RUSTDOCFLAGS", "-D warnings")
        .run()
}

/// Each crate that users get, by itself: nothing that another crate turns on can help it.
fn features(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let metadata = workspace.metadata()?;
    let published = packages(&metadata).filter(|package| package["publish"].is_null());
    for package in published {
        let has_features = package["features"].as_object().is_some_and(|all| !all.is_empty());
        let choices: &[&[&str]] =
            if has_features { &[&["--no-default-features"], &["--all-features"]] } else { &[&[]] };
        for choice in choices {
            Command::cargo(workspace)
                .arguments(&["clippy", "--quiet", "--package", name(package)])
                .arguments(choice)
                .arguments(&["--", "-D", "warnings"])
                .run()?;
        }
    }
    Ok(Outcome::Passed)
}

fn fuzz_replay(workspace: &Workspace) -> Result<Outcome, Complaints> {
    if !workspace.path("fuzz/Cargo.toml").exists() {
        return Ok(Outcome::Skipped("there is no fuzz workspace yet".to_owned()));
    }
    let metadata = workspace.metadata()?;
    let target = metadata.get("target_directory").and_then(Value::as_str).unwrap_or("target");
    Command::cargo(workspace)
        .arguments(&["test", "--manifest-path", "fuzz/Cargo.toml"])
        .variable("CARGO_TARGET_DIR", target)
        .run()
}

/// Licences, bans and sources need no network; advisories do, and are a job of their own.
fn deny(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let Some(path) = tool::DENY.search_path(workspace)? else {
        return Ok(Outcome::Skipped(tool::DENY.missing()));
    };
    Command::cargo(workspace)
        .arguments(&["deny", "check", "bans", "licenses", "sources"])
        .variable("PATH", path)
        .run()
}

fn msrv(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let metadata = workspace.metadata()?;
    let version = packages(&metadata).find_map(|package| package["rust_version"].as_str());
    let version = version.ok_or("no member states a rust-version".to_owned())?;
    let rustup = || Command::new("rustup", workspace).arguments(&["run", version]);
    if !rustup().arguments(&["rustc", "--version"]).succeeds() {
        return Ok(Outcome::Skipped(format!("the toolchain {version} is not installed")));
    }
    rustup().arguments(&["cargo", "check", "--workspace"]).run()
}

fn has_target(package: &Value, kind: &str) -> bool {
    let is = |target: &Value| target.pointer("/kind/0").is_some_and(|found| found == kind);
    package["targets"].as_array().is_some_and(|targets| targets.iter().any(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Vec<&'static str> {
        select(arguments).unwrap().iter().map(|part| part.name).collect()
    }

    #[test]
    fn without_arguments_every_part_runs() {
        assert_eq!(names(&[]).len(), PARTS.len());
    }

    #[test]
    fn named_parts_run_alone_and_excluded_parts_do_not() {
        assert_eq!(names(&["layers", "fmt"]), ["fmt", "layers"]);
        assert!(!names(&["--without", "test"]).contains(&"test"));
        assert_eq!(names(&["--without", "test"]).len(), PARTS.len() - 1);
    }

    #[test]
    fn a_misspelt_part_is_refused() {
        assert_eq!(select(&["fmt", "tests"]).unwrap_err(), "tests");
    }
}
