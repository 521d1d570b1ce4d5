//! How are JSON objects, one per line, read and written?

use super::ReadError;
use super::format::{MOST_COLUMNS, ReadOptions};
use super::memory::Budget;
use crate::{RawColumn, RawTable, SourceType};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use verosim_core::Context;

/// Longest line.
const LONGEST_LINE: u64 = 64 << 20;

/// Reads flat objects; keys may come and go, and a key that is not there is a missing cell.
pub(super) fn read(
    path: &Path,
    stream: impl Read,
    options: &ReadOptions,
    ctx: Context<'_>,
) -> Result<RawTable, ReadError> {
    let name = path.display().to_string();
    let damaged = |line: usize, why: &str| ReadError::Damaged {
        path: path.display().to_string(),
        format: "NDJSON",
        why: format!("line {line}: {why}"),
    };
    let budget = Budget::new(options.memory_limit);
    let mut reader = BufReader::with_capacity(1 << 18, stream);
    let mut columns: Vec<RawColumn> = Vec::new();
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut types: Vec<[bool; 4]> = Vec::new();
    let (mut rows, mut line) = (0_usize, 0_usize);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let n =
            reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut buffer).map_err(
                |source| match source.kind() {
                    std::io::ErrorKind::UnexpectedEof
                    | std::io::ErrorKind::InvalidInput
                    | std::io::ErrorKind::InvalidData => {
                        ReadError::Damaged { path: name.clone(), format: "gzip", why: source.to_string() }
                    }
                    _ => ReadError::Io { path: name.clone(), source },
                },
            )?;
        if n == 0 {
            break;
        }
        line += 1;
        if n as u64 == LONGEST_LINE {
            return Err(ReadError::LongRow { path: name, line: line as u64, limit_mib: LONGEST_LINE >> 20 });
        }
        if buffer.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let object = match serde_json::from_slice::<Value>(&buffer) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(damaged(line, "it is not an object")),
            Err(error) => return Err(damaged(line, &format!("it is not JSON (column {})", error.column()))),
        };
        for (key, value) in object {
            let at = *place.entry(key).or_insert_with_key(|key| {
                let mut column = RawColumn::new(key, SourceType::Text);
                (0..rows).for_each(|_| column.push(""));
                columns.push(column);
                types.push([false; 4]);
                columns.len() - 1
            });
            if columns.len() > MOST_COLUMNS {
                return Err(ReadError::TooWide { path: name, columns: columns.len(), limit: MOST_COLUMNS });
            }
            match value {
                Value::Null => columns[at].push(""),
                Value::Bool(truth) => {
                    types[at][0] = true;
                    columns[at].push(if truth { "true" } else { "false" });
                }
                Value::Number(number) => {
                    types[at][if number.is_f64() { 2 } else { 1 }] = true;
                    columns[at].push(&number.to_string());
                }
                Value::String(text) => {
                    types[at][3] = true;
                    columns[at].push(&text);
                }
                Value::Array(_) | Value::Object(_) => {
                    return Err(ReadError::Nested {
                        path: name,
                        column: columns[at].name.clone(),
                        found: "a list or an object".into(),
                    });
                }
            }
        }
        rows += 1;
        columns.iter_mut().filter(|column| column.len() < rows).for_each(|column| column.push(""));
        if rows % 4_096 == 0 {
            ctx.stop.check()?;
            budget.check(&columns).map_err(|limit| ReadError::TooLarge {
                path: name.clone(),
                rows,
                limit,
            })?;
        }
    }
    for (column, seen) in columns.iter_mut().zip(&types) {
        column.source = match seen {
            [true, false, false, false] => SourceType::Boolean,
            [false, true, false, false] => SourceType::Integer,
            [false, _, true, false] => SourceType::Float,
            _ => SourceType::Text,
        };
    }
    RawTable::new(columns).ok_or_else(|| damaged(line, "an object repeats a key"))
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
