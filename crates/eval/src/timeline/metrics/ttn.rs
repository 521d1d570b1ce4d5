//! lo.ttn: does it take as long from one event to another as for real patients?

use crate::MetricError;
use crate::jackknife::GROUPS;
use crate::metrics::mean;
use crate::timeline::counts::{LEAST_PEOPLE, commonest, enough_people, groups, scored};
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_math::stats::quantile_sorted;
use verosim_math::survival::{KaplanMeier, apart};
use verosim_timeline::Kind;
use verosim_timeline::event::instant::DAY;

/// Mean area between curves of the time to a next event.
pub(super) struct TimeToNext;

static INFO: MetricInfo = MetricInfo {
    id: "lo.ttn",
    name: "Time to what comes next",
    question: "Does it take as long from one event to another as for real patients?",
    page: "For the 20 ordered pairs of codes that most holdout patients have one after the other, among the 25 commonest \
           diagnoses, procedures, drugs and visits: the area between the Kaplan-Meier curves of the time from the first \
           event of the one code to the next event of the other, over the time that 95 % of holdout patients do not outlast; \
           patients without the second are followed to their last event. The value is the mean over pairs, the parts are \
           the pairs. 0 is right.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "mean difference of shares",
    sources: &[Citation("kaplan1958"), Citation("norcliffe2023")],
    maturity: Maturity::Checked,
};

const MOST_CODES: usize = 25;
const MOST_PAIRS: usize = 20;

impl TimelineMetric for TimeToNext {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        _: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        let (real, made) = (data.holdout, data.synthetic);
        enough_people([real, made], LEAST_PEOPLE as usize)?;
        let tells =
            |kind| matches!(kind, Kind::Condition | Kind::Procedure | Kind::Drug | Kind::Visit | Kind::Death);
        let codes = commonest(real, data.vocabulary, MOST_CODES, |code| tells(data.vocabulary.kind(code)));
        let pairs = pairs(real, &codes);
        if pairs.is_empty() {
            let unit = "pairs of codes that 20 patients have one after the other";
            return Err(MetricError::TooFew { unit, needed: 1, found: 0 });
        }
        let groups = groups(real, made, seed);
        let waits: Vec<(Waits, Waits, f64)> = pairs
            .iter()
            .map(|&(from, to)| {
                let real = Waits::of(real, &groups.real, from, to);
                let horizon = real.horizon();
                (real, Waits::of(made, &groups.synthetic, from, to), horizon)
            })
            .collect();
        let area = |(real, made, horizon): &(Waits, Waits, f64), out: usize| match made.curve(out) {
            // Nobody has the first event: as far from any curve as can be.
            None => Some(1.0),
            Some(made) => Some(apart(&real.curve(out)?, &made, *horizon)?.area),
        };
        let score = scored(&groups, |out| mean(waits.iter().map(|waits| area(waits, out))))?;
        let name = |code: u32| data.vocabulary.text(code);
        let parts = pairs.iter().zip(&waits).filter_map(|(&(from, to), waits)| {
            Some((format!("{} → {}", name(from), name(to)), area(waits, GROUPS)?))
        });
        Ok(score.with_parts(parts))
    }
}

/// Ordered pairs that most people have one after the other.
fn pairs(lives: &Lives, codes: &[u32]) -> Vec<(u32, u32)> {
    let mut found: Vec<(usize, u32, u32)> = Vec::new();
    for &from in codes {
        for &to in codes.iter().filter(|&&to| to != from) {
            let n = lives
                .people
                .iter()
                .filter_map(|life| wait(lives, life, from, to))
                .filter(|wait| wait.1)
                .count();
            found.push((n, from, to));
        }
    }
    found.retain(|&(n, ..)| n >= LEAST_PEOPLE as usize);
    found.sort_by_key(|&(n, from, to)| (std::cmp::Reverse(n), from, to));
    found.into_iter().take(MOST_PAIRS).map(|(_, from, to)| (from, to)).collect()
}

/// Days from the first `from` to the next `to` after it, or to the last event; `None` without a `from`.
fn wait(lives: &Lives, life: &crate::timeline::Life, from: u32, to: u32) -> Option<(f64, bool)> {
    let (codes, times) = (lives.sequence(life), &lives.times[life.events.clone()]);
    let start = times[codes.iter().position(|&code| code == from)?];
    let next = codes.iter().zip(times).find(|&(&code, &time)| code == to && time > start);
    let end = next.map_or(*times.last()?, |(_, &time)| time);
    Some(((end - start) as f64 / DAY as f64, next.is_some()))
}

/// Times to the next event of one side.
struct Waits {
    days: Vec<f64>,
    came: Vec<bool>,
    groups: Vec<u8>,
}

impl Waits {
    fn of(lives: &Lives, groups: &[u8], from: u32, to: u32) -> Self {
        let mut waits = Self { days: Vec::new(), came: Vec::new(), groups: Vec::new() };
        for (life, &group) in lives.people.iter().zip(groups) {
            if let Some((days, came)) = wait(lives, life, from, to) {
                waits.days.push(days);
                waits.came.push(came);
                waits.groups.push(group);
            }
        }
        waits
    }

    fn curve(&self, out: usize) -> Option<KaplanMeier> {
        let kept: Vec<usize> =
            (0..self.days.len()).filter(|&at| usize::from(self.groups[at]) != out).collect();
        let days: Vec<f64> = kept.iter().map(|&at| self.days[at]).collect();
        let came: Vec<bool> = kept.iter().map(|&at| self.came[at]).collect();
        KaplanMeier::of(&days, &came)
    }

    /// The time that 95 % do not outlast, at least a day.
    fn horizon(&self) -> f64 {
        let mut days = self.days.clone();
        days.sort_by(f64::total_cmp);
        quantile_sorted(&days, 0.95).unwrap_or(0.0).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::lives_of;

    #[test]
    fn waits_are_by_hand() {
        let lives =
            lives_of(&[&[(1, "A"), (4, "B"), (9, "C")], &[(0, "B"), (2, "A"), (7, "C")], &[(3, "C")]]);
        let found: Vec<_> = lives.people.iter().map(|life| wait(&lives, life, 0, 1)).collect();
        assert_eq!(found, [Some((3.0, true)), Some((5.0, false)), None], "a B before the A does not count");
    }
}
