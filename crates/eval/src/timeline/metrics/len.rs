//! lo.len: are lives as long and as full as real ones?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{enough_people, groups, scored};
use crate::timeline::pictures::curve;
use crate::timeline::values::{Values, alike, both};
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};
use verosim_timeline::event::instant::DAY;

/// Mean similarity of four lengths.
pub(super) struct Lengths;

static INFO: MetricInfo = MetricInfo {
    id: "lo.len",
    name: "Lengths of lives",
    question: "Are synthetic patients seen as often, and for as long, as real ones?",
    page: "One minus the greatest gap of distribution functions (Kolmogorov and Smirnov), holdout against synthetic, of four \
           lengths: events per patient, visits per patient, codes per visit, and days from the first to the last event. The \
           value is the mean of the four, which are the parts. Birth is no event; a visit is what the data name so, or \
           else a calendar day. SDMetrics' SequenceLengthSimilarity is the part of events per patient, against training \
           people. The interval leaves out tenths of the patients. Equal samples of n patients score about 1 - 0.87 √(2/n).",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("smirnov1948"), Citation("patki2016")],
    maturity: Maturity::Checked,
};

type Length = fn(&Lives, &Life) -> Vec<f64>;

/// Name, unit and values of one person.
const LENGTHS: [(&str, &str, Length); 4] = [
    ("events per patient", "events", |_, life| vec![life.events.len() as f64]),
    ("visits per patient", "visits", |_, life| vec![life.visits.len() as f64]),
    ("codes per visit", "codes", |lives, life| {
        lives.visits_of(life).iter().map(|visit| visit.codes.len() as f64).collect()
    }),
    ("follow-up", "days", |lives, life| {
        lives.span(life).map(|(first, last)| (last - first) as f64 / DAY as f64).into_iter().collect()
    }),
];

impl TimelineMetric for Lengths {
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
        enough_people([data.holdout, data.synthetic], 2)?;
        let groups = groups(data.holdout, data.synthetic, seed);
        let sides = LENGTHS.map(|(_, _, of)| both(data.holdout, data.synthetic, &groups, of));
        let merged = sides.each_ref().map(|[real, made]| real.merged(made));
        let score = scored(&groups, |out| mean(merged.iter().map(|merged| alike(merged, out))))?;
        ctx.draw(|pictures| {
            let drawn = LENGTHS.iter().zip(&sides).filter_map(|((name, unit, _), [real, made])| {
                curve(name, unit, Values::values(real), made.values())
            });
            pictures.curves.extend(drawn);
        });
        let parts = LENGTHS
            .iter()
            .zip(&merged)
            .filter_map(|((name, ..), merged)| Some(((*name).to_owned(), alike(merged, GROUPS)?)));
        Ok(score.with_parts(parts))
    }
}
