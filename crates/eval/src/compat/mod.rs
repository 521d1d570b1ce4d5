//! Which of our figures is which of theirs, and what would their tool have said?
//!
//! Scores of other tools are computed as those tools compute them, known defects included, so that old figures can be
//! followed; each stands beside the metric that replaces it here and what differs.

mod names;
mod pairs;
mod rows;
mod shapes;
#[cfg(test)]
mod tests;

pub use names::{ALIASES, Alias};

use crate::card::CompatScore;
use crate::trio::{align, some_rows};
use rayon::prelude::*;
use verosim_core::Seeded;
use verosim_data::{Cells, Table};

/// Rows that take part where every row is held against every other.
const MOST_ROWS: usize = 10_000;

/// The scores of other tools for these tables, all of whose columns are the same, in the same order.
///
/// # Cost
/// Of `SDMetrics`' reports: one pass over the rows for each pair of columns, without sampling. Of its metrics of rows:
/// O(rows²), with at most 10,000 rows of each table.
#[must_use]
pub fn compat(train: &Table, holdout: &Table, synthetic: &Table, seed: Seeded) -> Vec<CompatScore> {
    let aligned = align(&[train, holdout, synthetic]);
    let [train, holdout, synthetic] = [&aligned[0], &aligned[1], &aligned[2]];
    let mut scores = Vec::new();
    let mut push = |score: &str, value: Option<f64>| {
        if let (Some(value), Some(alias)) = (value, Alias::find("sdmetrics", score)) {
            scores.push(CompatScore {
                peer: alias.peer.into(),
                score: alias.score.into(),
                value,
                ours: alias.metric.into(),
                differs: alias.differs.into(),
            });
        }
    };
    let report = quality(train, synthetic);
    push("QualityReport", report.overall());
    push("Column Shapes", report.shapes);
    push("Column Pair Trends", report.pairs);
    push("DiagnosticReport", shapes::validity(train, synthetic).map(|validity| f64::midpoint(validity, 1.0)));
    let some = |table: &Table, name: &str| {
        table.take(&some_rows(table.n_rows(), MOST_ROWS, seed.split("compat").split(name)))
    };
    let (train, holdout, synthetic) =
        (some(train, "train"), some(holdout, "holdout"), some(synthetic, "synthetic"));
    push("NewRowSynthesis", rows::new_rows(&train, &synthetic));
    push("DCROverfittingProtection", rows::overfitting_protection(&train, &holdout, &synthetic));
    scores
}

/// `SDMetrics`' quality report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Mean similarity of single columns.
    pub shapes: Option<f64>,
    /// Mean similarity of pairs that are tied in real data.
    pub pairs: Option<f64>,
}

impl Quality {
    /// Their mean.
    #[must_use]
    pub fn overall(self) -> Option<f64> {
        match (self.shapes, self.pairs) {
            (Some(shapes), Some(pairs)) => Some(f64::midpoint(shapes, pairs)),
            (one, other) => one.or(other),
        }
    }
}

/// `SDMetrics` 0.32's quality report with its default thresholds: pairs count whose absolute correlation is above 0.5, or
/// whose Cramér's V is above 0.3. Tables share levels.
#[must_use]
pub fn quality(real: &Table, synthetic: &Table) -> Quality {
    quality_above(real, synthetic, pairs::Least { correlation: 0.5, association: 0.3 })
}

fn quality_above(real: &Table, synthetic: &Table, least: pairs::Least) -> Quality {
    let columns: Vec<(usize, f64)> = (0..real.columns().len())
        .into_par_iter()
        .filter_map(|at| {
            let similarity = match (&real.columns()[at].cells, &synthetic.columns()[at].cells) {
                (Cells::Number(a), Cells::Number(b)) => shapes::ks_complement(a, b),
                (Cells::Level { codes: a, levels }, Cells::Level { codes: b, .. }) => {
                    shapes::tv_complement(a, b, levels.len())
                }
                _ => None,
            };
            Some((at, similarity?))
        })
        .collect();
    let shapes = mean(columns.iter().map(|(_, value)| *value));
    Quality { shapes, pairs: pairs::trends(real, synthetic, least) }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n > 0.0).then(|| sum / n)
}
