//! lo.trans: does the same event follow an event as for real patients?

use crate::MetricError;
use crate::card::TransitionGap;
use crate::jackknife::GROUPS;
use crate::timeline::counts::{Counts, NONE, enough_people, groups, scored};
use crate::timeline::pictures::rounded;
use crate::timeline::{LifeTrio, Lives, TimelineContext, TimelineMetric, Vocabulary};
use std::collections::BTreeMap;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Score, Seeded};
use verosim_timeline::Kind;

/// Mean distance of the rows of two transition matrices.
pub(super) struct Transitions;

static INFO: MetricInfo = MetricInfo {
    id: "lo.trans",
    name: "What follows what",
    question: "Does the same event follow an event as for real patients?",
    page: "Total variation distance between the rows of the holdout and the synthetic matrix of transitions from each event of \
           a patient to the next, averaged with the holdout's shares of exits. Events at one time stand in the order of \
           their codes, because the order of a file means nothing. States are the 100 codes that holdout patients leave \
           most often, at least 30 times; other codes are pooled by kind. A state that synthetic patients never leave \
           counts 1. Parts: states, and the worst of them. 0 is right; the ceiling tells what chance alone makes of it.",
    family: Family::Realism,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "total variation",
    sources: &[Citation("levin2017"), Citation("good1953")],
    maturity: Maturity::Checked,
};

/// States with a code of their own.
const MOST_STATES: usize = 100;
/// Exits below which a code has no state of its own.
const LEAST_EXITS: u32 = 30;
/// Transitions that the report shows.
const SHOWN: usize = 12;

impl TimelineMetric for Transitions {
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
        let states = States::of(real, data.vocabulary);
        let groups = groups(real, made, seed);
        let sides = [states.transitions(real, &groups.real), states.transitions(made, &groups.synthetic)];
        let width = states.names.len();
        let score = scored(&groups, |out| distance(&sides, width, out))?;
        let worst = (0..width)
            .filter(|&from| exits(&sides[0], width, from, GROUPS) >= f64::from(LEAST_EXITS))
            .map(|from| row_distance(&sides, width, from, GROUPS))
            .fold(0.0, f64::max);
        ctx.draw(|pictures| pictures.transitions = states.gaps(&sides));
        Ok(score.with_parts([("states".to_owned(), width as f64), ("worst state".to_owned(), worst)]))
    }
}

/// Which state each code is.
struct States {
    of: Vec<u32>,
    names: Vec<String>,
}

impl States {
    fn of(real: &Lives, vocabulary: &Vocabulary) -> Self {
        let mut left = vec![0_u32; vocabulary.len()];
        for life in &real.people {
            let sequence = real.sequence(life);
            sequence.iter().rev().skip(1).for_each(|&code| left[code as usize] += 1);
        }
        let mut own: Vec<u32> =
            (0..vocabulary.len() as u32).filter(|&code| left[code as usize] >= LEAST_EXITS).collect();
        own.sort_by_key(|&code| (std::cmp::Reverse(left[code as usize]), code));
        own.truncate(MOST_STATES);
        let mut states = Self { of: vec![NONE; vocabulary.len()], names: Vec::new() };
        for code in own {
            states.of[code as usize] = states.names.len() as u32;
            states.names.push(vocabulary.text(code).to_owned());
        }
        let mut pooled: BTreeMap<Kind, u32> = BTreeMap::new();
        for code in 0..vocabulary.len() as u32 {
            if states.of[code as usize] == NONE {
                let kind = vocabulary.kind(code);
                let names = &mut states.names;
                states.of[code as usize] = *pooled.entry(kind).or_insert_with(|| {
                    names.push(format!("other {}", kind.word()));
                    names.len() as u32 - 1
                });
            }
        }
        states
    }

    fn transitions(&self, lives: &Lives, groups: &[u8]) -> Counts {
        let width = self.names.len();
        let mut counts = Counts::new(width * width);
        for (life, &group) in lives.people.iter().zip(groups) {
            for pair in lives.sequence(life).windows(2) {
                let [from, to] = [pair[0], pair[1]].map(|code| self.of[code as usize] as usize);
                counts.add(from * width + to, group);
            }
        }
        counts
    }

    /// The largest differences, weighted by how often a state is left.
    fn gaps(&self, sides: &[Counts; 2]) -> Vec<TransitionGap> {
        let width = self.names.len();
        let left: Vec<[f64; 2]> =
            (0..width).map(|from| [0, 1].map(|side| exits(&sides[side], width, from, GROUPS))).collect();
        let share =
            |side: usize, cell: usize| sides[side].count(cell, GROUPS) / left[cell / width][side].max(1.0);
        let mut cells: Vec<(f64, usize)> = (0..width * width)
            // A share of real exits is told where at least 11 of them made it.
            .filter(|&cell| sides[0].count(cell, GROUPS) >= 11.0)
            .map(|cell| ((share(0, cell) - share(1, cell)).abs() * left[cell / width][0], cell))
            .collect();
        cells.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let told = |&(_, cell): &(f64, usize)| TransitionGap {
            from: self.names[cell / width].clone(),
            to: self.names[cell % width].clone(),
            real: rounded(share(0, cell)),
            synthetic: share(1, cell),
        };
        cells.iter().take(SHOWN).map(told).collect()
    }
}

fn exits(side: &Counts, width: usize, from: usize, out: usize) -> f64 {
    (0..width).map(|to| side.count(from * width + to, out)).sum()
}

/// Total variation distance of one row; 1 where the synthetic row is empty.
fn row_distance(sides: &[Counts; 2], width: usize, from: usize, out: usize) -> f64 {
    let [n, m] = [0, 1].map(|side| exits(&sides[side], width, from, out));
    if m == 0.0 {
        return 1.0;
    }
    let gap = |to: usize| {
        let cell = from * width + to;
        (sides[0].count(cell, out) / n - sides[1].count(cell, out) / m).abs()
    };
    0.5 * (0..width).map(gap).sum::<f64>()
}

fn distance(sides: &[Counts; 2], width: usize, out: usize) -> Option<f64> {
    let left: Vec<f64> = (0..width).map(|from| exits(&sides[0], width, from, out)).collect();
    let all: f64 = left.iter().sum();
    let from = left.iter().enumerate().filter(|(_, left)| **left > 0.0);
    let sum: f64 = from.map(|(from, left)| left * row_distance(sides, width, from, out)).sum();
    (all > 0.0).then(|| sum / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_by_hand() {
        // Two states. Real rows: (3, 1) of 4 and (0, 4) of 4; synthetic rows: (1, 1) and none.
        // Half of (1/4 + 1/4) = 1/4 with weight 1/2, and 1 with weight 1/2: 5/8.
        let mut sides = [Counts::new(4), Counts::new(4)];
        for (cell, n) in [(0, 3), (1, 1), (3, 4)] {
            (0..n).for_each(|_| sides[0].add(cell, 0));
        }
        [0, 1].iter().for_each(|&cell| sides[1].add(cell, 0));
        assert_eq!(distance(&sides, 2, GROUPS), Some(0.625));
        assert_eq!(distance(&[Counts::new(4), Counts::new(4)], 2, GROUPS), None);
    }
}
