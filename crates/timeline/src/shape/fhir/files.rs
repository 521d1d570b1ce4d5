//! Which files of a folder hold FHIR, and how is each laid out?

use super::decimal;
use super::lines::{self, Line};
use crate::TimelineError;
use std::fs;
use std::path::{Path, PathBuf};

/// How a file holds resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One on each line.
    Lines,
    /// One document.
    Whole,
}

/// A file that holds resources.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// Where.
    pub path: PathBuf,
    /// How.
    pub layout: Layout,
    /// Whether its first line, or its head, is a resource.
    pub sure: bool,
    /// What findings call it. Files of Bundles are not called by their names, which may be those of patients.
    pub place: String,
}

/// The files of FHIR at `path`, in order of their names, and how many files were looked at.
///
/// # Errors
/// [`TimelineError`] when the folder cannot be read.
pub(super) fn find(path: &Path, longest: u64) -> Result<(Vec<Input>, usize), TimelineError> {
    let mut paths = Vec::new();
    if path.is_dir() {
        gather(path, 0, &mut paths)?;
    } else {
        paths.push(path.to_owned());
    }
    paths.sort();
    let looked = paths.len();
    let mut inputs = Vec::new();
    for path in paths {
        if let Some((layout, bundles, sure)) = look(&path, longest) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let place = if bundles || layout == Layout::Whole { "bundles".to_owned() } else { name };
            inputs.push(Input { path, layout, sure, place });
        }
    }
    Ok((inputs, looked))
}

/// Files that may hold JSON, two folders deep.
fn gather(folder: &Path, depth: usize, to: &mut Vec<PathBuf>) -> Result<(), TimelineError> {
    let io = |source| TimelineError::reading(folder, source);
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name =
            path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < 2 {
                gather(&path, depth + 1, to)?;
            }
            continue;
        }
        let plain = name.trim_end_matches(".gz");
        if [".ndjson", ".jsonl", ".json"].iter().any(|end| plain.ends_with(end)) {
            to.push(path);
        }
    }
    Ok(())
}

/// How a file holds resources, whether its first is a Bundle, and whether there is a first; `None` when it holds none.
fn look(path: &Path, longest: u64) -> Option<(Layout, bool, bool)> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let by_line = [".ndjson", ".jsonl"].iter().any(|end| name.trim_end_matches(".gz").ends_with(end));
    let mut stream = lines::open(path).ok()?;
    let mut line = Vec::new();
    while let Ok(Line::Whole) = lines::next(&mut *stream, &mut line, longest) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        return match decimal::parse(text) {
            Ok(value) if value.get("resourceType").is_some() => {
                Some((Layout::Lines, value["resourceType"] == "Bundle", true))
            }
            Ok(_) => by_line.then_some((Layout::Lines, false, false)),
            // A first line that is broken is one of many in NDJSON, and the head of a document elsewhere.
            Err(_) if by_line => Some((Layout::Lines, false, false)),
            Err(_) => whole(path).then_some((Layout::Whole, true, true)),
        };
    }
    by_line.then_some((Layout::Lines, false, false))
}

/// Whether a document speaks of resources near its head.
fn whole(path: &Path) -> bool {
    let Ok(mut stream) = lines::open(path) else { return false };
    let mut head = Vec::new();
    let mut reader = std::io::Read::take(&mut *stream, 1 << 16);
    // What could be read of a damaged file is enough to know it.
    let _ = std::io::Read::read_to_end(&mut reader, &mut head);
    String::from_utf8_lossy(&head).contains("\"resourceType\"")
}
