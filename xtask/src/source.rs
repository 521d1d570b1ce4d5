//! What are the source files of the workspace, and how long is their own code?

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust file of the workspace.
pub(crate) struct Source {
    /// Path from the workspace root, with `/`.
    pub(crate) path: String,
    /// Whole text.
    pub(crate) text: String,
}

impl Source {
    /// Lines before the inline tests: what a reader must hold in mind.
    pub(crate) fn impl_lines(&self) -> usize {
        self.text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count()
    }

    /// Whether the file holds tests, examples or benches only.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/")
            || self.path.contains("/examples/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
    }

    /// Folder below `crates/`, or `xtask`.
    pub(crate) fn room(&self) -> &str {
        let mut parts = self.path.split('/');
        match parts.next() {
            Some("crates") => parts.next().unwrap_or(""),
            Some(other) => other,
            None => "",
        }
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    // Asked at run time: a cached binary may have been built from a clone elsewhere.
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, |folder| Path::new(&folder).join(".."))
}

/// All Rust files under `crates` and `xtask`, sorted by path.
pub(crate) fn all() -> Vec<Source> {
    let mut found = Vec::new();
    for top in ["crates", "xtask"] {
        walk(&root().join(top), top, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &Path, name: &str, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{name}/{file}");
        if entry.path().is_dir() {
            if file != "target" {
                walk(&entry.path(), &path, found);
            }
        } else if entry.path().extension().is_some_and(|end| end == "rs")
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(Source { path, text });
        }
    }
}
