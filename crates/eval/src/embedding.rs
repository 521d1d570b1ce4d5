//! How does a patient become a point, so that distances mean something?
//!
//! The embedding "E-default": a number is its place among training and holdout values (mid-ranks, from -1/2 to 1/2, 0 where
//! missing), with an indicator of each kind of missing; a column of levels is an indicator of each of its commonest levels,
//! of the rest together, of levels that no real row has, and of each kind of missing, times 1/√2. Ordered levels are
//! numbers. Levels with an indicator of their own are at most 20 a column, fewer where the coordinates would be more than
//! 256.

use crate::Trio;
use crate::trio::some_rows;
use verosim_core::{Kind, Seeded};
use verosim_data::Table;
use verosim_data::frame::{Cells, Column, NO_LEVEL};
use verosim_math::euclid::Cloud;

/// Coordinates aimed at.
const MOST_COORDINATES: usize = 256;

/// How rows become points; learned from training and holdout rows only.
pub(crate) struct Embedding {
    axes: Vec<Axis>,
}

enum Axis {
    /// Sorted values of real rows, and kinds of missing of any row.
    Number { sorted: Vec<f64>, kinds: usize },
    /// Code of each level; the last codes are those of missing.
    Level { of_level: Vec<u8>, unseen: usize, kinds: usize },
}

/// Two tables of equally many rows as points.
pub(crate) struct Clouds {
    pub(crate) real: Cloud,
    pub(crate) synthetic: Cloud,
}

/// Holdout and synthetic rows as points, equally many of each and at most `most`, at random where there are more.
pub(crate) fn clouds(data: &Trio<'_>, most: usize, seed: Seeded) -> Clouds {
    let n = data.holdout.n_rows().min(data.synthetic.n_rows()).min(most);
    let embedding = Embedding::new(data);
    let points = |table: &Table, name: &str| {
        embedding.points(&table.take(&some_rows(table.n_rows(), n, seed.split(name))))
    };
    Clouds { real: points(data.holdout, "holdout"), synthetic: points(data.synthetic, "synthetic") }
}

impl Embedding {
    pub(crate) fn new(data: &Trio<'_>) -> Self {
        let with = |most: usize| Self { axes: axes(data, most) };
        [20, 10, 5, 2]
            .into_iter()
            .map(with)
            .find(|embedding| embedding.width() <= MOST_COORDINATES)
            .unwrap_or_else(|| with(1))
    }

    fn width(&self) -> usize {
        let of = |axis: &Axis| match axis {
            Axis::Number { kinds, .. } => 1 + if *kinds > 0 { kinds + 1 } else { 0 },
            Axis::Level { unseen, kinds, .. } => unseen + 1 + kinds,
        };
        self.axes.iter().map(of).sum()
    }

    /// The rows of a table with the columns of the trio as points.
    pub(crate) fn points(&self, table: &Table) -> Cloud {
        let mut numbers = Vec::new();
        let mut levels = Vec::new();
        for (axis, column) in self.axes.iter().zip(table.columns()) {
            match axis {
                Axis::Number { sorted, kinds } => {
                    numbers.push(values(column).iter().map(|&value| place(sorted, value)).collect());
                    if *kinds > 0 {
                        let codes = column.missing.iter().map(|&kind| kind.min(*kinds as u8)).collect();
                        levels.push((codes, kinds + 1));
                    }
                }
                Axis::Level { of_level, unseen, kinds } => {
                    let (codes, _) = column.levels().unwrap_or_default();
                    let own = |row: usize| match (column.missing[row], codes.get(row)) {
                        (0, Some(&code)) => of_level.get(code as usize).copied().unwrap_or(*unseen as u8),
                        (0, None) => *unseen as u8,
                        (kind, _) => (*unseen + usize::from(kind).min(*kinds)) as u8,
                    };
                    levels.push(((0..column.len()).map(own).collect(), unseen + 1 + kinds));
                }
            }
        }
        Cloud::new(&numbers, &levels)
    }
}

/// Numbers, or places of ordered levels; `NaN` where missing.
fn values(column: &Column) -> Vec<f64> {
    match &column.cells {
        Cells::Number(values) => values.clone(),
        Cells::Level { codes, .. } => {
            codes.iter().map(|&code| if code == NO_LEVEL { f64::NAN } else { f64::from(code) }).collect()
        }
    }
}

/// Numbers, or what `order` says of each level; `NaN` where missing.
pub(crate) fn plain_values(column: &Column, order: Option<&[f64]>) -> Vec<f64> {
    match (&column.cells, order) {
        (Cells::Level { codes, .. }, Some(order)) => {
            codes.iter().map(|&code| order.get(code as usize).copied().unwrap_or(f64::NAN)).collect()
        }
        _ => values(column),
    }
}

/// Share of `sorted` below a value, ties counting half, less one half; 0 where missing.
pub(crate) fn place(sorted: &[f64], value: f64) -> f32 {
    if value.is_nan() || sorted.is_empty() {
        return 0.0;
    }
    let below = sorted.partition_point(|other| *other < value);
    let upto = sorted.partition_point(|other| *other <= value);
    ((below + upto) as f64 / (2 * sorted.len()) as f64 - 0.5) as f32
}

fn axes(data: &Trio<'_>, most: usize) -> Vec<Axis> {
    use rayon::prelude::*;
    (0..data.schema.columns.len())
        .into_par_iter()
        .map(|at| {
            let [train, holdout, synthetic] =
                [data.train, data.holdout, data.synthetic].map(|table| &table.columns()[at]);
            // Eight kinds of missing are told apart.
            let kinds = [train, holdout, synthetic]
                .iter()
                .flat_map(|column| &column.missing)
                .map(|&kind| usize::from(kind).min(8))
                .max()
                .unwrap_or(0);
            if data.schema.columns[at].kind == Kind::Ordinal || holdout.numbers().is_some() {
                let mut sorted = values(train);
                sorted.extend(values(holdout));
                sorted.retain(|value| !value.is_nan());
                sorted.sort_by(f64::total_cmp);
                return Axis::Number { sorted, kinds };
            }
            let n_levels = holdout.levels().map_or(0, |(_, levels)| levels.len());
            let mut counts = vec![0_usize; n_levels];
            for (codes, _) in [train, holdout].iter().filter_map(|column| column.levels()) {
                codes.iter().for_each(|&code| {
                    if let Some(count) = counts.get_mut(code as usize) {
                        *count += 1;
                    }
                });
            }
            let mut known: Vec<usize> = (0..n_levels).filter(|&level| counts[level] > 0).collect();
            known.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
            // The rest has a code where there is a rest, unseen levels the one after.
            let unseen = known.len().min(most + 1);
            let mut of_level = vec![unseen as u8; n_levels];
            known.iter().enumerate().for_each(|(code, &level)| of_level[level] = code.min(most) as u8);
            Axis::Level { of_level, unseen, kinds }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::Three;

    #[test]
    fn places_levels_and_missing_cells_are_as_by_hand() {
        let rows = |cells: &[[&str; 2]]| -> Vec<[String; 2]> {
            cells.iter().map(|row| row.map(str::to_owned)).collect()
        };
        let real = rows(&[["1", "a"], ["2", "a"], ["3", "b"], ["", "b"]]);
        let three = Three::new(&["x", "g"], [&real, &real, &rows(&[["2", "z"], ["9", ""], ["", "a"]])]);
        let trio = three.trio();
        let embedding = Embedding::new(&trio);
        let (h, s) = (embedding.points(trio.holdout), embedding.points(trio.synthetic));
        // 1, 2, 3 stand at -1/3, 0, 1/3; 9 at 1/2.
        let distance = |row, at| h.distance(row, &s, at);
        assert!((distance(1, 0) - 1.0).abs() < 1e-6, "the same number, a level nobody has");
        assert!(
            (distance(2, 1) - (1.0_f64 + 1.0 / 36.0).sqrt()).abs() < 1e-6,
            "1/6 and a missing level apart"
        );
        assert!((distance(3, 2) - 1.0).abs() < 1e-6, "missing is near missing");
        assert!(
            (distance(0, 2) - (1.0_f64 + 1.0 / 9.0).sqrt()).abs() < 1e-6,
            "missing is another kind of cell"
        );
    }
}
