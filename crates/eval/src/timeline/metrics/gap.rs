//! lo.gap: does time pass between events as it does for real patients?

use crate::MetricError;
use crate::jackknife::{GROUPS, Groups};
use crate::metrics::mean;
use crate::timeline::counts::{Counts, apart, enough_people, groups, scored};
use crate::timeline::pictures::curve;
use crate::timeline::values::{alike, both};
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};
use verosim_timeline::event::instant::{DAY, SECOND};

/// Mean similarity of gaps, weekdays and hours.
pub(super) struct Gaps;

static INFO: MetricInfo = MetricInfo {
    id: "lo.gap",
    name: "Rhythm of time",
    question: "Does time pass between events as it does for real patients?",
    page: "Mean of four similarities of holdout and synthetic patients, which are the parts: gaps between the beginnings of \
           successive visits and gaps between successive times with an event (one minus the greatest gap of distribution \
           functions, for which logarithms make no difference), weekdays on which visits begin, and hours of events (one \
           minus the total variation distance). Part: how far apart the logarithms of gaps between visits lie on average \
           (first Wasserstein distance; 0.69 is a factor of two). Where data hold dates without a time of day, hours tell \
           nothing and agree. Weekdays of data whose dates were shifted by whole weeks are real ones, of others not.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("smirnov1948"), Citation("vallender1974")],
    maturity: Maturity::Checked,
};

impl TimelineMetric for Gaps {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], 2)?;
        let groups = groups(real, made, seed);
        let sides = [both(real, made, &groups, between_visits), both(real, made, &groups, between_events)];
        let merged = sides.each_ref().map(|[real, made]| real.merged(made));
        let logs = both(real, made, &groups, |lives, life| {
            between_visits(lives, life).into_iter().map(|days| days.max(1.0 / 24.0).ln())
        });
        let logs = logs[0].merged(&logs[1]);
        let weekdays = clocks(real, made, &groups, 7, weekdays);
        let hours = clocks(real, made, &groups, 24, hours);
        let of_clock = |clock: &[Counts; 2], cells: usize, out: usize| {
            let shares = |side: &Counts| (0..cells).map(|cell| side.count(cell, out)).collect::<Vec<_>>();
            apart(&shares(&clock[0]), &shares(&clock[1])).map(|gap| 1.0 - gap)
        };
        let parts = |out: usize| {
            [
                ("gaps between visits", alike(&merged[0], out)),
                ("gaps between events", alike(&merged[1], out)),
                ("weekdays of visits", of_clock(&weekdays, 7, out)),
                ("hours of events", of_clock(&hours, 24, out)),
            ]
        };
        let score = scored(&groups, |out| mean(parts(out).into_iter().map(|(_, value)| value)))?;
        ctx.draw(|pictures| {
            let names = ["between visits", "between events"];
            let drawn = names
                .iter()
                .zip(&sides)
                .filter_map(|(name, [real, made])| curve(name, "days", real.values(), made.values()));
            pictures.curves.extend(drawn);
        });
        let shift = logs.gaps(GROUPS).map(|gaps| gaps.absolute);
        let told = parts(GROUPS).into_iter().chain([("shift of log gaps between visits", shift)]);
        Ok(score.with_parts(told.filter_map(|(name, value)| Some((name.to_owned(), value?)))))
    }
}

/// Days between the beginnings of successive visits.
fn between_visits(lives: &Lives, life: &Life) -> Vec<f64> {
    let days = |pair: &[crate::timeline::Visit]| (pair[1].start - pair[0].start) as f64 / DAY as f64;
    lives.visits_of(life).windows(2).map(days).collect()
}

/// Days between successive times at which something happened.
fn between_events(lives: &Lives, life: &Life) -> Vec<f64> {
    let times = &lives.times[life.events.clone()];
    times
        .windows(2)
        .filter(|pair| pair[0] < pair[1])
        .map(|pair| (pair[1] - pair[0]) as f64 / DAY as f64)
        .collect()
}

/// Weekdays on which visits begin; 0 is a Thursday, the first day of 1970.
fn weekdays(lives: &Lives, life: &Life) -> Vec<usize> {
    lives.visits_of(life).iter().map(|visit| visit.start.div_euclid(DAY).rem_euclid(7) as usize).collect()
}

fn hours(lives: &Lives, life: &Life) -> Vec<usize> {
    let hour = |time: &i64| (time.rem_euclid(DAY) / (3_600 * SECOND)) as usize;
    lives.times[life.events.clone()].iter().map(hour).collect()
}

fn clocks(
    real: &Lives,
    made: &Lives,
    groups: &Groups,
    cells: usize,
    of: fn(&Lives, &Life) -> Vec<usize>,
) -> [Counts; 2] {
    [(real, &groups.real), (made, &groups.synthetic)].map(|(lives, groups)| {
        let mut counts = Counts::new(cells);
        for (life, &group) in lives.people.iter().zip(groups) {
            of(lives, life).into_iter().for_each(|cell| counts.add(cell, group));
        }
        counts
    })
}
