//! What do the columns of an unknown table hold?

mod codes;
mod column;
mod identifier;
pub mod metadata;
mod missing;
mod numbers;
mod order;
mod profile;
mod subject;
mod times;

pub use profile::{ColumnProfile, Profile};

use crate::RawTable;
use rayon::prelude::*;
use verosim_core::{Kind, Schema, UnknownColumn};

/// What a person said before inference; it wins.
#[derive(Clone, Debug, Default)]
pub struct InferOptions {
    /// Declared kinds by column name (`--kind COLUMN=KIND`).
    pub kinds: Vec<(String, Kind)>,
    /// Column that says which person a row belongs to (`--subject`).
    pub subject: Option<String>,
}

impl InferOptions {
    /// Checks that every column named is there.
    ///
    /// # Errors
    /// [`UnknownColumn`] with the nearest name.
    pub fn check(&self, table: &RawTable) -> Result<(), UnknownColumn> {
        let known: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
        for name in self.kinds.iter().map(|(name, _)| name).chain(&self.subject) {
            if !known.contains(&name.as_str()) {
                return Err(UnknownColumn::new(name, known));
            }
        }
        Ok(())
    }
}

/// Infers a schema from all rows: kinds with a confidence and a reason, missing markers, formats, keys and suspected
/// identifiers. Reasons never quote a cell.
///
/// # Cost
/// O(distinct texts) per column after one count of rows, parallel over columns.
#[must_use]
pub fn infer(table: &RawTable, options: &InferOptions) -> Schema {
    let mut columns: Vec<_> = table
        .columns()
        .par_iter()
        .map(|raw| {
            let declared =
                options.kinds.iter().rev().find(|(name, _)| *name == raw.name).map(|(_, kind)| *kind);
            column::column(raw, declared)
        })
        .collect();
    let (subject, primary_key) = subject::keys(table, &mut columns, options.subject.as_deref());
    Schema { columns, subject, primary_key }
}

#[cfg(test)]
mod tests;
