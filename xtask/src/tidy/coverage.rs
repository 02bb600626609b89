//! The rule for `docs/coverage.md`: what it names exists, and no test of the documents is missing.
//!
//! Names of the API are links, so [`markdown`](super::markdown) looks after them. A page that is
//! there in two languages has the same parts in both.

use std::collections::BTreeSet;

use crate::workspace::SourceFile;

/// Each name that leads nowhere, each test that no row names, each translation that fell behind.
pub(super) fn complaints(files: &[SourceFile]) -> Vec<String> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else { return Vec::new() };
    let named: BTreeSet<String> = rows(&page.text).flat_map(names).collect();
    let there: BTreeSet<String> = files.iter().filter_map(module).flat_map(tests).collect();
    let gone = named.difference(&there).map(|name| format!("{PAGE}: there is no test {name}"));
    let missing = there.difference(&named).map(|name| format!("{PAGE} does not name {name}"));
    gone.chain(missing).chain(translations(files)).collect()
}

fn rows(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter(|line| line.starts_with('|'))
}

/// What stands between backquotes and looks like `module::test`.
fn names(row: &str) -> impl Iterator<Item = String> {
    row.split('`').skip(1).step_by(2).filter(|text| text.contains("::")).map(str::to_owned)
}

/// The name and the text of a module of tests.
fn module(file: &SourceFile) -> Option<(&str, &str)> {
    let name = file.path.strip_prefix(TESTS)?.strip_suffix(".rs")?;
    Some((name, &file.text))
}

fn tests((module, text): (&str, &str)) -> Vec<String> {
    let functions = text.split("#[test]\nfn ").skip(1);
    functions
        .filter_map(|function| function.split('(').next())
        .map(|function| format!("{module}::{function}"))
        .collect()
}

/// A page and its translation: as many headings of each level, as many examples.
fn translations(files: &[SourceFile]) -> Vec<String> {
    let shape = |file: &SourceFile| -> Vec<usize> {
        let starts = ["# ", "## ", "### ", "```rust", "```html", "| "];
        let count = |start| file.text.lines().filter(|line| line.starts_with(start)).count();
        starts.into_iter().map(count).collect()
    };
    let page_of = |translation: &SourceFile| {
        let original = translation.path.strip_prefix("docs/ja/")?;
        files.iter().find(|file| file.path == format!("docs/providers/{original}"))
    };
    files
        .iter()
        .filter_map(|translation| Some((translation, page_of(translation)?)))
        .filter(|(translation, page)| shape(translation) != shape(page))
        .map(|(translation, page)| {
            format!("{} and {} have other headings or examples", translation.path, page.path)
        })
        .collect()
}

const PAGE: &str = "docs/coverage.md";
const TESTS: &str = "tests/tests/scenarios/documents/";

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    const CODE: &str = "#[test]\nfn step_1() {\n}\n\nfn helper() {}\n";

    #[test]
    fn a_table_that_names_each_test_is_complete() {
        let table = file(PAGE, "| Step 1 | [`Start`](a.rs) | `google::step_1` |\n");
        let code = file("tests/tests/scenarios/documents/google.rs", CODE);
        assert_eq!(complaints(&[table, code]), [""; 0]);
    }

    #[test]
    fn a_test_that_is_gone_and_one_that_is_not_named_are_found() {
        let table = file(PAGE, "| Step 1 | | `google::step_2` |\n");
        let code = file("tests/tests/scenarios/documents/google.rs", CODE);
        assert_eq!(
            complaints(&[table, code]),
            [
                "docs/coverage.md: there is no test google::step_2",
                "docs/coverage.md does not name google::step_1"
            ]
        );
    }

    #[test]
    fn a_translation_with_another_number_of_examples_fell_behind() {
        let table = file(PAGE, "");
        let page = |text| file("docs/providers/a.md", text);
        let translation = file("docs/ja/a.md", "# い\n\n```rust\n```\n");
        let text = "# A\n\n```rust\n```\n";
        assert_eq!(complaints(&[table, page(text), translation]), [""; 0]);
        let translation = file("docs/ja/a.md", "# い\n");
        assert_eq!(complaints(&[file(PAGE, ""), page(text), translation]).len(), 1);
    }
}
