//! The rule for Markdown: every relative link leads to a file and to what it promises to find there.
//!
//! That is a heading for `[text](page.md#heading)` and a name for ``[`NAME`](file.rs)``, so that a
//! table of constants goes stale aloud.

use crate::workspace::SourceFile;

/// Each link that leads nowhere.
pub(super) fn broken_links(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for page in files.iter().filter(|file| file.is(".md")) {
        for (text, link) in links(&page.text) {
            if !leads_somewhere(text, link, page, files) {
                complaints.push(format!("{}: the link [{text}]({link}) leads nowhere", page.path));
            }
        }
    }
    complaints
}

fn leads_somewhere(text: &str, link: &str, page: &SourceFile, files: &[SourceFile]) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if path.is_empty() { page.path.clone() } else { resolve(&page.path, path) };
    let folder = format!("{path}/");
    match files.iter().find(|file| file.path == path) {
        Some(target) if target.is(".md") && !anchor.is_empty() => outside_code(&target.text)
            .filter(|line| line.starts_with('#'))
            .any(|heading| slug(heading) == anchor),
        Some(target) if target.is(".rs") => {
            code(text).is_none_or(|name| target.text.contains(name))
        }
        Some(_) => true,
        None => path.is_empty() || files.iter().any(|file| file.path.starts_with(&folder)),
    }
}

/// Text and target of each `[text](target)` that stays within the repository.
fn links(page: &str) -> impl Iterator<Item = (&str, &str)> {
    outside_code(page)
        .flat_map(|line| line.split("](").zip(line.split("](").skip(1)))
        .filter_map(|(before, after)| {
            let text = before.rsplit('[').next()?;
            Some((text, after.split([')', ' ']).next()?))
        })
        .filter(|(_, link)| !link.contains("://") && !link.starts_with("mailto:"))
}

/// What stands between backquotes, when that is all.
fn code(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.strip_suffix('`')
}

fn outside_code(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// The path that `link` means in the page at `page`.
fn resolve(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchor that a heading gets where the repository is shown.
fn slug(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    heading
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(page: &str, text: &str) -> Vec<String> {
        let file =
            |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        broken_links(&[
            file(page, text),
            file("LICENSE-MIT", ""),
            file("src/limits.rs", "pub const MAX_DEPTH: usize = 16;"),
            file("docs/guide/errors.md", "# Errors\n\n## What to do, and when\n"),
        ])
    }

    #[test]
    fn links_to_files_folders_and_headings_lead_somewhere() {
        let text = "[a](docs/guide/errors.md) [b](docs/) [c](LICENSE-MIT) [d](https://x.test/y)\n\
            [e](docs/guide/errors.md#what-to-do-and-when) [f](#here)\n# Here\n";
        assert_eq!(broken("README.md", text), [""; 0]);
        assert_eq!(broken("docs/a.md", "[up](../LICENSE-MIT) [down](./guide/errors.md)"), [""; 0]);
    }

    #[test]
    fn a_link_to_a_file_that_is_not_there_is_found() {
        assert_eq!(broken("docs/a.md", "[x](LICENSE-MIT)").len(), 1);
    }

    #[test]
    fn a_link_to_a_heading_that_is_not_there_is_found() {
        assert_eq!(broken("README.md", "[x](docs/guide/errors.md#gone)").len(), 1);
    }

    #[test]
    fn a_name_that_its_file_no_longer_has_is_found() {
        assert_eq!(broken("README.md", "[`MAX_DEPTH`](src/limits.rs) [x](src/limits.rs)"), [""; 0]);
        assert_eq!(broken("README.md", "[`MAX_HEIGHT`](src/limits.rs)").len(), 1);
    }

    #[test]
    fn code_is_no_link() {
        assert_eq!(broken("README.md", "```rust\nx[0](gone.md)\n```\n"), [""; 0]);
    }
}
