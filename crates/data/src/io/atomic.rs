//! How does a file appear whole or not at all?

use super::WriteError;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file under a temporary name in the same folder, until it is whole. Dropped before, it leaves nothing.
pub(super) struct Pending {
    path: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
    kept: bool,
}

impl Pending {
    pub(super) fn create(path: &Path, overwrite: bool) -> Result<Self, WriteError> {
        if !overwrite && path.exists() {
            return Err(WriteError::Exists { path: path.display().to_string() });
        }
        let temporary = temporary_name(path);
        let file = File::create(&temporary).map_err(|source| WriteError::io(path, source))?;
        Ok(Self {
            path: path.to_owned(),
            temporary,
            file: BufWriter::with_capacity(1 << 18, file),
            kept: false,
        })
    }

    pub(super) fn file(&mut self) -> &mut BufWriter<File> {
        &mut self.file
    }

    /// Puts the file in its place.
    pub(super) fn keep(mut self) -> Result<(), WriteError> {
        let io = |source| WriteError::io(&self.path, source);
        self.file.flush().map_err(io)?;
        self.file.get_ref().sync_all().map_err(io)?;
        fs::rename(&self.temporary, &self.path).map_err(io)?;
        self.kept = true;
        Ok(())
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.kept {
            // Best effort: the first error is the one to tell.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Writes through a temporary name in the same folder, then renames; on any error the temporary file is removed and
/// `path` is as it was.
pub(super) fn write<E: From<WriteError>>(
    path: &Path,
    overwrite: bool,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let mut pending = Pending::create(path, overwrite)?;
    fill(pending.file())?;
    Ok(pending.keep()?)
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
