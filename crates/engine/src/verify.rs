//! Is a run as it was made, and was it finished?

use crate::error::EngineError;
use crate::manifest::Manifest;
use crate::run::STAGES;
use std::path::Path;

/// Checks every file and the chain of records of a run.
///
/// # Errors
/// [`EngineError::Tampered`] names what differs; [`EngineError::Unfinished`] the first stage that is not there;
/// [`EngineError::NotARun`] when there is no record at all.
pub fn verify(folder: &Path) -> Result<Manifest, EngineError> {
    let path = folder.display().to_string();
    let manifest = Manifest::read(folder)?.ok_or_else(|| EngineError::NotARun { path: path.clone() })?;
    let changed = manifest.changed(folder);
    if !changed.is_empty() {
        return Err(EngineError::Tampered { path, changed });
    }
    match STAGES.iter().find(|name| !manifest.stages.iter().any(|stage| stage.name == **name)) {
        Some(stage) => Err(EngineError::Unfinished { path, stage }),
        None => Ok(manifest),
    }
}
