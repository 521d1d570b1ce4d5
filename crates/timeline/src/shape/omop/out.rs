//! How do the rows of a table reach its file?

use super::spec::{Table, Type};
use crate::TimelineError;
use std::path::Path;
use verosim_data::io::{FileFormat, SourceInfo, TableWriter};
use verosim_data::{RawColumn, RawTable, SourceType};

/// Rows that wait until they are written.
const ROWS: usize = 8_192;

/// A table on its way to a file.
#[derive(Debug)]
pub(super) struct TableOut {
    table: &'static Table,
    writer: TableWriter,
    waiting: Vec<RawColumn>,
    rows: u64,
}

impl TableOut {
    pub(super) fn create(
        folder: &Path,
        table: &'static Table,
        format: FileFormat,
    ) -> Result<Self, TimelineError> {
        let columns: Vec<(&str, SourceType)> =
            table.fields.iter().map(|field| (field.name.as_str(), source_of(field.kind))).collect();
        let path = folder.join(file_name(&table.name, format));
        let writer = TableWriter::create(&path, &SourceInfo::of(format), &columns, false)?;
        Ok(Self { table, writer, waiting: fresh(table), rows: 0 })
    }

    /// Adds a row of one cell per column.
    pub(super) fn push(&mut self, cells: &[String]) -> Result<(), TimelineError> {
        self.rows += 1;
        self.waiting.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        if self.waiting.first().is_some_and(|column| column.len() >= ROWS) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), TimelineError> {
        let columns = std::mem::replace(&mut self.waiting, fresh(self.table));
        if let Some(part) = RawTable::new(columns).filter(|part| part.n_rows() > 0) {
            self.writer.write(&part)?;
        }
        Ok(())
    }

    /// Rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file and says how many rows it has.
    pub(super) fn finish(mut self) -> Result<u64, TimelineError> {
        self.flush()?;
        Ok(self.writer.finish()?)
    }
}

/// `person` is in `person.csv`.
pub(super) fn file_name(table: &str, format: FileFormat) -> String {
    format!("{table}.{}", format.extension())
}

fn fresh(table: &Table) -> Vec<RawColumn> {
    table.fields.iter().map(|field| RawColumn::new(&field.name, source_of(field.kind))).collect()
}

fn source_of(kind: Type) -> SourceType {
    match kind {
        Type::Integer => SourceType::Integer,
        Type::Float => SourceType::Float,
        Type::Date => SourceType::Date,
        Type::Datetime => SourceType::Timestamp,
        Type::Text(_) => SourceType::Text,
    }
}
