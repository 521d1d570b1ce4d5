//! re.cvm: do numbers follow the same distribution over the whole of it?

use super::ks::{mean, needs_numbers};
use crate::coded::numbers;
use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::Merged;

/// Mean over numeric columns of one minus the scaled distance of Cramér and von Mises.
pub(super) struct Cramer;

static INFO: MetricInfo = MetricInfo {
    id: "re.cvm",
    name: "Cramér–von Mises similarity",
    question: "Do numbers follow the same distribution over the whole of it?",
    page: "Where re.ks takes the greatest gap between the two distribution functions, this takes the mean squared gap over \
           all values, ω² = T (n + m) / (n m), with T the statistic of scipy's cramervonmises_2samp (ties by mid-ranks). The \
           score is 1 - √(3 ω²), averaged over numeric columns and dates: 0 when all synthetic values lie on one side of all \
           real ones. For equal laws T is 1/6 on average, so that two samples of n rows score about 1 - 1 / √n. Missing cells \
           are left out. With many ties the correction can bring ω² below 0, which counts as 0.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("anderson1962")],
    maturity: Maturity::Checked,
};

impl Metric for Cramer {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_numbers(schema, 1)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let groups = Groups::new(data.holdout.n_rows(), data.synthetic.n_rows(), seed);
        let merged: Vec<(usize, Merged)> = numbers(data.holdout)
            .into_iter()
            .zip(numbers(data.synthetic))
            .map(|((at, real), (_, made))| (at, Merged::new((real, &groups.real), (made, &groups.synthetic))))
            .collect();
        let one = |merged: &Merged, out: usize| {
            let (t, n, m) = merged.cramer_von_mises(out)?;
            Some(1.0 - (3.0 * t * (n + m) / (n * m)).clamp(0.0, 1.0).sqrt())
        };
        let score = groups.score(|out| mean(merged.iter().map(|(_, merged)| one(merged, out))))?;
        Ok(score.with_parts(
            merged.iter().filter_map(|(at, merged)| {
                Some((data.schema.columns[*at].name.clone(), one(merged, GROUPS)?))
            }),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn a_column_matches_scipy() {
        let rows = |text: &str| -> Vec<[String; 1]> { text.split(' ').map(|v| [v.to_owned()]).collect() };
        let real = rows("1 2 2 3 5 8 13 21 34");
        let three = Three::new(&["a"], [&real, &real, &rows("1 1 2 4 6 9 12 30 40")]);
        // scipy.stats.cramervonmises_2samp: T = 0.0277777777777777; ω² = T · 18 / 81.
        let want = 1.0 - (3.0_f64 * 0.027_777_777_777_777_7 * 18.0 / 81.0).sqrt();
        assert!((measured(&Cramer, &three).value() - want).abs() < 1e-9);
    }
}
