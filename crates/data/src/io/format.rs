//! Which file formats are there, and which one is this?

use super::{Parts, ReadError, WriteError, atomic, columnar, delimited, ndjson};
use crate::RawTable;
use std::io::Write;
use std::path::Path;
use verosim_core::{Context, did_you_mean};

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

impl FileFormat {
    /// The format that a file name asks for, and whether it asks for gzip; `None` when it says nothing.
    #[must_use]
    pub fn from_extension(path: &Path) -> Option<(Self, bool)> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let (name, gzip) = name.strip_suffix(".gz").map_or((name.as_str(), false), |name| (name, true));
        let format = match name.rsplit_once('.')?.1 {
            "csv" | "txt" => Self::Csv,
            "tsv" | "tab" => Self::Tsv,
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "feather" | "ipc" => Self::Arrow,
            "ndjson" | "jsonl" => Self::Ndjson,
            _ => return None,
        };
        Some((format, gzip))
    }

    /// Whether a person can read it in an editor.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::Ndjson)
    }

    /// The usual extension.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Ndjson => "ndjson",
        }
    }
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

impl SourceInfo {
    /// Plain files of `format`, as nothing else is known.
    #[must_use]
    pub fn of(format: FileFormat) -> Self {
        let delimiter = if format == FileFormat::Tsv { b'\t' } else { b',' };
        Self { format, delimiter, gzip: false, notes: Vec::new() }
    }

    /// Like `self`, unless the name of `path` asks for another format.
    #[must_use]
    pub fn for_path(&self, path: &Path) -> Self {
        match FileFormat::from_extension(path) {
            Some((format, gzip)) if format == self.format => Self { gzip, ..self.clone() },
            Some((format, gzip)) => Self { gzip, ..Self::of(format) },
            None => self.clone(),
        }
    }
}

/// Most columns of a table.
pub(super) const MOST_COLUMNS: usize = 100_000;

/// Reads a whole table, recognising the format by content.
///
/// # Errors
/// [`ReadError`] says what is wrong and where, never quoting a cell.
///
/// # Cost
/// One pass; memory for the distinct texts of each column and four bytes per cell.
pub fn read(
    path: &Path,
    options: &ReadOptions,
    ctx: Context<'_>,
) -> Result<(RawTable, SourceInfo), ReadError> {
    let mut parts = Parts::open(path, options, usize::MAX)?;
    let Some(whole) = parts.next_part(ctx)? else {
        return Err(ReadError::NoRows { path: path.display().to_string() });
    };
    // All rows are in the first part; what stopped the reading is told behind them.
    parts.next_part(ctx)?;
    Ok((whole.table, parts.info()))
}

/// Writes a table to a temporary name beside `path`, then renames it into place.
///
/// # Errors
/// [`WriteError`]; `path` is then as it was before.
pub fn write(table: &RawTable, path: &Path, how: &SourceInfo, overwrite: bool) -> Result<(), WriteError> {
    atomic::write(path, overwrite, |file| match how.format {
        FileFormat::Parquet => columnar::write_parquet(table, file, path),
        FileFormat::Arrow => columnar::write_arrow(table, file, path),
        FileFormat::Csv | FileFormat::Tsv | FileFormat::Ndjson => {
            let mut text = TextSink::new(file, how);
            text.write(table).and_then(|()| text.finish()).map_err(|source| WriteError::io(path, source))
        }
    })
}

/// Writes a table that comes in parts of equal columns until `next` gives `None`; whole or not at all.
///
/// Text formats hold one part at a time; the columns of Parquet and Arrow are typed by all their cells, so for these
/// the parts are joined in memory first.
///
/// # Errors
/// [`WriteError`], or what `next` gives; `path` is then as it was before.
pub fn write_parts<E: From<WriteError>>(
    path: &Path,
    how: &SourceInfo,
    overwrite: bool,
    mut next: impl FnMut() -> Result<Option<RawTable>, E>,
) -> Result<(), E> {
    atomic::write(path, overwrite, |file| {
        if matches!(how.format, FileFormat::Parquet | FileFormat::Arrow) {
            let mut whole = next()?.unwrap_or_default();
            while let Some(part) = next()? {
                if !whole.append(&part) {
                    let (path, format) = (path.display().to_string(), how.format.extension());
                    return Err(WriteError::Format {
                        path,
                        format,
                        why: "its parts differ in columns".into(),
                    }
                    .into());
                }
            }
            match how.format {
                FileFormat::Parquet => columnar::write_parquet(&whole, file, path)?,
                _ => columnar::write_arrow(&whole, file, path)?,
            }
            return Ok(());
        }
        let io = |source| WriteError::io(path, source);
        let mut text = TextSink::new(file, how);
        while let Some(part) = next()? {
            text.write(&part).map_err(io)?;
        }
        text.finish().map_err(io)?;
        Ok(())
    })
}

/// A text file that is written part by part.
pub struct TextSink<W: Write> {
    to: Packing<W>,
    format: FileFormat,
    delimiter: u8,
    begun: bool,
}

enum Packing<W: Write> {
    Plain(W),
    Gzip(flate2::write::GzEncoder<W>),
}

impl<W: Write> TextSink<W> {
    /// Writes to `to` as `how` says; formats other than text as CSV.
    #[must_use]
    pub fn new(to: W, how: &SourceInfo) -> Self {
        let to = if how.gzip {
            Packing::Gzip(flate2::write::GzEncoder::new(to, flate2::Compression::fast()))
        } else {
            Packing::Plain(to)
        };
        Self { to, format: how.format, delimiter: how.delimiter, begun: false }
    }

    /// Appends the rows of `table`; the first part also writes the header.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn write(&mut self, table: &RawTable) -> std::io::Result<()> {
        let header = !std::mem::replace(&mut self.begun, true);
        let to: &mut dyn Write = match &mut self.to {
            Packing::Plain(to) => to,
            Packing::Gzip(to) => to,
        };
        match self.format {
            FileFormat::Ndjson => ndjson::write(table, &mut { to }),
            _ => delimited::write(table, &mut { to }, self.delimiter, header),
        }
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn finish(self) -> std::io::Result<()> {
        self.into_inner().map(|_| ())
    }

    /// Ends the stream and gives back what was written to.
    pub(super) fn into_inner(self) -> std::io::Result<W> {
        let mut to = match self.to {
            Packing::Plain(to) => to,
            Packing::Gzip(to) => to.finish()?,
        };
        to.flush()?;
        Ok(to)
    }
}

pub(super) fn missing(path: &Path, source: std::io::Error) -> ReadError {
    let name = path.display().to_string();
    if source.kind() != std::io::ErrorKind::NotFound {
        return ReadError::Io { path: name, source };
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .take(10_000)
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let nearest = did_you_mean(&wanted, names.iter().map(String::as_str)).map(str::to_owned);
    ReadError::NotFound { path: name, nearest }
}
