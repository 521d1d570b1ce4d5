//! How does SDMetrics score rows?

use rayon::prelude::*;
use std::collections::HashMap;
use verosim_data::frame::NO_LEVEL;
use verosim_data::{Cells, Table};
use verosim_math::neighbours::{Points, nearest};

/// How near a real number is to a synthetic one that it matches, as a share of the synthetic one.
const TOLERANCE: f64 = 0.01;

/// Share of synthetic rows that match no real row: equal levels, numbers within a hundredth of the synthetic one.
pub(super) fn new_rows(real: &Table, synthetic: &Table) -> Option<f64> {
    let levels = |table: &Table, row: usize| -> Vec<u32> {
        table.columns().iter().filter_map(|column| Some(column.levels()?.0[row])).collect()
    };
    let numbers = |table: &Table| -> Vec<Vec<f64>> {
        table.columns().iter().filter_map(|column| column.numbers().map(<[f64]>::to_vec)).collect()
    };
    let (of_real, of_synthetic) = (numbers(real), numbers(synthetic));
    let mut alike: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for row in 0..real.n_rows() {
        alike.entry(levels(real, row)).or_default().push(row);
    }
    let matches = |row: usize, other: usize| {
        of_synthetic.iter().zip(&of_real).all(|(own, theirs)| match (own[row], theirs[other]) {
            (own, theirs) if own.is_nan() => theirs.is_nan(),
            (own, theirs) => (theirs - own).abs() <= (TOLERANCE * own).abs(),
        })
    };
    let n = synthetic.n_rows();
    let new = (0..n).into_par_iter().filter(|&row| {
        let candidates = alike.get(&levels(synthetic, row));
        !candidates.is_some_and(|rows| rows.iter().any(|&other| matches(row, other)))
    });
    let new = new.count();
    (n > 0).then(|| new as f64 / n as f64)
}

/// Twice the share of synthetic rows that are not nearer to training than to other rows, at most 1. Either distance is
/// scaled by the ranges of its own reference, and ties count as farther from training: copies of rows that both tables
/// have look private (a defect that is kept).
pub(super) fn overfitting_protection(train: &Table, holdout: &Table, synthetic: &Table) -> Option<f64> {
    let n = synthetic.n_rows();
    if n == 0 || train.n_rows() == 0 || holdout.n_rows() == 0 {
        return None;
    }
    let (to_train, to_holdout) = (distances(synthetic, train), distances(synthetic, holdout));
    let nearer = to_train.iter().zip(&to_holdout).filter(|(train, holdout)| train < holdout).count();
    Some((2.0 * (1.0 - nearer as f64 / n as f64)).min(1.0))
}

/// Distance of each row to the nearest of the references, by the ranges of the references, per column.
pub(super) fn distances(rows: &Table, references: &Table) -> Vec<f32> {
    let spans: Vec<(f64, f64)> = references
        .columns()
        .iter()
        .map(|column| {
            let present = || column.numbers().unwrap_or(&[]).iter().copied().filter(|value| !value.is_nan());
            let low = present().fold(f64::INFINITY, f64::min);
            (low, present().fold(f64::NEG_INFINITY, f64::max) - low)
        })
        .collect();
    let k = references.columns().len().max(1) as f32;
    nearest(&points(rows, &spans), &points(references, &spans), 1)
        .into_iter()
        .map(|found| found.first().copied().unwrap_or(f32::MAX) / k)
        .collect()
}

fn points(table: &Table, spans: &[(f64, f64)]) -> Points {
    let (mut numbers, mut levels) = (Vec::new(), Vec::new());
    for (column, &(low, span)) in table.columns().iter().zip(spans) {
        match &column.cells {
            Cells::Number(values) => numbers.push(
                values
                    .iter()
                    .map(|&value| match span {
                        // One value alone: equal or not.
                        span if span > 0.0 => ((value - low) / span) as f32,
                        _ if value.is_nan() => f32::NAN,
                        _ => {
                            if value == low {
                                0.0
                            } else {
                                2.0
                            }
                        }
                    })
                    .collect(),
            ),
            Cells::Level { codes, .. } => {
                let code = |&code: &u32| if code == NO_LEVEL { u16::MAX } else { code.min(65_534) as u16 };
                levels.push(codes.iter().map(code).collect());
            }
        }
    }
    Points::new(&numbers, &levels)
}
