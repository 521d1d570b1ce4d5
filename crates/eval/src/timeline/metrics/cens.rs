//! lo.cens: are synthetic patients watched as long as real ones?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::scored;
use crate::timeline::endpoint::{Endpoints, Sides};
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_math::stats::ks_distance;
use verosim_math::survival::{KaplanMeier, apart};

/// Mean area between curves of censoring.
pub(super) struct Censoring;

static INFO: MetricInfo = MetricInfo {
    id: "lo.cens",
    name: "Length of watching",
    question: "Are synthetic patients watched as long as real ones?",
    page: "For each endpoint of lo.km: the area between the holdout and the synthetic Kaplan-Meier curve of being lost from \
           sight, for which the event itself is what ends the watching (the reverse Kaplan-Meier estimate). The value is the \
           mean over endpoints, the parts are the endpoints and for each the greatest gap of distribution functions of the \
           times of people without the event. Where it is large, lo.km compares what is not comparable.",
    family: Family::Utility,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "mean difference of shares",
    sources: &[Citation("schemper1996"), Citation("kaplan1958")],
    maturity: Maturity::Checked,
};

impl TimelineMetric for Censoring {
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
        let area = |sides: &Sides, out: usize| {
            let curve = |(days, events): (Vec<f64>, Vec<bool>)| {
                let lost: Vec<bool> = events.iter().map(|event| !event).collect();
                KaplanMeier::of(&days, &lost)
            };
            let [real, made] = endpoints.pair(sides, out);
            Some(apart(&curve(real)?, &curve(made)?, sides.horizon)?.area)
        };
        let score =
            scored(&endpoints.groups, |out| mean(endpoints.sides.iter().map(|sides| area(sides, out))))?;
        let lost = |(days, events): &(Vec<f64>, Vec<bool>)| -> Vec<f64> {
            days.iter().zip(events).filter(|(_, event)| !**event).map(|(days, _)| *days).collect()
        };
        let parts = endpoints.sides.iter().filter_map(|sides| {
            let [real, made] = endpoints.pair(sides, GROUPS);
            let gap = ks_distance(&lost(&real), &lost(&made)).unwrap_or(f64::NAN);
            Some([(sides.name.clone(), area(sides, GROUPS)?), (format!("{}: greatest gap", sides.name), gap)])
        });
        Ok(score.with_parts(parts.flatten()))
    }
}
