//! Rules for manifests: dependencies sorted, versions and lints stated once, in the root.

use crate::workspace::SourceFile;

/// What is wrong with a `Cargo.toml`.
pub(super) fn complaints(file: &SourceFile) -> Vec<String> {
    if file.path != "Cargo.toml" && !file.is("/Cargo.toml") {
        return Vec::new();
    }
    let is_root = file.text.contains("[workspace]");
    let mut complaints = Vec::new();
    let mut say = |line: &str| complaints.push(format!("{}: {line}", file.path));
    for table in tables(&file.text).filter(|table| table.name.ends_with("dependencies")) {
        for (one, next) in table.entries.iter().zip(table.entries.iter().skip(1)) {
            if one.key > next.key {
                say(&format!("[{}] {} stands before {}", table.name, one.key, next.key));
            }
        }
        for entry in &table.entries {
            let ours = entry.value.contains("path =");
            if table.name == "workspace.dependencies" && !ours && !entry.is_lean() {
                say(&format!("{} neither turns default features off nor says why", entry.key));
            }
            if !is_root && !entry.is_shared() {
                say(&format!("{} does not take its version from the root", entry.key));
            }
        }
    }
    if !is_root && !file.text.contains("[lints]\nworkspace = true") {
        say("does not take the lints of the workspace");
    }
    complaints
}

struct Table<'a> {
    name: &'a str,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    /// The comment above, or nothing.
    comment: &'a str,
    key: &'a str,
    /// The rest of the first line.
    value: &'a str,
}

impl Entry<'_> {
    fn is_lean(&self) -> bool {
        self.value.contains("default-features = false")
            || self.value.contains('#')
            || !self.comment.is_empty()
    }

    fn is_shared(&self) -> bool {
        self.value.starts_with(".workspace = true") || self.value.contains("workspace = true")
    }
}

/// Reads as much of TOML as these manifests use: one entry a line, or an array over several.
fn tables(text: &str) -> impl Iterator<Item = Table<'_>> {
    let mut tables: Vec<Table<'_>> = Vec::new();
    let mut comment = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            tables.push(Table { name, entries: Vec::new() });
        } else if line.starts_with('#') {
            comment = line;
            continue;
        } else if line.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
            let (key, value) = line.split_at(end);
            if let Some(table) = tables.last_mut() {
                table.entries.push(Entry { comment, key, value });
            }
        }
        comment = "";
    }
    tables.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    fn member(text: &str) -> Vec<String> {
        let text = format!("{text}{LINTS}");
        complaints(&SourceFile { path: "crates/x/Cargo.toml".to_owned(), text })
    }

    fn root(text: &str) -> Vec<String> {
        let text = format!("[workspace]\n[workspace.dependencies]\n{text}");
        complaints(&SourceFile { path: "Cargo.toml".to_owned(), text })
    }

    #[test]
    fn a_tidy_manifest_passes() {
        let text =
            "[dependencies]\na.workspace = true\nb = { workspace = true, optional = true }\n";
        assert_eq!(member(text), Vec::<String>::new());
        assert_eq!(root("a = { version = \"1\", default-features = false }\n"), [""; 0]);
    }

    #[test]
    fn unsorted_dependencies_are_found() {
        let found = member("[dev-dependencies]\nb.workspace = true\na.workspace = true\n");
        assert_eq!(found, ["crates/x/Cargo.toml: [dev-dependencies] b stands before a"]);
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        assert_eq!(member("[dependencies]\na = \"1\"\n").len(), 1);
    }

    #[test]
    fn default_features_need_a_reason() {
        assert_eq!(root("a = \"1\"\n").len(), 1);
        assert_eq!(root("# It has no features.\na = \"1\"\n"), [""; 0]);
        assert_eq!(root("a = { path = \"crates/a\" }\n"), [""; 0]);
    }

    #[test]
    fn lints_of_its_own_are_found() {
        let text = "[package]\nname = \"x\"\n".to_owned();
        let file = SourceFile { path: "crates/x/Cargo.toml".to_owned(), text };
        assert_eq!(complaints(&file).len(), 1);
    }
}
