//! Which rows may be learned from, and which only judge?
//!
//! [`Train`] and [`Holdout`] are different types, and only [`Train`] can be encoded, so that holdout
//! rows cannot reach an engine.

mod overlap;
mod rows;

pub use overlap::{Overlap, overlap, row_hashes, subjects_of};
pub use rows::split_rows;

use crate::Table;

/// Rows that engines may learn from.
#[derive(Clone, Debug)]
pub struct Train {
    table: Table,
    subjects: Option<Vec<u32>>,
}

impl Train {
    /// Declares `table` as training data. `subjects[row]` numbers the person of each row, when rows
    /// repeat per person.
    #[must_use]
    pub fn new(table: Table, subjects: Option<Vec<u32>>) -> Self {
        Self { table, subjects }
    }

    /// The rows.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The person of each row, when rows repeat per person.
    #[must_use]
    pub fn subjects(&self) -> Option<&[u32]> {
        self.subjects.as_deref()
    }
}

/// Rows that only judge. There is no way from here to an engine.
#[derive(Clone, Debug)]
pub struct Holdout {
    table: Table,
}

impl Holdout {
    /// Declares `table` as holdout data.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// The rows.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }
}
