//! Which file formats are there, and which one is this?

use super::{ReadError, WriteError};
use crate::RawTable;
use std::path::Path;
use verosim_core::Context;

/// File formats of flat tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma or otherwise delimited text (gzip allowed).
    Csv,
    /// Tab-delimited text.
    Tsv,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC file or stream.
    Arrow,
    /// One JSON object per line.
    Ndjson,
}

/// What the caller knows better than the file.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Field delimiter of text files; guessed when `None`.
    pub delimiter: Option<u8>,
    /// Most bytes that the table may take in memory; no limit when `None`.
    pub memory_limit: Option<u64>,
}

/// How the file was written, so that output can be written the same way, and what was noticed.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// Format found by content.
    pub format: FileFormat,
    /// Delimiter of text formats.
    pub delimiter: u8,
    /// Compressed with gzip.
    pub gzip: bool,
    /// What a person should know: `read as Latin-1`, `byte-order mark removed`.
    pub notes: Vec<String>,
}

/// Reads a whole table, recognising the format by content.
///
/// # Errors
/// [`ReadError`] says what is wrong and where, never quoting a cell.
pub fn read(
    _path: &Path,
    _options: &ReadOptions,
    _ctx: Context<'_>,
) -> Result<(RawTable, SourceInfo), ReadError> {
    unimplemented!()
}

/// Writes a table to a temporary name beside `path`, then renames it into place.
///
/// # Errors
/// [`WriteError`]; `path` is then as it was before.
pub fn write(_table: &RawTable, _path: &Path, _how: &SourceInfo, _overwrite: bool) -> Result<(), WriteError> {
    unimplemented!()
}
