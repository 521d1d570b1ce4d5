//! di.spread: are numbers spread as widely as those of real people?

use super::ks::{mean, needs_numbers};
use crate::coded::numbers;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Mean over numeric columns of the variance ratio of ranks, or its inverse where it is above 1.
pub(super) struct Spread;

static INFO: MetricInfo = MetricInfo {
    id: "di.spread",
    name: "Variance ratio",
    question: "Are numbers spread as widely as those of real people?",
    page: "Each value is replaced by its place among the holdout values (0 to 1, ties in the middle); the variance of the \
           synthetic places over that of the holdout's is 1 when both are spread alike, 0 when all are one value, up to 3 \
           when all lie at the ends. Places and not values, because one extreme laboratory value would decide the ratio. The score is the mean over columns of \
           the ratio, or of its inverse where it is above 1. The parts are the ratios, the narrowest first.",
    family: Family::Diversity,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "ratio",
    sources: &[Citation("shumailov2024")],
    maturity: Maturity::Checked,
};

impl Metric for Spread {
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
        let columns: Vec<(usize, Vec<f64>, Vec<f64>)> = numbers(data.holdout)
            .into_iter()
            .zip(numbers(data.synthetic))
            .map(|((at, real), (_, made))| {
                let mut sorted: Vec<f64> = real.iter().copied().filter(|value| !value.is_nan()).collect();
                sorted.sort_by(f64::total_cmp);
                (at, places(real, &sorted), places(made, &sorted))
            })
            .collect();
        let ratio = |(_, real, made): &(usize, Vec<f64>, Vec<f64>), rows: &[usize], others: &[usize]| {
            let (real, made) = (variance(real, rows)?, variance(made, others)?);
            (real > 0.0).then(|| made / real)
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score = jackknifed(n, m, seed, |rows, others| {
            mean(
                columns
                    .iter()
                    .map(|column| ratio(column, rows, others).map(|r| if r > 1.0 { 1.0 / r } else { r })),
            )
        })?;
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        let mut parts: Vec<(String, f64)> = columns
            .iter()
            .filter_map(|column| {
                Some((data.schema.columns[column.0].name.clone(), ratio(column, &all, &others)?))
            })
            .collect();
        parts.sort_by(|a, b| a.1.total_cmp(&b.1));
        Ok(score.with_parts(parts))
    }
}

/// Share of `sorted` below each value, ties counting half; missing stays missing.
fn places(values: &[f64], sorted: &[f64]) -> Vec<f64> {
    let n = sorted.len().max(1) as f64;
    values
        .iter()
        .map(|value| {
            if value.is_nan() {
                return f64::NAN;
            }
            let below = sorted.partition_point(|other| other < value);
            let upto = sorted.partition_point(|other| other <= value);
            0.5 * (below + upto) as f64 / n
        })
        .collect()
}

/// Variance of what is present at `rows`; `None` below two values.
fn variance(values: &[f64], rows: &[usize]) -> Option<f64> {
    let present = || rows.iter().map(|&row| values[row]).filter(|value| !value.is_nan());
    let n = present().count() as f64;
    let middle = present().sum::<f64>() / n;
    (n > 1.0).then(|| present().map(|value| (value - middle).powi(2)).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn places_and_ratios_are_as_by_hand() {
        let rows = |values: &[i32]| -> Vec<[String; 1]> { values.iter().map(|v| [v.to_string()]).collect() };
        let real = [1, 2, 3, 4];
        // Places of the holdout 1/8, 3/8, 5/8, 7/8: variance 5/64. Of 2, 2, 3, 3: 3/8 and 5/8, variance 1/64.
        let score =
            measured(&Spread, &Three::new(&["x"], [&rows(&real), &rows(&real), &rows(&[2, 2, 3, 3])]));
        assert!((score.value() - 0.2).abs() < 1e-12, "{}", score.value());
        // 0, 0, 9, 9 lie at the ends: places 0 and 1, variance 1/4, ratio 3.2.
        let score =
            measured(&Spread, &Three::new(&["x"], [&rows(&real), &rows(&real), &rows(&[0, 0, 9, 9])]));
        assert!((score.parts()[0].1 - 3.2).abs() < 1e-12 && (score.value() - 1.0 / 3.2).abs() < 1e-12);
    }
}
