//! su.rmst: is the time that patients live, on average, right?

use super::survival_curve::{followed, horizon};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::survival::{KaplanMeier, Mean};

/// Difference of restricted mean survival times, as a share of the horizon.
pub(super) struct RestrictedMean;

static INFO: MetricInfo = MetricInfo {
    id: "su.rmst",
    name: "Restricted mean survival",
    question: "Is the time that patients live, on average, right?",
    page: "Mean time without the event among the first H, synthetic minus holdout, over H; H as in su.km. The interval is \
           normal with Greenwood's variances of both means. 0 is right; the value equals the optimism of su.km and comes \
           with its error. Parts: both means in the unit of the column, and H. lifelines' restricted_mean_survival_time \
           agrees in the mean; the variance that it gives is that of one person's time and not of the mean.",
    family: Family::Utility,
    direction: Direction::Target(0.0),
    range: Range { low: -1.0, high: 1.0 },
    unit: "share of the horizon",
    sources: &[Citation("irwin1949"), Citation("kaplan1958")],
    maturity: Maturity::Checked,
};

impl Metric for RestrictedMean {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let [train, real, synthetic] = followed(data)?;
        let horizon = horizon(&train, &real)?;
        let undefined = || MetricError::Undefined { why: "there is no curve".into() };
        let mean = |rows: &(Vec<f64>, Vec<bool>)| -> Result<Mean, MetricError> {
            Ok(KaplanMeier::of(&rows.0, &rows.1).ok_or_else(undefined)?.restricted_mean(horizon))
        };
        let (is, says) = (mean(&real)?, mean(&synthetic)?);
        let value = (says.value - is.value) / horizon;
        let half = 1.96 * is.error.hypot(says.error) / horizon;
        let n = real.0.len().min(synthetic.0.len());
        let score = Score::new(value, n).map_err(|_| undefined())?;
        Ok(score.with_interval(value - half, value + half, 0.95, "normal, Greenwood's variances").with_parts(
            [
                ("real mean".to_owned(), is.value),
                ("synthetic mean".to_owned(), says.value),
                ("horizon".to_owned(), horizon),
            ],
        ))
    }
}
