//! How is delimited text read in bounded memory, and written?

use super::ReadError;
use super::format::{MOST_COLUMNS, ReadOptions};
use super::memory::Budget;
use crate::{RawColumn, RawTable, SourceType};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::Path;
use std::rc::Rc;
use verosim_core::Context;

/// Longest row.
const LONGEST_ROW: u64 = 64 << 20;
/// Rows between looks at the clock of the caller and at the memory.
const STRIDE: usize = 4_096;

/// Reads delimited text; also returns what a person should know.
pub(super) fn read(
    path: &Path,
    stream: impl Read,
    delimiter: u8,
    options: &ReadOptions,
    ctx: Context<'_>,
) -> Result<(RawTable, Vec<String>), ReadError> {
    let name = path.display().to_string();
    let watch = Rc::new(Watch::default());
    let watched = Watched { stream, watch: Rc::clone(&watch) };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .buffer_capacity(1 << 18)
        .from_reader(watched);
    let mut record = csv::ByteRecord::new();
    let mut line = 1;
    let mut next = |record: &mut csv::ByteRecord, line: &mut u64| -> Result<bool, ReadError> {
        *line = reader.position().line();
        watch.since.set(0);
        reader.read_byte_record(record).map_err(|error| failed(path, error, *line))
    };
    if !next(&mut record, &mut line)? {
        return Err(ReadError::Empty { path: name });
    }
    let mut decoder = Decoder::default();
    let (mut columns, mut notes) = header(&name, &record, &mut decoder)?;
    let budget = Budget::new(options.memory_limit);
    let (mut rows, mut ragged, mut ragged_lines) = (0_usize, 0_usize, Vec::new());
    let (mut ends_inside, mut last_line) = (false, 1);
    while next(&mut record, &mut line)? {
        if record.len() != columns.len() {
            ragged += 1;
            if ragged_lines.len() < 5 {
                ragged_lines.push(line);
            }
        } else if ragged == 0 {
            for (column, cell) in columns.iter_mut().zip(&record) {
                column.push(&decoder.text(cell));
            }
        }
        ends_inside = record.iter().next_back().is_some_and(|cell| cell.contains(&b'\n'));
        last_line = line;
        rows += 1;
        if rows % STRIDE == 0 {
            ctx.stop.check()?;
            budget.check(&columns).map_err(|limit| ReadError::TooLarge {
                path: name.clone(),
                rows,
                limit,
            })?;
        }
    }
    if ends_inside && watch.quotes.get() % 2 == 1 {
        return Err(ReadError::OpenQuote { path: name, line: last_line });
    }
    if decoder.zeros > 0 {
        return Err(ReadError::Binary { path: name, what: "it holds zero bytes" });
    }
    if ragged > 0 {
        return Err(ReadError::Ragged {
            path: name,
            rows: ragged,
            expected: columns.len(),
            lines: ragged_lines,
        });
    }
    budget.check(&columns).map_err(|limit| ReadError::TooLarge { path: name, rows, limit })?;
    if decoder.foreign > 0 {
        notes
            .push(format!("{} cells are not UTF-8 and were read as Latin-1 (Windows-1252)", decoder.foreign));
    }
    Ok((RawTable::new(columns).expect("every row gave one cell to each column"), notes))
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
    since: Cell<u64>,
    /// Quotes in all.
    quotes: Cell<u64>,
}

struct Watched<R> {
    stream: R,
    watch: Rc<Watch>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.stream.read(buffer)?;
        let since = self.watch.since.get() + n as u64;
        self.watch.since.set(since);
        self.watch
            .quotes
            .set(self.watch.quotes.get() + memchr::memchr_iter(b'"', &buffer[..n]).count() as u64);
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
