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
use crate::workspace::Workspace;
use results::Results;

const PAGE: &str = "docs/conformance.md";

/// Around the part of the page that is written here.
const MARKS: [&str; 2] = ["<!-- begin: cargo xtask conformance --write -->", "<!-- end -->"];

/// Runs the tests and prints the tables; compares the page with them, or writes it.
pub(crate) fn run(workspace: &Workspace, write: bool) -> Result<Outcome, Complaints> {
    let (_, output) = Command::cargo(workspace)
        .arguments(&[
            "test",
            "--package",
            "tegata-tests",
            "--test",
            "conformance",
            "--no-fail-fast",
        ])
        .capture_any()?;
    let results = Results::read(&output);
    if results.is_empty() {
        return Err("no test ran: see cargo test --package tegata-tests".to_owned().into());
    }
    let folder = workspace.path("tests/tests/conformance");
    let is_written = |test: &str| folder.join(format!("{test}.rs")).exists();
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
}
