//! How is delimited text read in bounded memory, and written?

use super::ReadError;
use super::format::MOST_COLUMNS;
use super::parts::{Gathered, Ragged, Rows};
use crate::{RawColumn, RawTable, SourceType};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Longest row.
const LONGEST_ROW: u64 = 64 << 20;
/// What no text has.
const ZEROS: &str = "it holds zero bytes";

/// Delimited text, row by row.
pub(super) struct Records {
    path: PathBuf,
    reader: csv::Reader<Watched<Box<dyn Read + Send>>>,
    record: csv::ByteRecord,
    watch: Arc<Watch>,
    decoder: Decoder,
    columns: Vec<RawColumn>,
    notes: Vec<String>,
    ragged: Ragged,
    /// Whether the last cell of the last row holds a line break, and where that row began.
    last: (bool, u64),
}

impl Records {
    /// Reads the header.
    pub(super) fn open(path: &Path, stream: Box<dyn Read + Send>, delimiter: u8) -> Result<Self, ReadError> {
        let watch = Arc::new(Watch::default());
        let watched = Watched { stream, watch: Arc::clone(&watch) };
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(1 << 18)
            .from_reader(watched);
        let mut records = Self {
            path: path.to_owned(),
            reader,
            record: csv::ByteRecord::new(),
            watch,
            decoder: Decoder::default(),
            columns: Vec::new(),
            notes: Vec::new(),
            ragged: Ragged::default(),
            last: (false, 1),
        };
        let name = path.display().to_string();
        if records.next()?.is_none() {
            return Err(ReadError::Empty { path: name });
        }
        (records.columns, records.notes) = header(&name, &records.record, &mut records.decoder)?;
        records.ragged.expected = records.columns.len();
        Ok(records)
    }

    /// Reads the next record and says on which line it begins; `None` behind the last.
    fn next(&mut self) -> Result<Option<u64>, ReadError> {
        let line = self.reader.position().line();
        self.watch.since.store(0, Relaxed);
        let read = self.reader.read_byte_record(&mut self.record);
        Ok(read.map_err(|error| failed(&self.path, error, line))?.then_some(line))
    }

    /// What is only known at the end.
    fn check_end(&self) -> Result<(), ReadError> {
        let path = || self.path.display().to_string();
        let (ends_inside, line) = self.last;
        if ends_inside && self.watch.quotes.load(Relaxed) % 2 == 1 {
            return Err(ReadError::OpenQuote { path: path(), line });
        }
        if self.decoder.zeros > 0 {
            return Err(ReadError::Binary { path: path(), what: ZEROS });
        }
        Ok(())
    }
}

impl Rows for Records {
    fn columns(&self) -> Vec<RawColumn> {
        self.columns.clone()
    }

    fn fill(&mut self, to: &mut Gathered, most: usize) -> Result<bool, ReadError> {
        for _ in 0..most {
            let Some(line) = self.next()? else {
                return self.check_end().map(|()| false);
            };
            if self.record.len() == self.ragged.expected {
                for (column, cell) in to.columns.iter_mut().zip(&self.record) {
                    column.push(&self.decoder.text(cell));
                }
                to.lines.note(to.rows, line);
                to.rows += 1;
            } else {
                self.ragged.rows += 1;
                if self.ragged.lines.len() < 5 {
                    self.ragged.lines.push(line);
                }
            }
            self.last = (self.record.iter().next_back().is_some_and(|cell| cell.contains(&b'\n')), line);
        }
        if self.decoder.zeros > 0 {
            let path = self.path.display().to_string();
            return Err(ReadError::Binary { path, what: ZEROS });
        }
        Ok(true)
    }

    fn ragged(&self) -> Option<&Ragged> {
        Some(&self.ragged)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.decoder.foreign > 0 {
            let cells = self.decoder.foreign;
            notes.push(format!("{cells} cells are not UTF-8 and were read as Latin-1 (Windows-1252)"));
        }
        notes
    }
}

/// Writes with quotes only where they are needed.
pub(super) fn write(
    table: &RawTable,
    to: &mut impl Write,
    delimiter: u8,
    header: bool,
) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).buffer_capacity(1 << 18).from_writer(to);
    if header {
        writer.write_record(table.columns().iter().map(|column| column.name.as_bytes())).map_err(cause)?;
    }
    for row in 0..table.n_rows() {
        for column in table.columns() {
            writer.write_field(column.cell(row)).map_err(cause)?;
        }
        writer.write_record(None::<&[u8]>).map_err(cause)?;
    }
    writer.flush()
}

/// What the system said: its kind (a full disk) must not be lost in the writer's wrapping.
fn cause(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

fn header(
    path: &str,
    record: &csv::ByteRecord,
    decoder: &mut Decoder,
) -> Result<(Vec<RawColumn>, Vec<String>), ReadError> {
    if record.len() > MOST_COLUMNS {
        return Err(ReadError::TooWide { path: path.to_owned(), columns: record.len(), limit: MOST_COLUMNS });
    }
    let mut names: Vec<String> = record
        .iter()
        .map(|cell| decoder.text(cell).trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    if names.iter().all(String::is_empty) {
        return Err(ReadError::NoNames { path: path.to_owned(), columns: names.len() });
    }
    let mut notes = Vec::new();
    for (at, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
        *name = format!("unnamed_{}", at + 1);
        notes.push(format!("column {} has no name and is called `{name}`", at + 1));
    }
    let mut seen = BTreeSet::new();
    let mut repeated: Vec<String> =
        names.iter().filter(|name| !seen.insert(name.as_str())).cloned().collect();
    if !repeated.is_empty() {
        repeated.sort();
        repeated.dedup();
        repeated.truncate(5);
        return Err(ReadError::RepeatedNames { path: path.to_owned(), names: repeated });
    }
    Ok((names.iter().map(|name| RawColumn::new(name, SourceType::Text)).collect(), notes))
}

/// Turns cells into text: UTF-8, else Windows-1252, of which Latin-1 is the greater part.
#[derive(Default)]
struct Decoder {
    foreign: usize,
    zeros: usize,
}

impl Decoder {
    fn text<'a>(&mut self, cell: &'a [u8]) -> std::borrow::Cow<'a, str> {
        if let Ok(text) = std::str::from_utf8(cell) {
            self.zeros += usize::from(memchr::memchr(0, cell).is_some());
            text.into()
        } else {
            self.foreign += 1;
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0
        }
    }
}

/// What is counted while bytes pass.
#[derive(Default)]
struct Watch {
    /// Bytes since the last row began.
    since: AtomicU64,
    /// Quotes in all.
    quotes: AtomicU64,
}

struct Watched<R> {
    stream: R,
    watch: Arc<Watch>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.stream.read(buffer)?;
        let since = self.watch.since.fetch_add(n as u64, Relaxed) + n as u64;
        let quotes = memchr::memchr_iter(b'"', &buffer[..n]).count() as u64;
        self.watch.quotes.fetch_add(quotes, Relaxed);
        if since > LONGEST_ROW {
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "row too long"));
        }
        Ok(n)
    }
}

fn failed(path: &Path, error: csv::Error, line: u64) -> ReadError {
    let name = path.display().to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(source) if source.kind() == std::io::ErrorKind::FileTooLarge => {
            ReadError::LongRow { path: name, line, limit_mib: LONGEST_ROW >> 20 }
        }
        csv::ErrorKind::Io(source)
            if matches!(
                source.kind(),
                std::io::ErrorKind::UnexpectedEof
                    | std::io::ErrorKind::InvalidInput
                    | std::io::ErrorKind::InvalidData
            ) =>
        {
            ReadError::Damaged { path: name, format: "gzip", why: source.to_string() }
        }
        csv::ErrorKind::Io(source) => ReadError::Io { path: name, source },
        _ => ReadError::Damaged { path: name, format: "delimited text", why: format!("near line {line}") },
    }
}
