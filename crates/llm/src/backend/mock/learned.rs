//! What does a stand-in say that has learned a table?

use super::{Texts, naive};
use rand::RngExt as _;
use std::path::Path;
use verosim_core::{ColumnContract, Context, Kind, ModelError, RowContract, Seeded, Values};
use verosim_data::frame::{parse, write_time};
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_data::{Cells, Column, RawTable, Table};

/// A table that rows are drawn like.
pub(super) struct Learned {
    raw: RawTable,
    table: Table,
}

/// Share of cells that come from another row than the rest: rows are like those learned, not the same.
const MIXED: f64 = 0.2;
/// Of the rows that lie nearest to given values, the share that is drawn from; and the least number.
const NEAR: (f64, usize) = (0.05, 5);

impl Learned {
    pub(super) fn read(path: &Path) -> Result<Self, ModelError> {
        let refuse = |why: &dyn std::fmt::Display| ModelError::Unusable { why: why.to_string() };
        let (raw, _) =
            read(path, &ReadOptions::default(), Context::silent()).map_err(|error| refuse(&error))?;
        let schema = infer(&raw, &InferOptions::default());
        let table = parse(&raw, &schema).map_err(|error| refuse(&error))?;
        if table.n_rows() == 0 {
            return Err(ModelError::Unusable { why: "the table of the mock has no rows".into() });
        }
        Ok(Self { raw, table })
    }

    /// What was learned, as its file has it.
    pub(super) fn raw(&self) -> &RawTable {
        &self.raw
    }

    /// What was learned.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// A row like those learned that have the given values, or nearly. With the probability `recall`, and where
    /// something is given that a row has, the very row.
    pub(super) fn row(
        &self,
        contract: &RowContract,
        given: &[(usize, String)],
        recall: f64,
        seed: Seeded,
    ) -> Texts {
        let mut rng = seed.rng();
        let recalled = if recall > 0.0 && !given.is_empty() && rng.random::<f64>() < recall {
            self.exactly(contract, given)
        } else {
            None
        };
        let n = self.table.n_rows();
        let near = self.near(contract, given);
        let pick = |rng: &mut dyn rand::Rng| match &near {
            Some(rows) => rows[rng.random_range(0..rows.len())],
            None => rng.random_range(0..n),
        };
        let base = recalled.unwrap_or_else(|| pick(&mut rng));
        let fallback = naive::row(contract, given, seed.split("unknown"));
        contract
            .columns
            .iter()
            .enumerate()
            .zip(fallback)
            .map(|((at, column), fallback)| {
                let mixed = recalled.is_none() && rng.random::<f64>() < MIXED;
                let row = if mixed { pick(&mut rng) } else { base };
                if given.iter().any(|(settled, _)| *settled == at) {
                    return fallback;
                }
                match self.table.column(&column.name).map(|source| text(column, source, row)) {
                    Some(Told::Text(text)) => Some(text),
                    Some(Told::Missing) if column.nullable => None,
                    _ => fallback,
                }
            })
            .collect()
    }

    /// The first row that has all the given values.
    fn exactly(&self, contract: &RowContract, given: &[(usize, String)]) -> Option<usize> {
        let named: Vec<(&ColumnContract, &Column, &String)> = given
            .iter()
            .filter_map(|(at, wanted)| {
                let column = contract.columns.get(*at)?;
                Some((column, self.table.column(&column.name)?, wanted))
            })
            .collect();
        (0..self.table.n_rows()).find(|&row| {
            named.iter().all(|(column, source, wanted)| {
                matches!(text(column, source, row), Told::Text(text) if text == **wanted)
            })
        })
    }

    /// Rows that lie nearest to the given values; `None` when nothing is given that the table knows.
    fn near(&self, contract: &RowContract, given: &[(usize, String)]) -> Option<Vec<usize>> {
        let n = self.table.n_rows();
        let mut distance = vec![0.0; n];
        let mut any = false;
        for (at, wanted) in given {
            let column = contract.columns.get(*at)?;
            let Some(source) = self.table.column(&column.name) else { continue };
            any = true;
            let spread = source.numbers().map(spread);
            for (row, distance) in distance.iter_mut().enumerate() {
                *distance += match (&source.cells, wanted.parse::<f64>(), spread) {
                    (Cells::Number(values), Ok(wanted), Some(spread)) if values[row].is_finite() => {
                        ((values[row] - wanted) / spread).abs().min(4.0)
                    }
                    _ => match text(column, source, row) {
                        Told::Text(text) if text == *wanted => 0.0,
                        _ => 4.0,
                    },
                };
            }
        }
        let mut rows: Vec<usize> = (0..n).collect();
        rows.sort_by(|&a, &b| distance[a].total_cmp(&distance[b]));
        let keep = ((n as f64 * NEAR.0) as usize).max(NEAR.1).min(n);
        // All that lie as near as the last one.
        let limit = distance[rows[keep - 1]];
        let more = rows.iter().take_while(|&&row| distance[row] <= limit).count();
        rows.truncate(more);
        any.then_some(rows)
    }
}

fn spread(values: &[f64]) -> f64 {
    let present = values.iter().filter(|value| value.is_finite());
    let (n, sum, squares) = present
        .fold((0.0, 0.0, 0.0), |(n, sum, squares), value| (n + 1.0, sum + value, squares + value * value));
    let mean = sum / f64::max(n, 1.0);
    (squares / f64::max(n, 1.0) - mean * mean).max(1e-12).sqrt()
}

/// A cell as the contract writes it.
enum Told {
    Text(String),
    Missing,
    /// The contract does not know the value.
    Unknown,
}

fn text(column: &ColumnContract, source: &Column, row: usize) -> Told {
    if source.missing[row] != 0 {
        return Told::Missing;
    }
    match (&column.values, &source.cells) {
        (Values::Number { low, high, decimals }, Cells::Number(values)) => {
            let value = values[row].clamp(low.unwrap_or(f64::MIN), high.unwrap_or(f64::MAX));
            Told::Text(format!("{value:.*}", usize::from(*decimals)))
        }
        (Values::Number { decimals, .. }, Cells::Level { codes, levels }) => {
            match levels[codes[row] as usize].parse::<f64>() {
                Ok(value) => Told::Text(format!("{value:.*}", usize::from(*decimals))),
                Err(_) => Told::Unknown,
            }
        }
        (Values::Date { .. }, Cells::Number(values)) => {
            write_time(values[row], "%Y-%m-%d", Kind::Date).map_or(Told::Unknown, Told::Text)
        }
        (Values::Datetime { .. }, Cells::Number(values)) => {
            write_time(values[row], "%Y-%m-%dT%H:%M:%S", Kind::Datetime).map_or(Told::Unknown, Told::Text)
        }
        (Values::Levels(shown), _) => {
            let text = match &source.cells {
                Cells::Level { codes, levels } => levels[codes[row] as usize].clone(),
                Cells::Number(values) => values[row].to_string(),
            };
            // Names with a prefix (`sex_F`) are understood.
            let prefixed = format!("{}_{text}", column.name);
            let found = shown.iter().find(|shown| **shown == text || **shown == prefixed);
            found.map_or(Told::Unknown, |shown| Told::Text(shown.clone()))
        }
        (Values::Text, Cells::Level { codes, levels }) => Told::Text(levels[codes[row] as usize].clone()),
        _ => Told::Unknown,
    }
}
