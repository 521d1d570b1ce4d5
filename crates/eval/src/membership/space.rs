//! Where do real and synthetic rows stand, on a scale that all columns share?

use verosim_data::Table;
use verosim_data::frame::{Cells, Column};
use verosim_math::neighbours::Points;
use verosim_math::stats::mid_ranks;

/// How synthetic numbers are placed among real ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// By their own ranks: a copy that was shifted or stretched is still near.
    Ranks,
    /// By the distribution of real people: a copy stays at distance 0 whatever surrounds it.
    Values,
}

impl Space {
    pub(crate) const ALL: [Self; 2] = [Self::Ranks, Self::Values];

    /// Name of the part on the card.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ranks => "own ranks",
            Self::Values => "values",
        }
    }
}

/// The distribution of each numeric column among all real people under attack, members and others alike.
pub(crate) struct Scale {
    /// Sorted present values; empty for columns of levels.
    sorted: Vec<Vec<f64>>,
}

impl Scale {
    pub(crate) fn new(real: &[&Table]) -> Self {
        let n_columns = real.first().map_or(0, |table| table.columns().len());
        let sorted = (0..n_columns)
            .map(|at| {
                let mut values: Vec<f64> = real
                    .iter()
                    .flat_map(|table| table.columns()[at].numbers().unwrap_or_default())
                    .copied()
                    .filter(|value| !value.is_nan())
                    .collect();
                values.sort_by(f64::total_cmp);
                values
            })
            .collect();
        Self { sorted }
    }

    /// Rows by the distribution of real people: numbers by the share of real people below, equal ones counting half.
    pub(crate) fn place(&self, table: &Table) -> Points {
        Self::points(table, |at, values| {
            let sorted = &self.sorted[at];
            let twice = (2 * sorted.len().max(1)) as f64;
            let share = |value: &f64| {
                if value.is_nan() {
                    return f32::NAN;
                }
                let below = sorted.partition_point(|other| other < value);
                let upto = sorted.partition_point(|other| other <= value);
                ((below + upto) as f64 / twice) as f32
            };
            values.iter().map(share).collect()
        })
    }

    /// Synthetic rows in a space.
    pub(crate) fn place_made(&self, table: &Table, space: Space) -> Points {
        match space {
            Space::Values => self.place(table),
            Space::Ranks => Self::points(table, |_, values| {
                let ranks = mid_ranks(values);
                let n = ranks.iter().filter(|rank| !rank.is_nan()).count().max(1) as f64;
                ranks.iter().map(|rank| ((rank - 0.5) / n) as f32).collect()
            }),
        }
    }

    /// The scale of a table of only these columns.
    pub(crate) fn chosen(&self, columns: &[usize]) -> Self {
        Self { sorted: columns.iter().map(|&at| self.sorted[at].clone()).collect() }
    }

    fn points(table: &Table, place: impl Fn(usize, &[f64]) -> Vec<f32>) -> Points {
        let (mut numbers, mut levels) = (Vec::new(), Vec::new());
        for (at, column) in table.columns().iter().enumerate() {
            match &column.cells {
                Cells::Number(values) => numbers.push(place(at, values)),
                Cells::Level { .. } => levels.push(codes(column)),
            }
        }
        Points::new(&numbers, &levels)
    }
}

/// Codes of a column of levels; those beyond two bytes are one.
fn codes(column: &Column) -> Vec<u16> {
    column.levels().map_or_else(Vec::new, |(codes, _)| codes.iter().map(|&c| c.min(65_535) as u16).collect())
}
