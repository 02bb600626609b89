//! `cargo xtask browser`: the pages that we serve, in a real browser.
//!
//! ```text
//!   a browser of the system, or Debian's, unpacked ──▶ npm ci ──▶ cargo test --test browser
//! ```
//!
//! `TEGATA_BROWSER` names one; else one in the path is taken; else, where there is `apt-get`, Debian's
//! package is unpacked under `target` and nothing is installed. Without any it is skipped, aloud.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::Workspace;

/// Finds a browser, installs what drives it, runs the tests.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    for tool in ["node", "npm"] {
        if !Command::new(tool, workspace).arguments(&["--version"]).succeeds() {
            return Ok(Outcome::Skipped(format!("{tool} is not installed")));
        }
    }
    let Some(browser) = find(workspace).or_else(|| unpack(workspace)) else {
        return Ok(Outcome::Skipped("there is no Chromium, and none could be had".to_owned()));
    };
    if !workspace.path(FOLDER).join("node_modules").exists() {
        Command::new("npm", workspace).arguments(&["ci"]).folder(workspace, FOLDER).run()?;
    }
    Command::cargo(workspace)
        .arguments(&["test", "--workspace", "--test", "browser", "--", "--nocapture"])
        .variable("TEGATA_BROWSER", &browser)
        .run()
}

fn find(workspace: &Workspace) -> Option<String> {
    let runs =
        |program: &str| Command::new(program, workspace).arguments(&["--version"]).succeeds();
    let named = env::var("TEGATA_BROWSER").ok();
    let unpacked = folder(workspace).map(|folder| start_script(&folder));
    let unpacked = unpacked.map(|script| script.to_string_lossy().into_owned());
    let known = KNOWN.iter().map(|name| (*name).to_owned()).chain(unpacked);
    // The library that drives it wants a path.
    named.or_else(|| known.into_iter().find(|it| runs(it)).and_then(|it| absolute(&it)))
}

fn absolute(program: &str) -> Option<String> {
    if program.contains('/') {
        return Some(program.to_owned());
    }
    let folders = env::var_os("PATH")?;
    let found = env::split_paths(&folders).map(|it| it.join(program)).find(|it| it.is_file())?;
    Some(found.to_string_lossy().into_owned())
}

/// Debian's package and whatever it needs that is not there, beside the build's other products.
fn unpack(workspace: &Workspace) -> Option<String> {
    let folder = folder(workspace)?;
    let (packages, root) = (folder.join("packages"), folder.join("root"));
    fs::create_dir_all(packages.join("partial")).ok()?;
    let archives = format!("Dir::Cache::archives={}", packages.display());
    Command::new("apt-get", workspace)
        .arguments(&["install", "--yes", "--no-install-recommends", "--download-only"])
        .arguments(&["-o", "Debug::NoLocking=1", "-o", &archives, "chromium-headless-shell"])
        .run()
        .ok()?;
    for package in fs::read_dir(&packages).ok()?.flatten() {
        let path = package.path().to_string_lossy().into_owned();
        if path.ends_with(".deb") {
            let root = root.to_string_lossy();
            Command::new("dpkg-deb", workspace).arguments(&["-x", &path, &root]).run().ok()?;
        }
    }
    let script = start_script(&folder);
    fs::write(&script, START).ok()?;
    Command::new("chmod", workspace).arguments(&["+x", &script.to_string_lossy()]).run().ok()?;
    let script = script.to_string_lossy().into_owned();
    let runs = Command::new(&script, workspace).arguments(&["--version"]).succeeds();
    runs.then_some(script)
}

fn folder(workspace: &Workspace) -> Option<PathBuf> {
    let metadata = workspace.metadata().ok()?;
    let target = metadata.get("target_directory").and_then(Value::as_str)?;
    Some(Path::new(target).join("browser"))
}

fn start_script(folder: &Path) -> PathBuf {
    folder.join("chromium")
}

const FOLDER: &str = "tests/browser";

/// What a Chromium may be called.
const KNOWN: [&str; 4] =
    ["chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable"];

/// Starts the unpacked browser with the libraries that were unpacked with it.
const START: &str = r#"#!/bin/sh
root=$(dirname "$0")/root
libraries=$(find "$root/usr/lib" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' ':')
LD_LIBRARY_PATH=$libraries exec "$root/usr/lib/chromium/chromium-headless-shell" "$@"
"#;
