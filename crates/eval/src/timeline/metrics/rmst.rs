//! lo.rmst: is the time that patients go free of events, on average, right?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::scored;
use crate::timeline::endpoint::{Endpoints, Sides};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};

/// Mean difference of restricted mean times.
pub(super) struct MeanTimes;

static INFO: MetricInfo = MetricInfo {
    id: "lo.rmst",
    name: "Mean time to events",
    question: "Is the time that patients go free of death and of new diagnoses, on average, right?",
    page: "For each endpoint of lo.km: the mean time without the event among the first H days, synthetic minus holdout, over H \
           (restricted mean survival time). The value is the mean over endpoints of their absolute values; the parts are \
           the differences with their signs, above 0 where synthetic patients go free too long, and both means in days.",
    family: Family::Utility,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of the horizon",
    sources: &[Citation("irwin1949"), Citation("kaplan1958")],
    maturity: Maturity::Checked,
};

impl TimelineMetric for MeanTimes {
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
        let means = |sides: &Sides, out: usize| {
            let curves = endpoints.curves(sides, out)?;
            Some(curves.map(|curve| curve.restricted_mean(sides.horizon).value))
        };
        let gap =
            |sides: &Sides, out: usize| means(sides, out).map(|[real, made]| (made - real) / sides.horizon);
        let score = scored(&endpoints.groups, |out| {
            mean(endpoints.sides.iter().map(|sides| gap(sides, out).map(f64::abs)))
        })?;
        let parts = endpoints.sides.iter().filter_map(|sides| {
            let [real, made] = means(sides, GROUPS)?;
            Some([
                (sides.name.clone(), (made - real) / sides.horizon),
                (format!("{}: days, real", sides.name), real),
                (format!("{}: days, synthetic", sides.name), made),
            ])
        });
        Ok(score.with_parts(parts.flatten()))
    }
}
