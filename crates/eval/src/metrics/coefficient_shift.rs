//! ut.sdiff: by how many standard errors do estimates move?

use super::interval_overlap::{mean_of, over_models};
use crate::analysis::{Agreement, Analysis, Pair};
use crate::metric::Pass;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::regress::Synthesis;

/// Mean distance of synthetic from real coefficients in real standard errors.
pub(super) struct CoefficientShift;

static INFO: MetricInfo = MetricInfo {
    id: "ut.sdiff",
    name: "Shift of coefficients",
    question: "By how many standard errors do estimates move?",
    page: "Mean over coefficients of |synthetic - real| / standard error of the real one, in the regressions of ut.cio (real: \
           holdout rows; as many rows on either side). Two samples of the same people lie 1.13 apart on average, which the \
           ceiling shows. A coefficient that synthetic rows do not have counts as 0, no effect. Parts: the largest shift; \
           the mean against training rows, all rows on either side (synthpop's standardised difference). With a second draw \
           of the generator: the standard deviation of coefficients between draws over the standard error that one draw \
           shows; above 1, tests on one draw alone reject too often (generators' own noise does not shrink as it should).",
    family: Family::Utility,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "standard errors",
    sources: &[Citation("raab2016"), Citation("decruyenaere2024")],
    maturity: Maturity::Checked,
};

impl Metric for CoefficientShift {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let agreement = Agreement::of_outcomes(data, seed)?;
        ctx.ctx.stop.check()?;
        let score = agreement.measured(seed.split("rows"), INFO.range, |pairs| mean_of(pairs, shift))?;
        let all: Vec<(&Analysis, Vec<Pair>)> = agreement
            .analyses
            .iter()
            .filter_map(|analysis| Some((analysis, agreement.pairs_of(analysis)?)))
            .collect();
        let largest = all.iter().flat_map(|(_, pairs)| pairs).map(shift).fold(0.0, f64::max);
        let mut parts = vec![("largest".to_owned(), largest)];
        if ctx.pass == Pass::Synthetic {
            let whole = |n: usize| (0..n).collect::<Vec<_>>();
            let released: Vec<(&Analysis, Vec<Pair>)> = agreement
                .analyses
                .iter()
                .filter_map(|analysis| {
                    let train = analysis.fit(data.train, &whole(data.train.n_rows()))?;
                    let synthetic = analysis.fit(data.synthetic, &whole(data.synthetic.n_rows()));
                    Some((analysis, crate::analysis::pairs(&train, synthetic.as_ref())))
                })
                .collect();
            parts.push(("against training, all rows".into(), over_models(&released, &shift)));
            parts.extend(
                between_draws(data, &agreement, seed)
                    .map(|ratio| ("draw to draw over own error".into(), ratio)),
            );
        }
        Ok(score.with_parts(parts))
    }
}

fn shift(pair: &Pair) -> f64 {
    let moved = pair.synthetic.map_or(0.0, |synthetic| synthetic.value) - pair.real.value;
    // A perfect fit has no error to measure in; any move from it is then no finite number and is cut.
    (moved.abs() / pair.real.error.max(1e-12)).min(1e6)
}

/// Root of the variance between two draws over that within them, over all coefficients.
fn between_draws(data: &Trio<'_>, agreement: &Agreement<'_>, seed: Seeded) -> Option<f64> {
    let second = data.second?;
    let rows = some_rows(second.n_rows(), agreement.synthetic_rows.len(), seed.split("second"));
    let (mut between, mut within) = (0.0, 0.0);
    for analysis in &agreement.analyses {
        let first = analysis.fit(agreement.synthetic, &agreement.synthetic_rows)?;
        let other = analysis.fit(second, &rows)?;
        for (a, b) in first.estimates.iter().zip(&other.estimates) {
            let (Some(a), Some(b)) = (a, b) else { continue };
            let rule = Synthesis::Simple { ratio: 1.0 };
            let combined = rule.combine(&[a.value, b.value], &[a.error.powi(2), b.error.powi(2)])?;
            // Each coefficient in its own error, so that none drowns the others.
            between += combined.between / combined.within;
            within += 1.0;
        }
    }
    (within > 0.0).then(|| (between / within).sqrt())
}
