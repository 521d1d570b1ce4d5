//! lo.cox: does a survival analysis of synthetic lives come to the same hazard ratios?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{commonest, scored};
use crate::timeline::endpoint::{Endpoints, Followed, Sides};
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_math::regress::{Estimate, cox, interval_overlap};
use verosim_timeline::event::instant::DAY;
use verosim_timeline::{Kind, Sex};

/// Mean overlap of intervals of log hazard ratios.
pub(super) struct HazardRatios;

static INFO: MetricInfo = MetricInfo {
    id: "lo.cox",
    name: "Hazard ratios of lives",
    question: "Does a survival analysis of synthetic lives come to the same hazard ratios?",
    page: "For each endpoint of lo.km: one proportional-hazards model (Cox, ties after Efron) of holdout people and one of as many \
           synthetic ones, at most 4,000, on age at the first event in decades, sex, and whether each of the six commonest diagnoses is known within \
           30 days of the first event. The value is the mean overlap of 95 % intervals of log hazard ratios, clipped at 0 \
           as in ut.cio; a coefficient that synthetic people lose counts 0. Parts: each endpoint, the mean difference of log \
           hazard ratios in holdout standard errors, and the share of coefficients with the same conclusion at 5 %. \
           Diagnoses within 30 days that are themselves the endpoint are left out. Competing events are not modelled.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of interval",
    sources: &[Citation("cox1972"), Citation("efron1977"), Citation("karr2006")],
    maturity: Maturity::Checked,
};

const MOST_CODES: usize = 6;
/// People of either side.
const MOST_PEOPLE: usize = 4_000;
/// Days after the first event in which a diagnosis is one of the beginning.
const BEGINNING: i64 = 30;

impl TimelineMetric for HazardRatios {
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
        let kind = |code| data.vocabulary.kind(code);
        let codes =
            commonest(data.holdout, data.vocabulary, MOST_CODES, |code| kind(code) == Kind::Condition);
        let (real, made) = (covariates(data.holdout, &codes), covariates(data.synthetic, &codes));
        let n = real.len().min(made.len()).min(MOST_PEOPLE);
        let some = |people: usize, side: &str| {
            let mut taken = vec![false; people];
            some_rows(people, n, seed.split(side)).into_iter().for_each(|at| taken[at] = true);
            taken
        };
        // Intervals are only comparable between as many people.
        let taken = [some(real.len(), "real"), some(made.len(), "made")];
        let compared = |sides: &Sides, out: usize| -> Option<Vec<(Estimate, Option<Estimate>)>> {
            // The diagnosis that is waited for has no place among what it is explained by.
            let used: Vec<usize> = (0..2 + codes.len())
                .filter(|&at| at < 2 || !sides.name.ends_with(data.vocabulary.text(codes[at - 2])))
                .collect();
            let a = fit(&sides.real, &real, &used, |at| {
                taken[0][at] && usize::from(endpoints.groups.real[at]) != out
            })?;
            // What synthetic people cannot tell is lost.
            let b = fit(&sides.made, &made, &used, |at| {
                taken[1][at] && usize::from(endpoints.groups.synthetic[at]) != out
            })
            .unwrap_or_else(|| vec![None; used.len()]);
            let pairs: Vec<_> = a.into_iter().zip(b).filter_map(|(a, b)| Some((a?, b))).collect();
            (!pairs.is_empty()).then_some(pairs)
        };
        let overlaps = |sides: &Sides, out: usize| {
            let pairs = compared(sides, out)?;
            mean(pairs.iter().map(|(a, b)| Some(b.map_or(0.0, |b| overlap(*a, b)))))
        };
        let score =
            scored(&endpoints.groups, |out| mean(endpoints.sides.iter().map(|sides| overlaps(sides, out))))?;
        let mut parts = Vec::new();
        let (mut shift, mut same) = (Vec::new(), Vec::new());
        for sides in &endpoints.sides {
            parts.extend(overlaps(sides, GROUPS).map(|value| (sides.name.clone(), value)));
            for (a, b) in compared(sides, GROUPS).unwrap_or_default() {
                shift.push(b.map(|b| (b.value - a.value).abs() / a.error.max(1e-12)));
                let agrees = |b: Estimate| {
                    a.is_significant(0.95) == b.is_significant(0.95)
                        && (!a.is_significant(0.95) || (a.value > 0.0) == (b.value > 0.0))
                };
                same.push(Some(f64::from(u8::from(b.is_some_and(agrees)))));
            }
        }
        parts.push(("mean shift in standard errors".into(), mean(shift.into_iter()).unwrap_or(f64::NAN)));
        parts.push(("same conclusions".into(), mean(same.into_iter()).unwrap_or(f64::NAN)));
        Ok(score.with_parts(parts))
    }
}

/// Age in decades, sex, and early diagnoses of each person.
fn covariates(lives: &Lives, codes: &[u32]) -> Vec<Vec<f64>> {
    let row = |life: &Life| -> Vec<f64> {
        let (first, _) = lives.span(life).unwrap_or((0, 0));
        let until = first + BEGINNING * DAY;
        let times = &lives.times[life.events.clone()];
        let early = &lives.sequence(life)[..times.partition_point(|&time| time <= until)];
        let age = life.age_at(first).unwrap_or(60.0) / 10.0;
        let mut row = vec![age, f64::from(u8::from(life.sex == Sex::Female))];
        row.extend(codes.iter().map(|code| f64::from(u8::from(early.contains(code)))));
        row
    };
    lives.people.iter().map(row).collect()
}

fn fit(
    followed: &Followed,
    rows: &[Vec<f64>],
    used: &[usize],
    keep: impl Fn(usize) -> bool,
) -> Option<Vec<Option<Estimate>>> {
    let kept: Vec<usize> = (0..followed.days.len()).filter(|&at| keep(followed.people[at])).collect();
    let columns: Vec<Vec<f64>> = used
        .iter()
        .map(|&column| kept.iter().map(|&at| rows[followed.people[at]][column]).collect())
        .collect();
    let days: Vec<f64> = kept.iter().map(|&at| followed.days[at]).collect();
    let events: Vec<bool> = kept.iter().map(|&at| followed.events[at]).collect();
    cox(&columns, &days, &events).ok().map(|fit| fit.estimates)
}

fn overlap(a: Estimate, b: Estimate) -> f64 {
    interval_overlap(a.interval(0.95), b.interval(0.95)).unwrap_or(0.0).max(0.0)
}
