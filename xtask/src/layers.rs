//! `cargo xtask layers`: no crate depends on one above it (`docs/architecture.md`).
//!
//! The table below is the rule. A crate that it does not name fails, so a new crate gets its place
//! by a decision.

use std::fs;

use serde_json::Value;

use crate::report::{Complaints, Outcome};
use crate::workspace::{Workspace, name, packages};

/// A crate and those below it. A trailing `*` stands for any ending; the first row that fits counts.
struct Layer {
    name: &'static str,
    /// Touches no socket, file, clock, environment, thread or random source.
    pure: bool,
    /// The crates of ours that it may depend on.
    uses: &'static [&'static str],
    /// Those that its tests and examples may use besides.
    tests_use: &'static [&'static str],
}

const LAYERS: &[Layer] = &[
    Layer { name: "tegata-core", pure: true, uses: &[], tests_use: TESTKIT },
    Layer { name: "tegata-jose", pure: true, uses: &["tegata-core"], tests_use: TESTKIT },
    Layer { name: "tegata-oidc", pure: true, uses: JOSE_AND_BELOW, tests_use: TESTKIT },
    Layer { name: "tegata-tokens", pure: true, uses: &["tegata-core"], tests_use: TESTKIT },
    Layer { name: "tegata-providers", pure: true, uses: OIDC_AND_BELOW, tests_use: TESTKIT },
    Layer { name: "tegata-store-*", pure: false, uses: STORE, tests_use: TESTKIT },
    Layer { name: "tegata-system", pure: false, uses: &["tegata-core"], tests_use: &[] },
    Layer { name: "tegata-testkit", pure: false, uses: OIDC_AND_BELOW, tests_use: &["*"] },
    Layer { name: "tegata-ureq", pure: false, uses: BACKEND, tests_use: BACKEND_TESTS },
    Layer { name: "tegata-reqwest", pure: false, uses: BACKEND, tests_use: BACKEND_TESTS },
    Layer { name: "tegata-cli", pure: false, uses: &["*"], tests_use: &["*"] },
    Layer { name: "tegata-tests", pure: false, uses: &["*"], tests_use: &["*"] },
    Layer { name: "xtask", pure: false, uses: &[], tests_use: &[] },
];

const JOSE_AND_BELOW: &[&str] = &["tegata-core", "tegata-jose"];
const OIDC_AND_BELOW: &[&str] = &["tegata-core", "tegata-jose", "tegata-oidc"];
/// The file store has what every store on a local disk needs: beacons, key files.
const STORE: &[&str] = &["tegata-core", "tegata-store-file", "tegata-system", "tegata-tokens"];
const BACKEND: &[&str] =
    &["tegata-core", "tegata-jose", "tegata-oidc", "tegata-system", "tegata-tokens"];
const BACKEND_TESTS: &[&str] = &["tegata-providers", "tegata-testkit"];
const TESTKIT: &[&str] = &["tegata-testkit"];

/// Crates that bring a socket, a runtime or randomness: never named by a pure crate's manifest,
/// not even for its tests.
const IMPURE: &[&str] = &[
    "async-std",
    "chrono",
    "getrandom",
    "hyper",
    "mio",
    "native-tls",
    "rand",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "time",
    "tokio",
    "ureq",
];

/// Compares the workspace with the table.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let metadata = workspace.metadata()?;
    let mut complaints = check(&metadata);
    complaints.extend(missing_purity_lints(&metadata, workspace));
    Complaints::none_or(complaints)
}

/// Each dependency that the table does not allow.
fn check(metadata: &Value) -> Vec<String> {
    let members: Vec<&str> = packages(metadata).map(name).collect();
    let mut complaints = Vec::new();
    for package in packages(metadata) {
        let Some(layer) = layer(name(package)) else {
            complaints.push(format!("{} has no place in xtask/src/layers.rs", name(package)));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let for_tests = dependency["kind"] == "dev";
            let dependency = name(dependency);
            let allowed = if members.contains(&dependency) {
                matches(layer.uses, dependency) || for_tests && matches(layer.tests_use, dependency)
            } else {
                !(layer.pure && IMPURE.contains(&dependency))
            };
            if !allowed {
                complaints.push(format!("{} must not depend on {dependency}", name(package)));
            }
        }
    }
    complaints
}

/// Each pure crate whose `clippy.toml` is not that of the core, which forbids clock, files and so on.
fn missing_purity_lints(metadata: &Value, workspace: &Workspace) -> Vec<String> {
    let lints = |folder: &str| fs::read_to_string(workspace.path(folder).join("clippy.toml")).ok();
    let core = lints("crates/core");
    packages(metadata)
        .filter(|package| layer(name(package)).is_some_and(|layer| layer.pure))
        .map(|package| format!("crates/{}", name(package).trim_start_matches("tegata-")))
        .filter(|folder| core.is_none() || lints(folder) != core)
        .map(|folder| format!("{folder}/clippy.toml is not the same as crates/core/clippy.toml"))
        .collect()
}

fn layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| matches(&[layer.name], name))
}

fn matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => *pattern == name,
    })
}

#[cfg(test)]
mod tests;
