//! lo.logrank: do events come at the right pace?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::scored;
use crate::timeline::endpoint::{Endpoints, Sides};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_math::survival::log_rank;

/// Mean log-rank effect size.
pub(super) struct Pace;

static INFO: MetricInfo = MetricInfo {
    id: "lo.logrank",
    name: "Pace of events",
    question: "Do death and new diagnoses come at the pace of real patients?",
    page: "For each endpoint of lo.km: the log-rank statistic z of synthetic against holdout people over the root of the number \
           of events, an effect size that does not grow with the number of people. The value is the mean of absolute values; \
           parts: the effects with their signs, above 0 where events come too soon, and z itself, whose square is lifelines' \
           logrank_test statistic.",
    family: Family::Utility,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "z per root event",
    sources: &[Citation("mantel1966")],
    maturity: Maturity::Checked,
};

impl TimelineMetric for Pace {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        _: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let endpoints = Endpoints::of(data, seed)?;
        let effect = |sides: &Sides, out: usize| {
            let [real, made] = endpoints.pair(sides, out);
            let events = real.1.iter().chain(&made.1).filter(|&&event| event).count() as f64;
            let z = log_rank((&real.0, &real.1), (&made.0, &made.1))?;
            Some((z / events.sqrt(), z))
        };
        let score = scored(&endpoints.groups, |out| {
            mean(endpoints.sides.iter().map(|sides| effect(sides, out).map(|(effect, _)| effect.abs())))
        })?;
        let parts = endpoints.sides.iter().filter_map(|sides| {
            let (effect, z) = effect(sides, GROUPS)?;
            Some([(sides.name.clone(), effect), (format!("{}: z", sides.name), z)])
        });
        Ok(score.with_parts(parts.flatten()))
    }
}
