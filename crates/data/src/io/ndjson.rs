//! How are JSON objects, one per line, read and written?

use super::ReadError;
use super::format::MOST_COLUMNS;
use super::parts::{Gathered, Rows};
use crate::{RawColumn, RawTable, SourceType};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

/// Longest line.
const LONGEST_LINE: u64 = 64 << 20;

/// Flat objects, one per line; keys may come and go, and a key that is not there is a missing cell.
pub(super) struct Objects {
    path: PathBuf,
    reader: BufReader<Box<dyn Read + Send>>,
    names: Vec<String>,
    place: HashMap<String, usize>,
    /// Whether a key had truths, whole numbers, other numbers, texts.
    types: Vec<[bool; 4]>,
    line: u64,
    buffer: Vec<u8>,
}

impl Objects {
    pub(super) fn new(path: &Path, stream: Box<dyn Read + Send>) -> Self {
        Self {
            path: path.to_owned(),
            reader: BufReader::with_capacity(1 << 18, stream),
            names: Vec::new(),
            place: HashMap::new(),
            types: Vec::new(),
            line: 0,
            buffer: Vec::new(),
        }
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn damaged(&self, why: &str) -> ReadError {
        ReadError::Damaged { path: self.name(), format: "NDJSON", why: format!("line {}: {why}", self.line) }
    }

    /// The next object; `None` behind the last.
    fn next(&mut self) -> Result<Option<serde_json::Map<String, Value>>, ReadError> {
        loop {
            self.buffer.clear();
            let read = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.buffer);
            let n = read.map_err(|source| match source.kind() {
                std::io::ErrorKind::UnexpectedEof
                | std::io::ErrorKind::InvalidInput
                | std::io::ErrorKind::InvalidData => {
                    ReadError::Damaged { path: self.name(), format: "gzip", why: source.to_string() }
                }
                _ => ReadError::Io { path: self.name(), source },
            })?;
            if n == 0 {
                return Ok(None);
            }
            self.line += 1;
            if n as u64 == LONGEST_LINE {
                let (path, line) = (self.name(), self.line);
                return Err(ReadError::LongRow { path, line, limit_mib: LONGEST_LINE >> 20 });
            }
            if self.buffer.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return match serde_json::from_slice::<Value>(&self.buffer) {
                Ok(Value::Object(object)) => Ok(Some(object)),
                Ok(_) => Err(self.damaged("it is not an object")),
                Err(error) => Err(self.damaged(&format!("it is not JSON (column {})", error.column()))),
            };
        }
    }

    /// The position of the column of `key`, which is made when it is new.
    fn column(&mut self, key: String, to: &mut Gathered) -> Result<usize, ReadError> {
        if let Some(&at) = self.place.get(&key) {
            return Ok(at);
        }
        let at = self.names.len();
        if at == MOST_COLUMNS {
            return Err(ReadError::TooWide { path: self.name(), columns: at + 1, limit: MOST_COLUMNS });
        }
        let mut column = RawColumn::new(&key, SourceType::Text);
        (0..to.rows).for_each(|_| column.push(""));
        to.columns.push(column);
        self.types.push([false; 4]);
        self.names.push(key.clone());
        self.place.insert(key, at);
        Ok(at)
    }

    fn push(&mut self, object: serde_json::Map<String, Value>, to: &mut Gathered) -> Result<(), ReadError> {
        // Looked at before anything is pushed: what was gathered before an error stays whole.
        if let Some((key, _)) = object.iter().find(|(_, value)| value.is_array() || value.is_object()) {
            let (path, column) = (self.name(), key.clone());
            return Err(ReadError::Nested { path, column, found: "a list or an object".into() });
        }
        for (key, value) in object {
            let at = self.column(key, to)?;
            match value {
                Value::Bool(truth) => {
                    self.types[at][0] = true;
                    to.columns[at].push(if truth { "true" } else { "false" });
                }
                Value::Number(number) => {
                    self.types[at][if number.is_f64() { 2 } else { 1 }] = true;
                    to.columns[at].push(&number.to_string());
                }
                Value::String(text) => {
                    self.types[at][3] = true;
                    to.columns[at].push(&text);
                }
                Value::Null | Value::Array(_) | Value::Object(_) => to.columns[at].push(""),
            }
        }
        to.lines.note(to.rows, self.line);
        to.rows += 1;
        let rows = to.rows;
        to.columns.iter_mut().filter(|column| column.len() < rows).for_each(|column| column.push(""));
        Ok(())
    }

    fn type_of(&self, at: usize) -> SourceType {
        match self.types[at] {
            [true, false, false, false] => SourceType::Boolean,
            [false, true, false, false] => SourceType::Integer,
            [false, _, true, false] => SourceType::Float,
            _ => SourceType::Text,
        }
    }
}

impl Rows for Objects {
    fn columns(&self) -> Vec<RawColumn> {
        let typed = |(at, name): (usize, &String)| RawColumn::new(name, self.type_of(at));
        self.names.iter().enumerate().map(typed).collect()
    }

    fn fill(&mut self, to: &mut Gathered, most: usize) -> Result<bool, ReadError> {
        let mut more = true;
        for _ in 0..most {
            let Some(object) = self.next()? else {
                more = false;
                break;
            };
            self.push(object, to)?;
        }
        // The types of all that was read so far.
        to.columns.iter_mut().enumerate().for_each(|(at, column)| column.source = self.type_of(at));
        Ok(more)
    }
}

/// One object per row, keys in column order; a missing cell is null.
pub(super) fn write(table: &RawTable, to: &mut impl Write) -> std::io::Result<()> {
    let keys: Vec<String> =
        table.columns().iter().map(|column| Value::from(column.name.as_str()).to_string()).collect();
    for row in 0..table.n_rows() {
        for (at, (column, key)) in table.columns().iter().zip(&keys).enumerate() {
            let cell = column.cell(row);
            write!(to, "{}{key}:", if at == 0 { '{' } else { ',' })?;
            let plain = match column.source {
                SourceType::Boolean => matches!(cell, "true" | "false"),
                SourceType::Integer | SourceType::Float => {
                    serde_json::from_str::<serde_json::Number>(cell).is_ok()
                }
                SourceType::Text | SourceType::Date | SourceType::Timestamp => false,
            };
            match cell {
                "" => write!(to, "null")?,
                cell if plain => write!(to, "{cell}")?,
                cell => write!(to, "{}", Value::from(cell))?,
            }
        }
        writeln!(to, "}}")?;
    }
    Ok(())
}
