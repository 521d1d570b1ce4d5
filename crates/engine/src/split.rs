//! Which rows are learned from, which judge, and are these different people?

use crate::error::EngineError;
use crate::load::{Source, load_like};
use crate::recipe::{Holdout, Recipe};
use std::collections::BTreeMap;
use std::path::Path;
use verosim_core::{Context, Kind, Schema, Seeded};
use verosim_data::split::{overlap, row_hashes, split_rows, subjects_of};
use verosim_data::{RawColumn, RawTable, Table};

/// Training and holdout rows.
pub struct Split {
    /// Rows to learn from, as they came.
    pub train_raw: RawTable,
    /// Rows held out, as they came.
    pub holdout_raw: RawTable,
    /// Rows to learn from.
    pub train: Table,
    /// Rows held out.
    pub holdout: Table,
    /// Person of each training row.
    pub train_subjects: Option<Vec<u32>>,
    /// Person of each holdout row.
    pub holdout_subjects: Option<Vec<u32>>,
}

/// Holds out a share of persons, or reads the holdout file and checks that it holds other people.
///
/// # Errors
/// [`EngineError::Overlap`], and those of reading.
pub fn split(
    source: &Source,
    recipe: &Recipe,
    memory_limit: Option<u64>,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Split, EngineError> {
    match &recipe.holdout {
        Holdout::Share(share) => {
            let subjects = people(&source.raw, &source.schema);
            let (train, holdout) = split_rows(source.raw.n_rows(), subjects.as_deref(), *share, seed);
            let of = |rows: &[usize]| subjects.as_ref().map(|s| rows.iter().map(|&row| s[row]).collect());
            Ok(Split {
                train_subjects: of(&train),
                holdout_subjects: of(&holdout),
                train_raw: source.raw.take(&train),
                holdout_raw: source.raw.take(&holdout),
                train: source.table.take(&train),
                holdout: source.table.take(&holdout),
            })
        }
        Holdout::File(file) => {
            let (raw, holdout) = load_like(
                Path::new(file),
                &source.schema,
                recipe.delimiter,
                memory_limit,
                "the holdout",
                ctx,
            )?;
            refuse_overlap(&source.raw, &raw, &source.schema)?;
            Ok(Split {
                train_subjects: people(&source.raw, &source.schema),
                holdout_subjects: people(&raw, &source.schema),
                train_raw: source.raw.clone(),
                holdout_raw: raw,
                train: source.table.clone(),
                holdout,
            })
        }
    }
}

/// The person of each row, when the schema names a subject column that the table has.
#[must_use]
pub fn people(raw: &RawTable, schema: &Schema) -> Option<Vec<u32>> {
    let subject = schema.subject.as_deref()?;
    raw.columns().iter().find(|column| column.name == subject).map(subjects_of)
}

/// Refuses a holdout that shares persons, or more rows than chance explains, with the training data.
///
/// Rows are compared without their keys, so that a file that was numbered anew is still seen. A row of few coarse
/// columns can be met again by chance: the expected number is Good and Turing's estimate from the training rows,
/// twice the texts seen exactly twice over the rows, and three standard deviations and one row are allowed on top.
///
/// # Errors
/// [`EngineError::Overlap`] with the counts.
///
/// # Source
/// `good1953`.
pub fn refuse_overlap(train: &RawTable, holdout: &RawTable, schema: &Schema) -> Result<(), EngineError> {
    let is_key =
        |column: &&RawColumn| schema.columns.iter().any(|c| c.name == column.name && c.kind == Kind::Id);
    let columns: Vec<RawColumn> = train.columns().iter().filter(|column| !is_key(column)).cloned().collect();
    // A table of keys only has nothing else to compare.
    let like = if columns.is_empty() { None } else { RawTable::new(columns) };
    let like = like.as_ref().unwrap_or(train);
    let mut rows = overlap(like, holdout, None);
    rows.shared_subjects = overlap(train, holdout, schema.subject.as_deref()).shared_subjects;
    let expected = by_chance(like) * holdout.n_rows() as f64;
    let allowed = 1.0 + expected + 3.0 * expected.sqrt();
    if rows.shared_subjects > 0 || rows.shared_rows as f64 > allowed {
        return Err(EngineError::Overlap {
            rows: rows.shared_rows,
            of: holdout.n_rows(),
            subjects: rows.shared_subjects,
        });
    }
    Ok(())
}

/// Probability that a row of other people has the text of a row that occurs once in `table`.
fn by_chance(table: &RawTable) -> f64 {
    let mut counts: BTreeMap<[u8; 16], u32> = BTreeMap::new();
    for hash in row_hashes(table, table, &[0; 16]) {
        *counts.entry(hash).or_default() += 1;
    }
    let twice = counts.values().filter(|&&n| n == 2).count();
    2.0 * twice as f64 / table.n_rows().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use coarse::table;
    use verosim_data::infer::{InferOptions, infer};
    use verosim_data::world::clinic;

    mod coarse {
        use verosim_core::Seeded;
        use verosim_data::{RawColumn, RawTable, SourceType};

        /// `n` rows of four coarse columns: many rows are met again by chance.
        pub(super) fn table(n: usize, seed: u64) -> RawTable {
            let column = |at: u64| {
                let mut column = RawColumn::new(&format!("c{at}"), SourceType::Text);
                for row in 0..n as u64 {
                    let key = Seeded::new(seed).split_at(at).split_at(row).key();
                    column.push(&(key % 6).to_string());
                }
                column
            };
            RawTable::new((0..4).map(column).collect()).unwrap()
        }
    }

    #[test]
    fn chance_repeats_are_allowed_and_copies_are_not() {
        let schema = |table| infer(table, &InferOptions::default());
        let (train, holdout) = (table(1500, 1), table(400, 2));
        assert!(
            refuse_overlap(&train, &holdout, &schema(&train)).is_ok(),
            "1296 possible rows repeat by chance"
        );
        let all = clinic(600, Seeded::new(1));
        let train = all.take(&(0..400).collect::<Vec<_>>());
        let others = all.take(&(400..600).collect::<Vec<_>>());
        assert!(refuse_overlap(&train, &others, &schema(&train)).is_ok());
        let mixed = all.take(&(395..500).collect::<Vec<_>>());
        let error = refuse_overlap(&train, &mixed, &schema(&train)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("5 of 105 rows"), "{text}");
    }
}
