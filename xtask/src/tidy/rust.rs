//! Rules for Rust files: a head, a bearable length, no left-overs.

use crate::workspace::SourceFile;

/// Lines after which a file is worth a second look.
const LONG: usize = 500;
/// Lines that no file may have.
const TOO_LONG: usize = 800;

/// What makes one think again.
pub(super) fn warnings(file: &SourceFile) -> Vec<String> {
    let lines = file.text.lines().count();
    let long = file.is(".rs") && lines > LONG;
    long.then(|| format!("{} has {lines} lines", file.path)).into_iter().collect()
}

/// What must not be.
pub(super) fn complaints(file: &SourceFile) -> Vec<String> {
    if !file.is(".rs") {
        return Vec::new();
    }
    let path = &file.path;
    let mut complaints = Vec::new();
    // A fuzz target is three lines that name the body which is fuzzed.
    if !file.text.starts_with("//!") && !path.contains("fuzz_targets/") {
        complaints.push(format!("{path}: the first line does not say what the file is (//!)"));
    }
    if file.is("/mod.rs") && path.contains("/src/") {
        complaints.push(format!("{path}: name it after its folder, beside its folder"));
    }
    let lines = file.text.lines().count();
    if lines > TOO_LONG {
        complaints.push(format!("{path} has {lines} lines, more than {TOO_LONG}"));
    }
    for (number, line) in (1..).zip(file.text.lines()) {
        for (pattern, instead) in LEFT_OVERS {
            let pattern = pattern.concat();
            if line.contains(&pattern) && !EXCUSES.iter().any(|excuse| line.contains(excuse)) {
                complaints.push(format!("{path}:{number}: {pattern} {instead}"));
            }
        }
    }
    complaints
}

/// In two halves each, so that this file does not complain of itself.
const LEFT_OVERS: &[([&str; 2], &str)] = &[
    (["to", "do!("], "is not finished"),
    (["unimpl", "emented!("], "is not finished"),
    (["db", "g!("], "is for debugging"),
    (["FIX", "ME"], "is not finished"),
    (["#[ign", "ore"], "hides a test: mend it, remove it, or name the test that runs it"),
    (["#[al", "low("], "is silent for ever: use #[expect(…, reason = \"…\")]"),
    (["#![al", "low("], "is silent for ever: use #![expect(…, reason = \"…\")]"),
];

/// A test that another one starts in a process of its own is not hidden; and where a lint holds in
/// some test binaries only, `expect` is not possible, but a reason is.
const EXCUSES: &[&str] = &[" = \"run by ", ", reason = \""];

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints_about(text: &str) -> Vec<String> {
        complaints(&SourceFile { path: "src/x.rs".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn a_tidy_file_passes() {
        assert!(complaints_about("//! Adds numbers.\n\nfn add() {}\n").is_empty());
    }

    #[test]
    fn a_file_without_a_head_is_found() {
        assert_eq!(complaints_about("fn add() {}\n").len(), 1);
    }

    #[test]
    fn a_module_is_named_after_its_folder_but_for_the_shared_part_of_tests() {
        let head = || "//! X.\n".to_owned();
        let file = SourceFile { path: "crates/x/src/y/mod.rs".to_owned(), text: head() };
        assert_eq!(complaints(&file).len(), 1);
        let file = SourceFile { path: "crates/x/tests/support/mod.rs".to_owned(), text: head() };
        assert!(complaints(&file).is_empty());
    }

    #[test]
    fn an_overlong_file_is_found_and_a_long_one_is_mentioned() {
        let long = format!("//! Long.\n{}", "\n".repeat(LONG));
        assert!(complaints_about(&long).is_empty());
        let file = SourceFile { path: "src/x.rs".to_owned(), text: long };
        assert_eq!(warnings(&file), ["src/x.rs has 501 lines"]);
        assert_eq!(complaints_about(&format!("//! Long.\n{}", "\n".repeat(TOO_LONG))).len(), 1);
    }

    #[test]
    fn a_reason_excuses_what_would_be_a_left_over() {
        let elsewhere = ["#[ign", "ore = \"run by another\"]"].concat();
        let sometimes = ["#[al", "low(dead_code, reason = \"only one binary has it\")]"].concat();
        assert!(complaints_about(&format!("//! X.\n{elsewhere}\n{sometimes}\n")).is_empty());
    }

    #[test]
    fn every_left_over_is_found_with_its_line() {
        for (pattern, _) in LEFT_OVERS {
            let found = complaints_about(&format!("//! X.\n{}\n", pattern.concat()));
            assert!(found.iter().any(|line| line.starts_with("src/x.rs:2: ")), "{pattern:?}");
        }
    }
}
