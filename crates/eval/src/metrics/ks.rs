//! re.ks: do numbers follow the same distribution?

use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::ks_distance;

/// Mean over numeric columns of one minus the greatest gap between distribution functions.
pub(super) struct Ks;

static INFO: MetricInfo = MetricInfo {
    id: "re.ks",
    name: "Kolmogorov–Smirnov similarity",
    question: "Do numbers follow the same distribution?",
    page: "One minus the greatest gap between the distribution functions of holdout and synthetic values, averaged over \
           numeric columns and dates. Missing cells are left out (see re.miss). Equal samples of size n score about \
           1 - 0.87 √(2/n). Insensitive in the tails.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("smirnov1948")],
    maturity: Maturity::Checked,
};

impl Metric for Ks {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_numbers(schema, 1)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let (real, synthetic) = (numbers(data.holdout), numbers(data.synthetic));
        let one = |at: usize, rows: &[usize], others: &[usize]| {
            let pick =
                |values: &[f64], rows: &[usize]| rows.iter().map(|&row| values[row]).collect::<Vec<_>>();
            ks_distance(&pick(real[at].1, rows), &pick(synthetic[at].1, others))
                .map(|distance| 1.0 - distance)
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score =
            jackknifed(n, m, seed, |rows, others| mean((0..real.len()).map(|at| one(at, rows, others))))?;
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        let parts = real.iter().enumerate().filter_map(|(at, (column, _))| {
            Some((data.schema.columns[*column].name.clone(), one(at, &all, &others)?))
        });
        Ok(score.with_parts(parts))
    }
}

/// The mean of what is defined; `None` when nothing is.
pub(crate) fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, n) = values.flatten().fold((0.0, 0_usize), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / n as f64)
}

/// At least `n` numeric columns.
pub(super) fn needs_numbers(schema: &Schema, n: usize) -> Result<(), NotApplicable> {
    let found = schema.columns.iter().filter(|column| column.kind.is_numeric()).count();
    if found >= n {
        Ok(())
    } else {
        Err(NotApplicable { reason: format!("needs {n} numeric columns, has {found}") })
    }
}

/// At least `n` columns of levels.
pub(super) fn needs_levels(schema: &Schema, n: usize) -> Result<(), NotApplicable> {
    let found = schema.columns.iter().filter(|column| !column.kind.is_numeric()).count();
    if found >= n {
        Ok(())
    } else {
        Err(NotApplicable { reason: format!("needs {n} columns of levels, has {found}") })
    }
}
