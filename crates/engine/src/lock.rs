//! Who may write into a folder just now, and what did a killed process leave there?

use crate::error::EngineError;
use std::fs::{File, TryLockError};
use std::path::Path;
use verosim_data::io::WriteError;

/// Held by the process that writes the folder; the system lets go of it when the process dies, however it dies.
pub(crate) const LOCK: &str = ".lock";

/// Keeps other processes out of `folder`; `None` where the file system has no locks.
///
/// # Errors
/// [`EngineError::Busy`] when another process is at work there.
pub(crate) fn lock(folder: &Path) -> Result<Option<File>, EngineError> {
    let file = folder.join(LOCK);
    let opened = File::options().create(true).truncate(false).write(true).open(&file);
    let opened = opened.map_err(|source| WriteError::io(&file, source))?;
    match opened.try_lock() {
        Ok(()) => Ok(Some(opened)),
        Err(TryLockError::WouldBlock) => Err(EngineError::Busy { path: folder.display().to_string() }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Whether a file of this name is one that a killed process left half-written.
pub(crate) fn is_leftover(name: &str) -> bool {
    name.strip_prefix('.').and_then(|name| name.strip_suffix(".part")).is_some()
}
