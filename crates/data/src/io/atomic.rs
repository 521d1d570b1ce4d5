//! How does a file appear whole or not at all?

use super::WriteError;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Writes through a temporary name in the same folder, then renames; on any error the temporary file is removed and
/// `path` is as it was.
pub(super) fn write<E: From<WriteError>>(
    path: &Path,
    overwrite: bool,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    if !overwrite && path.exists() {
        return Err(WriteError::Exists { path: path.display().to_string() }.into());
    }
    let io = |source| WriteError::io(path, source);
    let temporary = temporary_name(path);
    let attempt = || {
        let mut file = BufWriter::with_capacity(1 << 18, File::create(&temporary).map_err(io)?);
        fill(&mut file)?;
        file.flush().map_err(io)?;
        file.get_ref().sync_all().map_err(io)?;
        fs::rename(&temporary, path).map_err(io)?;
        Ok(())
    };
    let result = attempt();
    if result.is_err() {
        // Best effort: the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// [`WriteError`]; `path` is then as it was before.
pub fn write_bytes_atomically(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), WriteError> {
    write(path, overwrite, |file| file.write_all(bytes).map_err(|source| WriteError::io(path, source)))
}

/// `data.csv` is written as `.data.csv.part`.
fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.part"))
}
