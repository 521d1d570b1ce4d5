//! re.w1: how far must the average number move, in spreads of its column?

use super::ks::{mean, needs_numbers};
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::{quantile_sorted, wasserstein_1d};

/// Mean over numeric columns of the Wasserstein distance over the interquartile range.
pub(super) struct Wasserstein;

static INFO: MetricInfo = MetricInfo {
    id: "re.w1",
    name: "Scaled Wasserstein distance",
    question: "How far must the average number move, in spreads of its column?",
    page: "First Wasserstein distance between holdout and synthetic values over the interquartile range of the holdout \
           (its standard deviation where half of the values are equal), averaged over numeric columns. Sees shifts that \
           re.ks bounds, and long tails.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "interquartile ranges",
    sources: &[Citation("vallender1974")],
    maturity: Maturity::Checked,
};

impl Metric for Wasserstein {
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
        let spreads: Vec<Option<f64>> = real.iter().map(|(_, values)| spread(values)).collect();
        let pick = |values: &[f64], rows: &[usize]| rows.iter().map(|&row| values[row]).collect::<Vec<_>>();
        jackknifed(data.holdout.n_rows(), data.synthetic.n_rows(), seed, |rows, others| {
            mean(real.iter().zip(&synthetic).zip(&spreads).map(|((r, s), spread)| {
                Some(wasserstein_1d(&pick(r.1, rows), &pick(s.1, others))? / (*spread)?)
            }))
        })
    }
}

fn spread(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let range = quantile_sorted(&sorted, 0.75)? - quantile_sorted(&sorted, 0.25)?;
    if range > 0.0 {
        return Some(range);
    }
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let deviation = (sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    (deviation > 0.0).then_some(deviation)
}
