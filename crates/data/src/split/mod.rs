//! Which rows may be learned from, and which only judge?
//!
//! [`Train`] and [`Holdout`] are different types, and only [`Train`] can be encoded, so that holdout
//! rows cannot reach an engine.

mod overlap;
mod rows;

pub use overlap::{Overlap, overlap, row_hashes, subjects_of};
pub use rows::split_rows;

use crate::Table;
use std::collections::BTreeMap;
use verosim_core::Seeded;

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

    /// How many persons there are.
    ///
    /// # Cost
    /// O(rows · log rows) when rows repeat per person.
    #[must_use]
    pub fn n_people(&self) -> usize {
        match &self.subjects {
            None => self.table.n_rows(),
            Some(subjects) => subjects.iter().collect::<std::collections::BTreeSet<_>>().len(),
        }
    }

    /// One row of each person in order of persons: that with the least key, which the numbers of person and row decide and no
    /// cell. Rows of no numbered person are their own.
    ///
    /// # Cost
    /// O(rows · log rows).
    #[must_use]
    pub fn one_per_person(&self, choice: Seeded) -> Vec<usize> {
        let Some(subjects) = self.subjects() else { return (0..self.table.n_rows()).collect() };
        let mut seen: BTreeMap<u32, (u64, u64, usize)> = BTreeMap::new();
        for (row, &person) in subjects.iter().enumerate() {
            let had = seen.get(&person).map_or(0, |(_, had, _)| had + 1);
            let key = choice.split_at(u64::from(person)).split_at(had).key();
            let (best, kept) = match seen.get(&person) {
                Some(&(best, _, kept)) if best <= key => (best, kept),
                _ => (key, row),
            };
            seen.insert(person, (best, had, kept));
        }
        seen.into_values().map(|(_, _, row)| row).collect()
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
