//! The tables: how many tests of each profile pass, and where each test does.

use std::fmt::Write as _;

use super::expected::{PROFILES, Profile, tests};
use super::results::{Results, TRANSPORTS};

/// Profiles that share their tests: a column each.
const COLUMNS: usize = 7;

/// Where the tests are, seen from the page.
const FOLDER: &str = "../tests/tests/conformance";

/// The tables in Markdown, with links to the files that are written.
pub(crate) fn render(results: &Results, is_written: impl Fn(&str) -> bool) -> String {
    let [first, second] = TRANSPORTS;
    let link = |module: &str, test: &str| {
        let name = module.strip_prefix("oidcc-client-test-").unwrap_or(module);
        if is_written(test) { format!("[{name}]({FOLDER}/{test}.rs)") } else { name.to_owned() }
    };
    let mut page = String::new();
    let mut line = |text: String| {
        // Writing to a String does not fail.
        let _ = writeln!(page, "{text}");
    };
    line(format!("| profile | tests of the suite | pass on {first} | pass on {second} |"));
    line("|---|---|---|---|".to_owned());
    for profile in PROFILES {
        let passed = TRANSPORTS.map(|transport| passed(results, profile, transport));
        let tests = profile.count.map_or("".to_owned(), |count| count.to_string());
        line(format!("| {} | {tests} | {} | {} |", profile.title, passed[0], passed[1]));
    }
    let (columns, others) = PROFILES.split_at(COLUMNS);
    line(format!(
        "\nEach cell: for how many response types the test passes on {first} and on {second}.\n"
    ));
    let titles: Vec<_> = columns.iter().map(|profile| profile.title).collect();
    line(format!("| test | {} |", titles.join(" | ")));
    line(format!("|---|{}", "---|".repeat(COLUMNS)));
    for (module, test) in tests() {
        let cells: Vec<String> = columns.iter().map(|p| cell(results, p, &test)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            line(format!("| {} | {} |", link(module, &test), cells.join(" | ")));
        }
    }
    line("\n| test | profile | passes |".to_owned());
    line("|---|---|---|".to_owned());
    for profile in others {
        for (module, test) in tests() {
            let cell = cell(results, profile, &test);
            if !cell.is_empty() {
                line(format!("| {} | {} | {cell} |", link(module, &test), profile.title));
            }
        }
    }
    page
}

fn passed(results: &Results, profile: &Profile, transport: &str) -> usize {
    let one = |(module, kind): (String, &'static str)| {
        results.passed(profile, &[kind], transport, &module)
    };
    profile.tests().map(one).sum()
}

/// `3 + 3`, or `2 + 3 of 3` when something is missing; empty when the profile has no such test.
fn cell(results: &Results, profile: &Profile, test: &str) -> String {
    let kinds = profile.response_types(test);
    if kinds.is_empty() {
        return String::new();
    }
    let passed = TRANSPORTS.map(|transport| results.passed(profile, &kinds, transport, test));
    let sum = passed.map(|count| count.to_string()).join(" + ");
    if passed.iter().all(|count| *count == kinds.len()) {
        return sum;
    }
    format!("**{sum} of {}**", kinds.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_that_is_not_complete_shows_by_how_much() {
        let results = Results::read(
            "test hybrid::code_token::ureq::oidcc_client_test ... ok\n\
             test config::code::ureq::oidcc_client_test_idtoken_sig_none ... ok\n\
             test config::code::reqwest::oidcc_client_test_idtoken_sig_none ... ok\n",
        );
        let page = render(&results, |test| test.contains("sig_none"));
        assert!(page.contains("| Hybrid | 48 | 1 | 0 |"));
        assert!(page.contains("**1 + 0 of 3**"));
        assert!(page.contains("\n| oidcc-client-test |"), "no file, no link");
        assert!(page.contains("idtoken_sig_none.rs) | **0 + 0 of 1** |  |  | 1 + 1 |"));
    }
}
