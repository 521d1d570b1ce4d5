//! What does a table look like in the words of its file, and what would a copy look like that nobody has seen?

use crate::codec::field;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use verosim_core::schema::{Format, Treatment};
use verosim_core::{ColumnSchema, Kind, Schema, Seeded};
use verosim_data::frame::format;
use verosim_data::{Cells, Column, RawTable, SourceType, Table};

/// Cells as they are written, without suspected identifiers and free text. Invariant: rows are as wide as `columns`.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Published {
    /// The columns of `raw` that may be told.
    #[must_use]
    pub fn new(raw: &RawTable, schema: &Schema) -> Self {
        let may_tell =
            |name: &str| schema.columns.iter().any(|column| column.name == name && is_told(column));
        let columns: Vec<_> = raw.columns().iter().filter(|column| may_tell(&column.name)).collect();
        let row = |row: usize| columns.iter().map(|column| column.cell(row).to_owned()).collect();
        Self {
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            rows: (0..raw.n_rows()).map(row).collect(),
        }
    }

    /// A copy with other names, numbers and days moved by a constant, and levels under other words: as hard to guess as
    /// the table, and in no training corpus.
    #[must_use]
    pub fn disguised(table: &Table, schema: &Schema, types: &[(String, SourceType)], seed: Seeded) -> Self {
        let told: Vec<Column> = table
            .columns()
            .iter()
            .filter_map(|column| {
                let schema = schema.columns.iter().find(|schema| schema.name == column.name)?;
                is_told(schema).then(|| disguised(column, schema, seed.split(&column.name)))
            })
            .collect();
        let table = Table::new(told).unwrap_or_default();
        let mut copy = Self::new(&format(&table, schema, types), schema);
        for (at, name) in copy.columns.iter_mut().enumerate() {
            *name = format!("field{}", at + 1);
        }
        copy
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Number of columns that may be told.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn header(&self) -> String {
        line(&self.columns)
    }

    pub(super) fn line(&self, row: usize) -> String {
        line(&self.rows[row])
    }

    /// The header and the lines of `rows`.
    pub(super) fn lines(&self, rows: std::ops::Range<usize>) -> String {
        std::iter::once(self.header()).chain(rows.map(|row| self.line(row))).collect::<Vec<_>>().join("\n")
    }
}

/// A line of CSV.
pub(super) fn line(cells: &[String]) -> String {
    cells.iter().map(|cell| field(cell)).collect::<Vec<_>>().join(",")
}

fn is_told(column: &ColumnSchema) -> bool {
    column.treatment == Treatment::Model && !matches!(column.kind, Kind::Id | Kind::Text)
}

fn disguised(column: &Column, schema: &ColumnSchema, seed: Seeded) -> Column {
    let mut rng = seed.rng();
    let cells = match &column.cells {
        Cells::Number(values) => {
            let decimals = match schema.format {
                Format::Number { max_decimals, .. } => i32::from(max_decimals.min(9)),
                _ => 0,
            };
            let unit = 10_f64.powi(decimals);
            let present = || values.iter().copied().filter(|value| value.is_finite());
            let spread = present().fold(f64::MIN, f64::max) - present().fold(f64::MAX, f64::min);
            // At least one unit, and at most what keeps the number of digits about the same.
            let most = (0.3 * spread.clamp(0.0, 1e12) * unit).floor().max(1.0);
            let moved = (rng.random_range(0.5..1.0) * most).ceil();
            Cells::Number(values.iter().map(|value| ((value * unit).round() + moved) / unit).collect())
        }
        Cells::Level { codes, levels } => {
            let mut names: Vec<usize> = (0..levels.len()).collect();
            names.shuffle(&mut rng);
            let levels = names.into_iter().map(|name| format!("{}{name}", letters(&mut rng))).collect();
            Cells::Level { codes: codes.clone(), levels }
        }
    };
    Column { cells, ..column.clone() }
}

/// Two letters that say nothing.
fn letters(rng: &mut impl rand::Rng) -> String {
    (0..2).map(|_| char::from(b'a' + rng.random_range(0..26_u8))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_data::frame::parse;
    use verosim_data::infer::{InferOptions, infer};
    use verosim_data::world::clinic;

    #[test]
    fn a_copy_has_the_shape_of_the_table_and_none_of_its_words() {
        let raw = clinic(200, Seeded::new(1));
        let schema = infer(&raw, &InferOptions::default());
        let table = parse(&raw, &schema).unwrap();
        let original = Published::new(&raw, &schema);
        let copy = Published::disguised(&table, &schema, &[], Seeded::new(2));
        assert_eq!((original.n_rows(), copy.n_rows()), (200, 200));
        assert_eq!(original.columns.len(), copy.columns.len());
        assert!(!original.columns.iter().any(|name| name == "patient_id" || name == "contact_email"));
        assert!(copy.columns.iter().all(|name| !original.columns.contains(name)));
        let missing = |published: &Published, at: usize| {
            let markers = &schema.columns.iter().find(|c| c.name == original.columns[at]).unwrap().missing;
            published.rows.iter().map(|row| markers.contains(&row[at])).collect::<Vec<_>>()
        };
        for (at, name) in original.columns.iter().enumerate() {
            let distinct = |published: &Published| {
                let cells: std::collections::BTreeSet<&String> =
                    published.rows.iter().map(|row| &row[at]).collect();
                cells.len()
            };
            // One number may be written in two ways, and no more than that is lost.
            assert!(distinct(&copy) <= distinct(&original) && 2 * distinct(&copy) >= distinct(&original));
            assert_eq!(missing(&original, at), missing(&copy, at), "{name} keeps its gaps");
            let same = original.rows.iter().zip(&copy.rows).zip(missing(&original, at));
            let same = same.filter(|((a, b), missing)| !missing && a[at] == b[at]).count();
            assert_eq!(same, 0, "no present cell of {name} is as it was");
        }
    }
}
