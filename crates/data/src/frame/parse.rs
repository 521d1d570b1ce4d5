//! How do text cells become numbers and levels, and how are they written again?

use super::{RawTable, SourceType, Table};
use verosim_core::{Hint, Schema};

/// Why a table does not fit a schema. Names the column and counts rows; never quotes a cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Columns that the schema has and the table lacks.
    #[error("{} missing: {}", if names.len() == 1 { "a column is" } else { "columns are" }, names.join(", "))]
    MissingColumns {
        /// Their names.
        names: Vec<String>,
    },
    /// Cells that do not read as the declared kind.
    #[error("column `{column}`: {rows} of {of} cells do not read as {kind} (first at row {first_row})")]
    Unreadable {
        /// Column.
        column: String,
        /// Declared kind.
        kind: &'static str,
        /// Cells that do not read.
        rows: usize,
        /// Rows.
        of: usize,
        /// Row number of the first one, counting data rows from 1.
        first_row: usize,
    },
}

impl Hint for ParseError {
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Reads text cells by `schema`, in its column order; columns that the schema lacks are ignored.
///
/// # Errors
/// [`ParseError`].
pub fn parse(_raw: &RawTable, _schema: &Schema) -> Result<Table, ParseError> {
    unimplemented!()
}

/// Writes a table as text cells in the formats and missing markers of `schema`.
#[must_use]
pub fn format(_table: &Table, _schema: &Schema, _sources: &[(String, SourceType)]) -> RawTable {
    unimplemented!()
}
