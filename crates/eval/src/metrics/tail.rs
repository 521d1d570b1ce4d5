//! di.tail: are there as many extreme values as among real people?

use super::ks::{mean, needs_numbers};
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::quantile_sorted;

/// Mean over numeric columns of the share of values outside the real 1 to 99 % range, over the expected 2 %.
pub(super) struct Tail;

static INFO: MetricInfo = MetricInfo {
    id: "di.tail",
    name: "Mass in the tails",
    question: "Are there as many extreme values as among real people?",
    page: "The share of synthetic values below the 1 % or above the 99 % quantile of the holdout, over the 2 % that are \
           expected there, averaged over numeric columns and dates. 0: no extreme patient at all, as when a model writes \
           typical ones; 1: as many as real; far above 1: values out of range. Columns whose ends are heaps of equal values \
           (less than 1 % of the holdout lies beyond the quantiles) are left out. The ceiling carries the noise of the \
           quantiles. The parts are the columns, those with the thinnest tails first.",
    family: Family::Diversity,
    direction: Direction::Target(1.0),
    range: Range { low: 0.0, high: 50.0 },
    unit: "times the expected share",
    sources: &[Citation("shumailov2024")],
    maturity: Maturity::Checked,
};

/// Share expected outside.
const EXPECTED: f64 = 0.02;
/// Values that a column needs: with fewer there is none beyond the quantiles.
const LEAST_VALUES: usize = 100;

impl Metric for Tail {
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
        let outside = |values: &[f64], (low, high): (f64, f64), rows: &[usize]| {
            let present = || rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan());
            let n = present().count();
            let out = present().filter(|value| *value < low || *value > high).count();
            (n > 0).then(|| out as f64 / n as f64)
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        // The range is part of the question and stays when rows are left out for the interval.
        let columns: Vec<(usize, (f64, f64), &[f64])> = numbers(data.holdout)
            .into_iter()
            .zip(numbers(data.synthetic))
            .filter_map(|((at, real), (_, made))| {
                let range = range(real)?;
                let has_tails = outside(real, range, &all)? >= 0.5 * EXPECTED;
                has_tails.then_some((at, range, made))
            })
            .collect();
        if columns.is_empty() {
            let why = "no column has 100 values and tails that are no heaps".into();
            return Err(MetricError::Undefined { why });
        }
        let share = |(_, range, made): &(usize, (f64, f64), &[f64]), rows: &[usize]| {
            outside(made, *range, rows).map(|share| share / EXPECTED)
        };
        let score =
            jackknifed(n, m, seed, |_, others| mean(columns.iter().map(|column| share(column, others))))?;
        let mut parts: Vec<(String, f64)> = columns
            .iter()
            .filter_map(|column| Some((data.schema.columns[column.0].name.clone(), share(column, &others)?)))
            .collect();
        parts.sort_by(|a, b| a.1.total_cmp(&b.1));
        Ok(score.with_parts(parts))
    }
}

/// The 1 % and 99 % quantiles.
fn range(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let quantile = |share| quantile_sorted(&sorted, share);
    (sorted.len() >= LEAST_VALUES).then(|| quantile(0.01).zip(quantile(0.99)))?
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    #[test]
    fn the_share_beyond_the_quantiles_is_as_by_hand() {
        let real: Vec<[String; 1]> = (0..=200).map(|value| [value.to_string()]).collect();
        let made: Vec<[String; 1]> = (0..100).map(|at| [if at < 3 { 1 } else { 100 }.to_string()]).collect();
        let three = Three::new(&["x"], [&real, &real, &made]);
        // numpy.quantile(range(201), [0.01, 0.99]) is 2 and 198; three of a hundred lie below.
        let score = measured(&Tail, &three);
        assert!((score.value() - 1.5).abs() < 1e-12, "{}", score.value());
    }

    #[test]
    fn heaps_at_the_ends_are_no_tails() {
        let real: Vec<[String; 1]> = (0..200).map(|at| [(at % 4).to_string()]).collect();
        let refused = refused(&Tail, &Three::new(&["x"], [&real, &real, &real]));
        assert!(refused.to_string().contains("tails that are no heaps"), "{refused}");
    }
}
