//! Is a run as it was made?

use crate::error::EngineError;
use crate::manifest::Manifest;
use std::path::Path;

/// Checks every file and the chain of records of a run.
///
/// # Errors
/// [`EngineError::Tampered`] names what differs; [`EngineError::CannotResume`] when there is no run.
pub fn verify(folder: &Path) -> Result<Manifest, EngineError> {
    let manifest = Manifest::read(folder)?.ok_or_else(|| EngineError::CannotResume {
        path: folder.display().to_string(),
        why: "there is no manifest in it".into(),
    })?;
    let changed = manifest.changed(folder);
    if changed.is_empty() {
        Ok(manifest)
    } else {
        Err(EngineError::Tampered { path: folder.display().to_string(), changed })
    }
}
