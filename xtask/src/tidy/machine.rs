//! The rule for all files: nothing of the machine that a file was written on.

use crate::workspace::SourceFile;

/// Each path of a machine, and in a lock file each address of a registry.
pub(super) fn complaints(file: &SourceFile) -> Vec<String> {
    let found = |line: &str| match () {
        () if file.is("Cargo.lock") => {
            line.starts_with("source = ") && !line.ends_with("/crates.io-index\"")
        }
        () if file.is("package-lock.json") => line.contains("\"resolved\""),
        () => names_a_machine(line),
    };
    (1..)
        .zip(file.text.lines())
        .filter(|(_, line)| found(line))
        .map(|(number, line)| format!("{}:{number}: of one machine: {}", file.path, line.trim()))
        .collect()
}

fn names_a_machine(line: &str) -> bool {
    FOLDERS.iter().any(|folder| {
        line.split(&format!("/{folder}/"))
            .skip(1)
            .any(|rest| rest.starts_with(|next: char| next == '.' || next.is_ascii_lowercase()))
    })
}

const FOLDERS: &[&str] = &["home", "root", "tmp", "work"];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        complaints(&SourceFile { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in FOLDERS {
            assert_eq!(found("docs/a.md", &format!("see /{folder}/someone/x")), 1, "{folder}");
            assert_eq!(found("docs/a.md", &format!("/{folder} and {folder}/x")), 0, "{folder}");
        }
    }

    #[test]
    fn a_lock_file_names_no_other_registry() {
        assert_eq!(found("Cargo.lock", "source = \"registry+https://x.test/crates.io-index\""), 0);
        assert_eq!(found("Cargo.lock", "source = \"registry+https://mirror.test/index\""), 1);
        assert_eq!(found("a/package-lock.json", "\"resolved\": \"https://mirror.test/x\","), 1);
    }
}
