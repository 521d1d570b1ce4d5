//! di.heap: do numbers end in 0 and 5 no more often than people write them?

use super::ks::{mean, needs_numbers};
use super::spike::{digits, scale};
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::BTreeSet;
use verosim_core::schema::Format;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Mean over numeric columns of one minus the total variation of the last digits.
pub(super) struct Heaping;

static INFO: MetricInfo = MetricInfo {
    id: "di.heap",
    name: "Digit heaping",
    question: "Do numbers end in 0 and 5 no more often than people write them?",
    page: "For each numeric column one minus the total variation between the last stored digits of holdout and synthetic \
           values, averaged over columns with at least ten different values. Language models write round numbers; people \
           do too, but by their own habits, so the law of the holdout is the measure and not equal digits. The parts are \
           the excess of the share that ends in 0 or 5, the largest first: positive where synthetic values are rounder. \
           re.spike mixes this with the mass of single values.",
    family: Family::Diversity,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("thavarajah2003")],
    maturity: Maturity::Checked,
};

/// Different values that a column needs, so that the last digit is no level of its own.
const LEAST_VALUES: usize = 10;

impl Metric for Heaping {
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
        let various = |values: &[f64]| {
            let different: BTreeSet<u64> =
                values.iter().filter(|value| !value.is_nan()).map(|value| value.to_bits()).collect();
            different.len() >= LEAST_VALUES
        };
        let columns: Vec<_> = numbers(data.holdout)
            .into_iter()
            .zip(numbers(data.synthetic))
            .map(|((at, real), (_, made))| (&data.schema.columns[at], real, made))
            // The last digit of a day or a second since 1970 is nobody's habit.
            .filter(|(schema, real, _)| !matches!(schema.format, Format::Time { .. }) && various(real))
            .collect();
        if columns.is_empty() {
            return Err(MetricError::Undefined { why: "no number has ten different values".into() });
        }
        let laws = |at: usize, rows: &[usize], others: &[usize]| {
            let (schema, real, made) = columns[at];
            let scale = scale(schema);
            Some((digits(real, scale, rows)?, digits(made, scale, others)?))
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score = jackknifed(n, m, seed, |rows, others| {
            mean((0..columns.len()).map(|at| {
                let (real, made) = laws(at, rows, others)?;
                Some(1.0 - 0.5 * real.iter().zip(&made).map(|(r, s)| (r - s).abs()).sum::<f64>())
            }))
        })?;
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        let mut parts: Vec<(String, f64)> = (0..columns.len())
            .filter_map(|at| {
                let (real, made) = laws(at, &all, &others)?;
                Some((columns[at].0.name.clone(), made[0] + made[5] - real[0] - real[5]))
            })
            .collect();
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(score.with_parts(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn rounding_is_seen_in_the_last_stored_digit() {
        let rows =
            |cell: &dyn Fn(usize) -> String| -> Vec<[String; 1]> { (0..100).map(|at| [cell(at)]).collect() };
        let real = rows(&|at| format!("{}.{}", at, at % 10));
        let round = rows(&|at| format!("{at}.{}", if at % 2 == 0 { 0 } else { at % 10 }));
        let score = measured(&Heaping, &Three::new(&["x"], [&real, &real, &round]));
        // By hand: 0.1 for every digit; rounding makes 0 half and takes 0.1 from 2, 4, 6 and 8 each.
        assert!((score.value() - 0.6).abs() < 1e-12, "{}", score.value());
        assert!((score.parts()[0].1 - 0.4).abs() < 1e-12, "0 and 5 are 0.6 of the values instead of 0.2");
    }
}
