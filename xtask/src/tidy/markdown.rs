//! The rule for Markdown: every relative link leads to a file and, in it, to a heading.

use crate::workspace::SourceFile;

/// Each link that leads nowhere.
pub(super) fn broken_links(files: &[SourceFile]) -> Vec<String> {
    let mut complaints = Vec::new();
    for page in files.iter().filter(|file| file.is(".md")) {
        for link in links(&page.text) {
            if !leads_somewhere(link, page, files) {
                complaints.push(format!("{}: the link {link} leads nowhere", page.path));
            }
        }
    }
    complaints
}

fn leads_somewhere(link: &str, page: &SourceFile, files: &[SourceFile]) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if path.is_empty() { page.path.clone() } else { resolve(&page.path, path) };
    let folder = format!("{path}/");
    match files.iter().find(|file| file.path == path) {
        Some(target) if target.is(".md") && !anchor.is_empty() => outside_code(&target.text)
            .filter(|line| line.starts_with('#'))
            .any(|heading| slug(heading) == anchor),
        Some(_) => true,
        None => path.is_empty() || files.iter().any(|file| file.path.starts_with(&folder)),
    }
}

/// The targets of `[text](target)` that stay within the repository.
fn links(text: &str) -> Vec<&str> {
    outside_code(text)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        .collect()
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
    fn code_is_no_link() {
        assert_eq!(broken("README.md", "```rust\nx[0](gone.md)\n```\n"), [""; 0]);
    }
}
