//! `cargo xtask tidy`: rules about the files themselves, which no compiler checks.
//!
//! | file | rules |
//! |---|---|
//! | [`rust`] | file heads, file length, left-overs, bare `allow` |
//! | [`manifest`] | sorted dependencies, shared versions and lints |
//! | [`markdown`] | every relative link leads to a file and, in it, to a heading |
//! | [`coverage`] | `docs/coverage.md` names every test of the documents; translations keep up |
//! | [`machine`] | nothing of the machine that a file was written on |

mod coverage;
mod machine;
mod manifest;
mod markdown;
mod rust;

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::{SourceFile, Workspace};

/// Checks every file of the repository; warnings are shown, complaints fail.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let files = workspace.files()?;
    for file in &files {
        rust::warnings(file).iter().for_each(|warning| println!("  warning: {warning}"));
    }
    let mut complaints: Vec<String> = files.iter().flat_map(complaints).collect();
    complaints.extend(coverage::complaints(&files));
    complaints.extend(markdown::broken_links(&files));
    complaints.extend(missing_lock_files(&files, workspace));
    Complaints::none_or(complaints)
}

fn complaints(file: &SourceFile) -> Vec<String> {
    let mut complaints = machine::complaints(file);
    complaints.extend(rust::complaints(file));
    complaints.extend(manifest::complaints(file));
    complaints
}

/// A lock file is part of the source: `.ci/run` and every user build what was tested.
///
/// Cargo mends a stale one in silence before this program even runs. So when it differs from the
/// commit and no manifest does, the commit was stale.
fn missing_lock_files(files: &[SourceFile], workspace: &Workspace) -> Vec<String> {
    let git = || Command::new("git", workspace);
    let under_git = git().arguments(&["rev-parse"]).succeeds();
    let is_tracked =
        |path: &str| git().arguments(&["ls-files", "--error-unmatch", path]).succeeds();
    let is_same = |path: &str| git().arguments(&["diff", "--quiet", "HEAD", "--", path]).succeeds();
    let manifests_are_committed = under_git && is_same("*Cargo.toml");
    files
        .iter()
        .filter(|file| file.is("Cargo.toml") && file.text.contains("[workspace]"))
        .map(|file| file.path.replace("Cargo.toml", "Cargo.lock"))
        .filter(|lock| {
            let is_there = files.iter().any(|file| file.path == *lock);
            !is_there || under_git && !is_tracked(lock) || manifests_are_committed && !is_same(lock)
        })
        .map(|lock| format!("{lock} is not committed"))
        .collect()
}
