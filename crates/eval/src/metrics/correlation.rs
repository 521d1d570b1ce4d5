//! re.corr: do numbers rise and fall together as they should?

use super::ks::{mean, needs_numbers};
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::mid_ranks;

/// Mean over pairs of numeric columns of one minus half the difference of rank correlations.
pub(super) struct Correlation;

static INFO: MetricInfo = MetricInfo {
    id: "re.corr",
    name: "Rank-correlation similarity",
    question: "Do numbers rise and fall together as they should?",
    page: "One minus half the difference between Spearman's correlations of holdout and synthetic rows, averaged over \
           pairs of numeric columns that have at least 20 rows together. Most pairs hardly correlate, so the mean \
           flatters: look at the association maps and at the floor.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("spearman1904")],
    maturity: Maturity::Checked,
};

/// Rows that a pair needs.
const LEAST_ROWS: usize = 20;

impl Metric for Correlation {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_numbers(schema, 2)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let ranks =
            |table| numbers(table).into_iter().map(|(_, values)| mid_ranks(values)).collect::<Vec<_>>();
        let (real, synthetic) = (ranks(data.holdout), ranks(data.synthetic));
        let k = real.len();
        jackknifed(data.holdout.n_rows(), data.synthetic.n_rows(), seed, |rows, others| {
            mean((0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).map(|(a, b)| {
                let r = correlation(&real[a], &real[b], rows)?;
                let s = correlation(&synthetic[a], &synthetic[b], others)?;
                Some(1.0 - 0.5 * (r - s).abs())
            }))
        })
    }
}

/// Correlation of two columns of ranks over `rows`. Ranks are those of the whole column: taking a tenth of the rows out
/// moves them too little to matter.
pub(super) fn correlation(a: &[f64], b: &[f64], rows: &[usize]) -> Option<f64> {
    let (mut n, mut x, mut y) = (0.0, 0.0, 0.0);
    let pairs = || rows.iter().map(|&row| (a[row], b[row])).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    for (a, b) in pairs() {
        n += 1.0;
        x += a;
        y += b;
    }
    if n < LEAST_ROWS as f64 {
        return None;
    }
    let (x, y) = (x / n, y / n);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        xy += (a - x) * (b - y);
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}
