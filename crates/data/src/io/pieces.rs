//! How is a table written that never is in memory as a whole?

use super::atomic::Pending;
use super::columnar::ParquetSink;
use super::{FileFormat, SourceInfo, TextSink, WriteError};
use crate::{RawColumn, RawTable, SourceType};
use std::path::{Path, PathBuf};

/// A file that is written part by part and appears whole or not at all.
///
/// Text formats take any cells. The columns of Parquet have the types that [`create`](Self::create) was given, so that
/// nothing need be known of cells to come.
///
/// # Example
/// ```
/// # use verosim_data::{RawColumn, RawTable, SourceType, io::{FileFormat, SourceInfo, TableWriter}};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("person.csv");
/// let columns = [("person_id", SourceType::Integer)];
/// let mut writer = TableWriter::create(&path, &SourceInfo::of(FileFormat::Csv), &columns, false).unwrap();
/// let mut ids = RawColumn::new("person_id", SourceType::Integer);
/// ids.push("7");
/// writer.write(&RawTable::new(vec![ids]).unwrap()).unwrap();
/// assert_eq!(writer.finish().unwrap(), 1);
/// assert_eq!(std::fs::read(&path).unwrap(), b"person_id\n7\n");
/// ```
pub struct TableWriter {
    path: PathBuf,
    to: To,
    columns: Vec<(String, SourceType)>,
    rows: u64,
}

enum To {
    Text(Box<TextSink<Pending>>),
    Parquet(Box<ParquetSink<Pending>>),
}

impl TableWriter {
    /// Begins a file of `columns`; formats other than text are written as Parquet. The header is there even if no row
    /// follows.
    ///
    /// # Errors
    /// [`WriteError`] when the file is there already or cannot be made.
    pub fn create(
        path: &Path,
        how: &SourceInfo,
        columns: &[(&str, SourceType)],
        overwrite: bool,
    ) -> Result<Self, WriteError> {
        let file = Pending::create(path, overwrite)?;
        let columns: Vec<(String, SourceType)> =
            columns.iter().map(|&(name, source)| (name.to_owned(), source)).collect();
        let to = if how.format.is_text() {
            let mut text = TextSink::new(file, how);
            if how.format != FileFormat::Ndjson {
                let empty = columns.iter().map(|(name, source)| RawColumn::new(name, *source)).collect();
                text.write(&RawTable::new(empty).unwrap_or_default())
                    .map_err(|source| WriteError::io(path, source))?;
            }
            To::Text(Box::new(text))
        } else {
            To::Parquet(Box::new(ParquetSink::new(file, path, &columns)?))
        };
        Ok(Self { path: path.to_owned(), to, columns, rows: 0 })
    }

    /// Appends the rows of `part`, whose columns must be those of the file in their order.
    ///
    /// # Errors
    /// [`WriteError`] when columns differ, or a cell does not fit the type of its column in Parquet.
    pub fn write(&mut self, part: &RawTable) -> Result<(), WriteError> {
        let agree = part.columns().len() == self.columns.len()
            && part.columns().iter().zip(&self.columns).all(|(column, (name, _))| column.name == *name);
        if !agree {
            let path = self.path.display().to_string();
            return Err(WriteError::Format {
                path,
                format: "table",
                why: "its parts differ in columns".into(),
            });
        }
        match &mut self.to {
            To::Text(text) => text.write(part).map_err(|source| WriteError::io(&self.path, source))?,
            To::Parquet(parquet) => parquet.write(&self.path, part, &self.columns)?,
        }
        self.rows += part.n_rows() as u64;
        Ok(())
    }

    /// Ends the file, puts it in its place, and says how many rows it has.
    ///
    /// # Errors
    /// [`WriteError`]; there is no file then.
    pub fn finish(self) -> Result<u64, WriteError> {
        let io = |source| WriteError::io(&self.path, source);
        match self.to {
            To::Text(text) => text.into_inner().map_err(io)?.keep()?,
            To::Parquet(parquet) => parquet.finish(&self.path)?.keep()?,
        }
        Ok(self.rows)
    }
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "TableWriter of `{}`, {} rows written", self.path.display(), self.rows)
    }
}
