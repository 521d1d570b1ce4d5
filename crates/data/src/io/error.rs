//! Why could a file not be read or written?

use verosim_core::Hint;

/// Why a file could not be read. Names lines, columns and counts; never a cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no file `{path}`")]
    NotFound {
        /// File as asked.
        path: String,
        /// The nearest name in the same folder.
        nearest: Option<String>,
    },
    /// A folder where a file is expected.
    #[error("`{path}` is a folder, not a table file")]
    Folder {
        /// Folder.
        path: String,
    },
    /// The operating system refused.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// File.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
    /// Nothing in it.
    #[error("`{path}` is empty")]
    Empty {
        /// File.
        path: String,
    },
    /// A header and nothing below it.
    #[error("`{path}` has a header but no rows")]
    NoRows {
        /// File.
        path: String,
    },
    /// The header names nothing.
    #[error("`{path}`: none of the {columns} columns of the first line has a name")]
    NoNames {
        /// File.
        path: String,
        /// Columns.
        columns: usize,
    },
    /// A column name occurs twice.
    #[error("`{path}`: column names repeat: {}", names.join(", "))]
    RepeatedNames {
        /// File.
        path: String,
        /// The names that repeat, up to five.
        names: Vec<String>,
    },
    /// Rows with too few or too many cells.
    #[error("`{path}`: {rows} rows do not have {expected} cells (lines {})", list(lines))]
    Ragged {
        /// File.
        path: String,
        /// How many rows.
        rows: usize,
        /// Cells that the header has.
        expected: usize,
        /// Line numbers of the first ones.
        lines: Vec<u64>,
    },
    /// A quoted cell that never ends.
    #[error("`{path}`: the quote in the row that begins on line {line} is never closed")]
    OpenQuote {
        /// File.
        path: String,
        /// Line.
        line: u64,
    },
    /// Bytes that are no table.
    #[error("`{path}` is not a table: {what}")]
    Binary {
        /// File.
        path: String,
        /// What it seems to be.
        what: &'static str,
    },
    /// A known format, but broken.
    #[error("`{path}` is a damaged {format} file: {why}")]
    Damaged {
        /// File.
        path: String,
        /// Format.
        format: &'static str,
        /// What the reader of the format says; names offsets and columns.
        why: String,
    },
    /// A column of a type that flat tables do not have.
    #[error("`{path}`: column `{column}` holds {found}, which a flat table cannot")]
    Nested {
        /// File.
        path: String,
        /// Column.
        column: String,
        /// Its type.
        found: String,
    },
    /// More columns than any engine can hold.
    #[error("`{path}` has {columns} columns, more than the {limit} that a table may have")]
    TooWide {
        /// File.
        path: String,
        /// Columns.
        columns: usize,
        /// Limit.
        limit: usize,
    },
    /// One row is longer than anything sensible.
    #[error("`{path}`: the row that begins on line {line} is longer than {limit_mib} MiB")]
    LongRow {
        /// File.
        path: String,
        /// Line.
        line: u64,
        /// Limit.
        limit_mib: u64,
    },
    /// The table does not fit the memory limit.
    #[error("`{path}` needs more than the {} MiB that may be used (stopped at row {rows})", limit >> 20)]
    TooLarge {
        /// File.
        path: String,
        /// Rows read until then.
        rows: usize,
        /// Limit in bytes.
        limit: u64,
    },
    /// The caller asked to stop.
    #[error(transparent)]
    Interrupted(#[from] verosim_core::Interrupted),
}

impl ReadError {
    /// Whether more memory would help, rather than another file.
    #[must_use]
    pub fn is_resource(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

impl Hint for ReadError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::NotFound { nearest: None, .. } => "check the path; relative paths start where you are".into(),
            Self::Folder { .. } => "name one file: CSV, TSV, Parquet, Arrow or NDJSON".into(),
            Self::Io { .. } => "check that the file is there and that you may read it".into(),
            Self::Empty { .. } | Self::NoRows { .. } => "check that the export finished".into(),
            Self::NoNames { .. } => "the first line must name the columns".into(),
            Self::RepeatedNames { .. } => "give every column a name of its own".into(),
            Self::Ragged { .. } => {
                "a stray delimiter or line break does this: quote such cells, or name the delimiter with `--delimiter`".into()
            }
            Self::OpenQuote { .. } => "close the quote, or double it if it belongs to the text".into(),
            Self::Binary { .. } => "export the table as CSV, Parquet, Arrow or NDJSON".into(),
            Self::Damaged { .. } => "write the file again; it may have been cut short".into(),
            Self::Nested { .. } => "flatten the column or leave it out".into(),
            Self::TooWide { .. } => "choose the columns that matter, or store repeated measurements as rows".into(),
            Self::LongRow { .. } => "an unclosed quote or a missing line break does this".into(),
            Self::TooLarge { .. } => "raise `--memory-limit`, or bring fewer rows or columns".into(),
            Self::Interrupted(_) => return None,
        })
    }
}

fn list(lines: &[u64]) -> String {
    let shown: Vec<String> = lines.iter().map(u64::to_string).collect();
    shown.join(", ")
}

/// Why a file could not be written. Nothing half-written is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file is there already.
    #[error("`{path}` exists already")]
    Exists {
        /// File.
        path: String,
    },
    /// No space is left.
    #[error("cannot write `{path}`: the disk is full")]
    DiskFull {
        /// File.
        path: String,
    },
    /// The operating system refused: read-only folder, no such folder.
    #[error("cannot write `{path}`: {source}")]
    Io {
        /// File.
        path: String,
        /// Cause.
        source: std::io::Error,
    },
    /// The format's own writer refused.
    #[error("cannot write `{path}` as {format}: {why}")]
    Format {
        /// File.
        path: String,
        /// Format.
        format: &'static str,
        /// Cause.
        why: String,
    },
}

impl WriteError {
    /// Names disk-full errors, whatever writer they came through.
    #[must_use]
    pub fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        let path = path.display().to_string();
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            Self::DiskFull { path }
        } else {
            Self::Io { path, source }
        }
    }
}

impl Hint for WriteError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Exists { .. } => "choose another name, or say `--overwrite`".into(),
            Self::DiskFull { .. } => {
                "free some space or write elsewhere; nothing half-written was left behind".into()
            }
            Self::Io { .. } => "check that the folder is there and that you may write to it".into(),
            Self::Format { .. } => "write CSV instead: name the output `.csv`".into(),
        })
    }
}
