//! Where the workspace is, which files it has, and what cargo knows about it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shell::Command;

/// The workspace as it lies on disk.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Relative to the root, with `/` on every system.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl SourceFile {
    /// Whether the file name ends so.
    pub(crate) fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }
}

impl Workspace {
    /// The workspace that this program belongs to.
    pub(crate) fn here() -> Self {
        let manifest =
            env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").into());
        Self::at(Path::new(&manifest).parent().unwrap_or(Path::new(".")))
    }

    /// The workspace in this folder.
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// A path in the workspace.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Every text file that belongs to the repository, sorted by path.
    pub(crate) fn files(&self) -> Result<Vec<SourceFile>, String> {
        let mut files = Vec::new();
        self.collect(&self.root, &mut files).map_err(|error| format!("reading files: {error}"))?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// What `cargo metadata` says about the members, without their dependencies' own metadata.
    pub(crate) fn metadata(&self) -> Result<Value, String> {
        let printed = Command::cargo(self)
            .arguments(&["metadata", "--format-version", "1", "--no-deps"])
            .capture()?;
        serde_json::from_str(&printed).map_err(|error| format!("cargo metadata: {error}"))
    }

    /// The folder that cargo builds in.
    pub(crate) fn target(&self) -> Result<PathBuf, String> {
        let metadata = self.metadata()?;
        let target = metadata.get("target_directory").and_then(Value::as_str);
        target.map(PathBuf::from).ok_or_else(|| "cargo names no target directory".to_owned())
    }

    /// Whether a folder or file of this name is no part of the repository.
    pub(crate) fn is_foreign(name: &str) -> bool {
        NOT_OURS.contains(&name)
    }

    fn collect(&self, folder: &Path, files: &mut Vec<SourceFile>) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if Self::is_foreign(&name) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.collect(&entry.path(), files)?;
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                let path = entry.path();
                let relative = path.strip_prefix(&self.root).unwrap_or(&path);
                let path = relative.to_string_lossy().replace('\\', "/");
                files.push(SourceFile { path, text });
            }
        }
        Ok(())
    }
}

/// The members that `cargo metadata` lists.
pub(crate) fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

/// A member's name.
pub(crate) fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

/// What `.gitignore` leaves out, and git's own folder.
const NOT_OURS: &[&str] = &[".git", "node_modules", "target"];
