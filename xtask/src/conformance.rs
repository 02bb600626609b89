//! `cargo xtask conformance`: the OpenID Foundation's tests of relying parties, counted.
//!
//! ```text
//!   cargo test --test conformance ─▶ results ─┐
//!                                  expected ──┴─▶ tables ─▶ printed, and compared with the page
//! ```
//!
//! | file | what |
//! |---|---|
//! | [`expected`] | which tests the suite has, in which profiles, for which response types |
//! | [`results`] | what `cargo test` said of each |
//! | [`tables`] | both, side by side |
//!
//! A test that is expected and not there is missing, and fails this command as a failed one does.
//! `--write` puts the tables into `docs/conformance.md`.

mod expected;
mod results;
mod tables;

use std::fs;

use crate::report::{Complaints, Outcome};
use crate::shell::Command;
use crate::workspace::{SourceFile, Workspace};
use results::Results;

const PAGE: &str = "docs/conformance.md";

const FOLDER: &str = "tests/tests/conformance/";

/// Around the part of the page that is written here.
const MARKS: [&str; 2] = ["<!-- begin: cargo xtask conformance --write -->", "<!-- end -->"];

/// Runs the tests and prints the tables; compares the page with them, or writes it.
pub(crate) fn run(workspace: &Workspace, write: bool) -> Result<Outcome, Complaints> {
    let (_, output) = Command::cargo(workspace)
        .arguments(&["test", "--workspace", "--test", "conformance", "--no-fail-fast"])
        .capture_any()?;
    let results = Results::read(&output);
    if results.is_empty() {
        return Err("no test ran: see cargo test --workspace --test conformance".to_owned().into());
    }
    let is_written = |test: &str| workspace.path(&format!("{FOLDER}{test}.rs")).exists();
    let tables = tables::render(&results, is_written);
    println!("{tables}");
    let path = workspace.path(PAGE);
    let page = fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    // As git may have checked it out on Windows.
    let page = page.replace("\r\n", "\n");
    let [before, after] = around(&page)?;
    let [begin, end] = MARKS;
    let written = format!("{before}{begin}\n\n{tables}\n{end}{after}");
    let mut complaints = results.complaints();
    complaints.extend(strangers(&workspace.files()?));
    if write {
        fs::write(&path, &written).map_err(|error| format!("{PAGE}: {error}"))?;
    } else if written != page {
        complaints.push(format!("{PAGE} is behind: cargo xtask conformance --write"));
    }
    Complaints::none_or(complaints)
}

/// As a part of CI: nothing is written.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, Complaints> {
    run(workspace, false)
}

/// Files of the folder that are no test of the suite: nothing would mount them.
fn strangers(files: &[SourceFile]) -> impl Iterator<Item = String> {
    let names = files.iter().filter_map(|file| file.path.strip_prefix(FOLDER)?.strip_suffix(".rs"));
    let modules = names.filter(|name| name.starts_with("oidcc_") || name.starts_with("rp_"));
    let unknown = modules.filter(|name| expected::tests().all(|(_, test)| test != *name));
    unknown.map(|name| format!("{FOLDER}{name}.rs is none of the suite's tests"))
}

/// What stands before and after the part that is written here.
fn around(page: &str) -> Result<[&str; 2], String> {
    let [begin, end] = MARKS;
    let parts = page.split_once(begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(end)?;
        Some([before, after])
    });
    parts.ok_or_else(|| format!("{PAGE} has no place for the tables: {begin} … {end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_stand_between_two_marks() {
        let [begin, end] = MARKS;
        let page = format!("words\n{begin}\nold\n{end}\nmore");
        assert_eq!(around(&page), Ok(["words\n", "\nmore"]));
        assert!(around("words").is_err());
    }

    #[test]
    fn a_file_that_no_plan_asks_for_is_found() {
        let file = |name: &str| SourceFile { path: format!("{FOLDER}{name}"), text: String::new() };
        let files = ["stage.rs", "oidcc_client_test.rs", "oidcc_client_test_own.rs"].map(file);
        let found: Vec<_> = strangers(&files).collect();
        assert_eq!(found.len(), 1);
        assert!(found.iter().all(|complaint| complaint.contains("oidcc_client_test_own")));
    }
}
