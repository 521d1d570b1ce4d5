//! di.assoc: are numbers no more tied to each other than those of real people?

use super::correlation::correlation;
use super::ks::needs_numbers;
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::mid_ranks;

/// Typical rank correlation of synthetic rows minus that of real ones.
pub(super) struct Association;

static INFO: MetricInfo = MetricInfo {
    id: "di.assoc",
    name: "Inflation of correlations",
    question: "Are numbers no more tied to each other than those of real people?",
    page: "The typical (root mean square) Spearman correlation over pairs of numeric columns, corrected for what chance \
           gives among so many rows, of synthetic minus that of holdout rows. Above 0 patients follow the textbook too \
           closely: the sick are sick in every column. Below 0 relations are lost. re.corr tells whether each pair is \
           right; this tells whether all are too strong. At most 500 pairs. The parts are the two typical correlations.",
    family: Family::Diversity,
    direction: Direction::Target(0.0),
    range: Range { low: -1.0, high: 1.0 },
    unit: "correlation",
    sources: &[Citation("spearman1904"), Citation("zhang2025")],
    maturity: Maturity::Checked,
};

/// Most pairs looked at; every so many in order.
const MOST_PAIRS: usize = 500;

impl Metric for Association {
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
        let all: Vec<(usize, usize)> = (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect();
        let pairs: Vec<_> = all.iter().step_by(all.len().div_ceil(MOST_PAIRS).max(1)).copied().collect();
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let both = |rows: &[usize], others: &[usize]| {
            Some((typical(&real, &pairs, rows)?, typical(&synthetic, &pairs, others)?))
        };
        let score =
            jackknifed(n, m, seed, |rows, others| both(rows, others).map(|(real, made)| made - real))?;
        let found = both(&(0..n).collect::<Vec<_>>(), &(0..m).collect::<Vec<_>>());
        Ok(score.with_parts(found.into_iter().flat_map(|(real, made)| {
            [("holdout rows".to_owned(), real), ("synthetic rows".to_owned(), made)]
        })))
    }
}

/// Root of the mean square correlation less what independent columns give: 1 / (n - 1). `None` where no pair allows it.
fn typical(ranks: &[Vec<f64>], pairs: &[(usize, usize)], rows: &[usize]) -> Option<f64> {
    let squares = pairs.iter().filter_map(|&(a, b)| {
        let n = rows.iter().filter(|&&row| !(ranks[a][row] + ranks[b][row]).is_nan()).count() as f64;
        correlation(&ranks[a], &ranks[b], rows).map(|found| found * found - 1.0 / (n - 1.0))
    });
    let (sum, n) = squares.fold((0.0, 0_usize), |(sum, n), square| (sum + square, n + 1));
    (n > 0).then(|| (sum / n as f64).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn tied_columns_are_inflated() {
        let rows = |other: &dyn Fn(usize) -> usize| -> Vec<[String; 2]> {
            (0..50).map(|at| [at.to_string(), other(at).to_string()]).collect()
        };
        // scipy.stats.spearmanr(range(50), [3 * i % 50 for i in range(50)]).statistic is 0.3469387755102041.
        let loose = rows(&|at| 3 * at % 50);
        let three = Three::new(&["x", "y"], [&loose, &loose, &rows(&|at| at)]);
        let score = measured(&Association, &three);
        let tied = (1.0_f64 - 1.0 / 49.0).sqrt();
        let free = (0.346_938_775_510_204_1_f64.powi(2) - 1.0 / 49.0).sqrt();
        assert!((score.value() - (tied - free)).abs() < 1e-12, "{}", score.value());
    }
}
