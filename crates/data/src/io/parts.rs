//! How is a file of any size read in bounded memory?

use super::format::{FileFormat, ReadOptions, SourceInfo, missing};
use super::memory::Budget;
use super::{ReadError, columnar, delimited, ndjson, sniff};
use crate::{RawColumn, RawTable};
use std::path::Path;
use verosim_core::Context;

/// Rows between looks at the clock of the caller and at the memory.
const STRIDE: usize = 4_096;

/// A file that is read in parts of some rows, whatever its format.
///
/// # Example
/// ```
/// # use verosim_data::io::{Parts, ReadOptions};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("labs.csv");
/// std::fs::write(&path, "patient,value\n1,7.2\n1,7.4\n2,7.1\n").unwrap();
/// let ctx = verosim_core::Context::silent();
/// let mut parts = Parts::open(&path, &ReadOptions::default(), 2).unwrap();
/// let mut lines = Vec::new();
/// while let Some(part) = parts.next_part(ctx).unwrap() {
///     lines.extend((0..part.table.n_rows()).map(|row| part.lines.of(row)));
/// }
/// assert_eq!(lines, [2, 3, 4]);
/// ```
pub struct Parts {
    rows: Box<dyn Rows>,
    most: usize,
    budget: Budget,
    path: String,
    info: SourceInfo,
    keeps_ragged: bool,
    read: usize,
    /// What stopped the reading, told once the rows before it were given.
    stopped: Option<ReadError>,
    ended: bool,
}

/// Some rows of a file.
#[derive(Clone, Debug)]
pub struct Part {
    /// The rows. Parts of one file have the same columns in the same order; those of NDJSON may get more on the way.
    pub table: RawTable,
    /// Where each row begins in the file.
    pub lines: Lines,
}

/// On which line of a text file each row begins, counted from 1; row numbers where a format has no lines.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Rows whose line does not follow from the row before, with their lines: most files have one.
    breaks: Vec<(usize, u64)>,
}

impl Lines {
    /// The line of row `row`; 0 for a row that is not there.
    #[must_use]
    pub fn of(&self, row: usize) -> u64 {
        let at = self.breaks.partition_point(|&(first, _)| first <= row);
        at.checked_sub(1).map_or(0, |at| self.breaks[at].1 + (row - self.breaks[at].0) as u64)
    }

    pub(super) fn note(&mut self, row: usize, line: u64) {
        if self.of(row) != line || self.breaks.is_empty() {
            self.breaks.push((row, line));
        }
    }
}

/// Rows with too few or too many cells.
#[derive(Clone, Debug, Default)]
pub struct Ragged {
    /// How many.
    pub rows: usize,
    /// Cells that the header has.
    pub expected: usize,
    /// Line numbers of the first ones, at most five.
    pub lines: Vec<u64>,
}

/// Rows on their way into a part.
pub(super) struct Gathered {
    pub(super) columns: Vec<RawColumn>,
    pub(super) lines: Lines,
    pub(super) rows: usize,
}

/// What every format knows to do.
pub(super) trait Rows: Send {
    /// The columns known so far, without cells.
    fn columns(&self) -> Vec<RawColumn>;

    /// Reads up to `most` more rows and says whether there may be more. What was gathered before an error stays.
    fn fill(&mut self, to: &mut Gathered, most: usize) -> Result<bool, ReadError>;

    /// Rows that were left out since their cells do not fit the header.
    fn ragged(&self) -> Option<&Ragged> {
        None
    }

    /// What a person should know so far.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Parts {
    /// Opens `path`, recognising the format by content, to be read `most` rows at a time.
    ///
    /// # Errors
    /// [`ReadError`] when there is no such file, or its head is no table.
    ///
    /// # Cost
    /// Reads 64 KiB of text formats, and the footer of Parquet.
    pub fn open(path: &Path, options: &ReadOptions, most: usize) -> Result<Self, ReadError> {
        let metadata = std::fs::metadata(path).map_err(|source| missing(path, source))?;
        let name = path.display().to_string();
        if metadata.is_dir() {
            return Err(ReadError::Folder { path: name });
        }
        let opened = sniff::open(path)?;
        let mut info = SourceInfo { gzip: opened.gzip, ..SourceInfo::of(FileFormat::Ndjson) };
        let rows: Box<dyn Rows> = match opened.content {
            sniff::Content::Parquet => {
                info = SourceInfo::of(FileFormat::Parquet);
                Box::new(columnar::open_parquet(path)?)
            }
            sniff::Content::ArrowFile | sniff::Content::ArrowStream => {
                info = SourceInfo::of(FileFormat::Arrow);
                Box::new(columnar::open_arrow(path, opened.content == sniff::Content::ArrowStream)?)
            }
            sniff::Content::Json => Box::new(ndjson::Objects::new(path, opened.stream)),
            sniff::Content::Text => {
                info.delimiter = options.delimiter.unwrap_or_else(|| sniff::delimiter(&opened.head));
                info.format = if info.delimiter == b'\t' { FileFormat::Tsv } else { FileFormat::Csv };
                Box::new(delimited::Records::open(path, opened.stream, info.delimiter)?)
            }
        };
        if info.format.is_text() {
            info.notes = opened.notes;
        }
        Ok(Self {
            rows,
            most: most.max(1),
            budget: Budget::new(options.memory_limit),
            path: name,
            info,
            keeps_ragged: false,
            read: 0,
            stopped: None,
            ended: false,
        })
    }

    /// Leaves rows out whose cells do not fit the header, instead of an error at the end; [`ragged`](Self::ragged)
    /// tells them.
    #[must_use]
    pub fn leaving_out_ragged(mut self) -> Self {
        self.keeps_ragged = true;
        self
    }

    /// Names of the columns; of NDJSON only those that were met.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.rows.columns().into_iter().map(|column| column.name).collect()
    }

    /// How the file was written, and what was noticed so far.
    #[must_use]
    pub fn info(&self) -> SourceInfo {
        let mut info = self.info.clone();
        info.notes.extend(self.rows.notes());
        info
    }

    /// Rows left out so far since their cells do not fit the header.
    #[must_use]
    pub fn ragged(&self) -> Option<&Ragged> {
        self.rows.ragged().filter(|ragged| ragged.rows > 0)
    }

    /// The next rows; `None` behind the last.
    ///
    /// # Errors
    /// [`ReadError`]. The rows before a damage are given before its error, so that a file that was cut in the middle is
    /// read up to there.
    pub fn next_part(&mut self, ctx: Context<'_>) -> Result<Option<Part>, ReadError> {
        if let Some(error) = self.stopped.take() {
            self.ended = true;
            return Err(error);
        }
        if self.ended {
            return Ok(None);
        }
        let mut to = Gathered { columns: self.rows.columns(), lines: Lines::default(), rows: 0 };
        while to.rows < self.most && !self.ended && self.stopped.is_none() {
            let next = STRIDE.min(self.most - to.rows);
            match self.rows.fill(&mut to, next) {
                Ok(more) => self.ended = !more,
                Err(error) => self.stopped = Some(error),
            }
            ctx.stop.check()?;
            let rows = self.read + to.rows;
            let too_large = |limit| ReadError::TooLarge { path: self.path.clone(), rows, limit };
            self.budget.check(&to.columns).map_err(too_large)?;
        }
        self.read += to.rows;
        if let Some(ragged) = self.rows.ragged().filter(|r| self.ended && r.rows > 0 && !self.keeps_ragged) {
            let Ragged { rows, expected, lines } = ragged.clone();
            self.stopped = Some(ReadError::Ragged { path: self.path.clone(), rows, expected, lines });
        }
        if to.rows == 0 {
            return match self.stopped.take() {
                Some(error) => {
                    self.ended = true;
                    Err(error)
                }
                None => Ok(None),
            };
        }
        let Some(table) = RawTable::new(to.columns) else {
            let (path, format) = (self.path.clone(), self.info.format.extension());
            return Err(ReadError::Damaged { path, format, why: "its columns differ in length".into() });
        };
        Ok(Some(Part { table, lines: to.lines }))
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Parts of `{}`, {} rows read", self.path, self.read)
    }
}
