//! re.pmse: how far does a plain model's guess move from "cannot tell"?

use crate::features::Stacked;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::learn::logistic;

/// Propensity-score mean squared error of a logistic model over its expectation under equality.
pub(super) struct Pmse;

static INFO: MetricInfo = MetricInfo {
    id: "re.pmse",
    name: "Propensity-score ratio",
    question: "How far does a plain model's guess move from \"cannot tell\"?",
    page: "A logistic model with main effects is fitted to tell synthetic from holdout rows, as many of each. The mean \
           squared distance of its guesses from one half, over what chance alone gives, is about 1 when the two cannot \
           be told apart; synthpop users accept values below 10. The interval adds and subtracts 1.96 standard \
           deviations of the null. Blind to interactions: see re.c2st.",
    family: Family::Realism,
    direction: Direction::Target(1.0),
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "ratio to chance",
    sources: &[Citation("snoke2018")],
    maturity: Maturity::Checked,
};

impl Metric for Pmse {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let n = data.holdout.n_rows().min(data.synthetic.n_rows()).min(ctx.row_limit / 2);
        let real = data.holdout.take(&some_rows(data.holdout.n_rows(), n, seed.split("real")));
        let made = data.synthetic.take(&some_rows(data.synthetic.n_rows(), n, seed.split("made")));
        let design = Stacked::new(&[&real, &made], &[]).design();
        let k = design.len() as f64;
        if 2 * n < 5 * design.len() || design.is_empty() {
            return Err(MetricError::TooFew { unit: "rows", needed: 5 * design.len().max(1) / 2, found: n });
        }
        let yes: Vec<bool> = (0..2 * n).map(|row| row >= n).collect();
        let undefined = || MetricError::Undefined { why: "the logistic model has no solution".into() };
        let model = logistic(&design, &yes, 1e-3).ok_or_else(undefined)?;
        let total = 2.0 * n as f64;
        let pmse = model.predict(&design).iter().map(|p| (p - 0.5).powi(2)).sum::<f64>() / total;
        // With k weights besides the intercept and c = 1/2: E = k (1-c)² c / N, SD = √(2k) (1-c)² c / N.
        let unit = 0.125 / total;
        let half = 1.96 * (2.0 * k).sqrt() / k;
        let ratio = pmse / (k * unit);
        let score = Score::new(ratio, n).map_err(|_| undefined())?;
        Ok(score.with_interval((ratio - half).max(0.0), ratio + half, 0.95, "normal, deviation of the null"))
    }
}
