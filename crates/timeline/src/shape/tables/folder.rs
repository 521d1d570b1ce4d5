//! Which tables lie in a folder?

use crate::TimelineError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use verosim_data::io::FileFormat;

/// Folders deeper than this are not looked into.
const DEPTH: usize = 3;
/// Most files that are looked at.
const MOST: usize = 10_000;

/// The table files of a folder and those below, by lower-case stem (`hosp/labevents`).
///
/// # Errors
/// When a folder cannot be listed, or two files have the same stem.
pub(super) fn tables(folder: &Path) -> Result<BTreeMap<String, PathBuf>, TimelineError> {
    let mut found = BTreeMap::new();
    let mut left = MOST;
    look(folder, "", DEPTH, &mut left, &mut found)?;
    Ok(found)
}

fn look(
    folder: &Path,
    prefix: &str,
    depth: usize,
    left: &mut usize,
    found: &mut BTreeMap<String, PathBuf>,
) -> Result<(), TimelineError> {
    let io = |source| TimelineError::reading(folder, source);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        paths.push(entry.map_err(io)?.path());
    }
    paths.sort();
    for path in paths {
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                look(&path, &format!("{prefix}{name}/"), depth - 1, left, found)?;
            }
        } else if FileFormat::from_extension(&path).is_some() {
            let name = name.strip_suffix(".gz").unwrap_or(&name);
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            let stem = format!("{prefix}{stem}").to_lowercase();
            if let Some(other) = found.insert(stem.clone(), path.clone()) {
                let why = format!("`{}` and `{}` are the same table", other.display(), path.display());
                let next = format!("leave one file of `{stem}` in the folder");
                let (path, shape) = (folder.display().to_string(), "a folder of tables");
                return Err(TimelineError::Broken { path, shape, why, next });
            }
        }
    }
    Ok(())
}
