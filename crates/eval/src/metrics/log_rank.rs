//! su.logrank: do synthetic patients have the event at the pace of real ones?

use super::survival_curve::{followed, some};
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::survival::log_rank;

/// Log-rank z of synthetic against holdout rows over the root of the events.
pub(super) struct LogRank;

static INFO: MetricInfo = MetricInfo {
    id: "su.logrank",
    name: "Log-rank effect",
    question: "Do synthetic patients have the event at the pace of real ones?",
    page: "Log-rank z of synthetic against holdout rows, over the root of the number of events: an effect size, because a \
           p-value falls with the size of the tables whatever the difference. 0 is right; above 0 synthetic patients have \
           the event too soon. With two groups of equal size it is about half of the log hazard ratio. Part: z itself; its \
           square is lifelines' logrank_test statistic.",
    family: Family::Utility,
    direction: Direction::Target(0.0),
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "z per root event",
    sources: &[Citation("mantel1966")],
    maturity: Maturity::Checked,
};

impl Metric for LogRank {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let [_, real, synthetic] = followed(data)?;
        ctx.ctx.stop.check()?;
        let effect = |keep: &[usize], made: &[usize]| {
            let (real, synthetic) = (some(&real, keep), some(&synthetic, made));
            let events = real.1.iter().chain(&synthetic.1).filter(|&&event| event).count() as f64;
            let z = log_rank((&real.0, &real.1), (&synthetic.0, &synthetic.1))?;
            Some(z / events.sqrt())
        };
        let score = jackknifed(real.0.len(), synthetic.0.len(), seed, effect)?;
        let z = log_rank((&real.0, &real.1), (&synthetic.0, &synthetic.1)).unwrap_or(f64::NAN);
        Ok(score.with_parts([("z".to_owned(), z)]))
    }
}
