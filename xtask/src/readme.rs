//! `cargo xtask readme`: README, the guide and the providers' pages are compiled as doctests.
//!
//! The package `tegata-tests` includes each page in its own documentation, so an example that no
//! longer compiles fails `cargo test`. What is checked here is that no page was forgotten.

use crate::report::{Complaints, Outcome};
use crate::workspace::{SourceFile, Workspace};

/// Looks for pages with Rust examples that no doctest includes.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome, Complaints> {
    let files = workspace.files()?;
    let mut complaints = forgotten(&files);
    match files.iter().find(|file| file.path == "README.md") {
        Some(readme) if !has_example(readme) => {
            complaints.push("README.md has no Rust example".to_owned());
        }
        Some(_) => {}
        None => complaints.push("there is no README.md".to_owned()),
    }
    Complaints::none_or(complaints)
}

fn forgotten(files: &[SourceFile]) -> Vec<String> {
    let doctests = files.iter().find(|file| file.path == MOUNTED_IN);
    let doctests = doctests.map_or("", |file| file.text.as_str());
    files
        .iter()
        .filter(|file| FOLDERS.iter().any(|folder| file.path.starts_with(folder)))
        .filter(|page| has_example(page))
        .filter(|page| !doctests.contains(&format!("include_str!(\"../../{}\")", page.path)))
        .map(|page| format!("{} is not included in {MOUNTED_IN}", page.path))
        .collect()
}

fn has_example(page: &SourceFile) -> bool {
    page.is(".md") && page.text.lines().any(|line| line.starts_with("```rust"))
}

/// Where pages with examples are.
const FOLDERS: [&str; 4] = ["README.md", "docs/guide/", "docs/ja/", "docs/providers/"];

const MOUNTED_IN: &str = "tests/src/lib.rs";

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_page_with_an_example_that_nothing_compiles_is_found() {
        let page = file("docs/guide/errors.md", "```rust\nlet x = 1;\n```\n");
        let mounted = file(MOUNTED_IN, "#[doc = include_str!(\"../../docs/guide/errors.md\")]");
        assert!(forgotten(&[page, mounted]).is_empty());
        let page = file("docs/guide/errors.md", "```rust\nlet x = 1;\n```\n");
        assert_eq!(
            forgotten(&[page]),
            ["docs/guide/errors.md is not included in tests/src/lib.rs"]
        );
    }

    #[test]
    fn a_page_without_an_example_needs_no_doctest() {
        assert!(forgotten(&[file("docs/guide/choosing.md", "words\n")]).is_empty());
    }
}
