//! lo.km: are synthetic patients free of events as long as real ones?

use crate::MetricError;
use crate::card::{SurvivalPicture, SurvivalPoint};
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::scored;
use crate::timeline::endpoint::{Endpoints, Sides};
use crate::timeline::pictures::rounded;
use crate::timeline::{LifeTrio, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_math::survival::{KaplanMeier, apart};

/// Mean area between Kaplan–Meier curves.
pub(super) struct Curves;

static INFO: MetricInfo = MetricInfo {
    id: "lo.km",
    name: "Survival curves of lives",
    question: "Are synthetic patients free of death and of new diagnoses as long as real ones?",
    page: "As su.km, for times taken from the lives themselves: from the first event to death, and from the first visit to each \
           of the three commonest new diagnoses (who has it on the first day is left out), or to the endpoints that were \
           declared; followed to the last event otherwise. For each: the area between the holdout and the synthetic \
           Kaplan-Meier curve up to the time that 95 % of training and of holdout people do not outlast, over that time. The \
           value is the mean; parts are the endpoints, and for each its optimism (the area with its sign: above 0 synthetic \
           people go free too long). Needs 20 training and 20 holdout people with the event. The last event of a life says \
           little of how long a person was watched: lo.cens compares that.",
    family: Family::Utility,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "mean difference of shares",
    sources: &[Citation("norcliffe2023"), Citation("kaplan1958")],
    maturity: Maturity::Checked,
};

/// Points of the drawn curves.
const GRID: usize = 24;

impl TimelineMetric for Curves {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let endpoints = Endpoints::of(data, seed)?;
        let gap = |sides: &Sides, out: usize| {
            let [real, made] = endpoints.curves(sides, out)?;
            apart(&real, &made, sides.horizon)
        };
        let score = scored(&endpoints.groups, |out| {
            mean(endpoints.sides.iter().map(|sides| gap(sides, out).map(|gap| gap.area)))
        })?;
        ctx.draw(|pictures| {
            pictures.survival =
                endpoints.sides.iter().filter_map(|sides| picture(&endpoints, sides)).collect();
        });
        let parts = endpoints.sides.iter().filter_map(|sides| {
            let found = gap(sides, GROUPS)?;
            Some([(sides.name.clone(), found.area), (format!("{}: optimism", sides.name), found.optimism)])
        });
        Ok(score.with_parts(parts.flatten()))
    }
}

/// Curves on a grid; the events are at least 20 of either real side.
fn picture(endpoints: &Endpoints, sides: &Sides) -> Option<SurvivalPicture> {
    let [real, made] = endpoints.curves(sides, GROUPS)?;
    let train = KaplanMeier::of(&sides.train.days, &sides.train.events)?;
    let (time, event) = sides.name.split_once(" to ").unwrap_or(("days", &sides.name));
    let point = |time: f64| SurvivalPoint {
        time,
        real: rounded(real.at(time)),
        synthetic: made.at(time),
        train: rounded(train.at(time)),
    };
    Some(SurvivalPicture {
        time: format!("days from the {time}"),
        event: event.to_owned(),
        events: [real.events_until(sides.horizon), made.events_until(sides.horizon)],
        points: (0..=GRID).map(|at| point(sides.horizon * at as f64 / GRID as f64)).collect(),
    })
}
