//! pd.run: do synthetic lives repeat rare runs of codes of one real person?

use crate::MetricError;
use crate::card::{Copying, Reading};
use crate::metric::Pass;
use crate::timeline::counts::enough_people;
use crate::timeline::likeness::hashed;
use crate::timeline::{Life, LifeTrio, Lives, TimelineContext, TimelineMetric};
use crate::trio::some_rows;
use std::collections::{HashMap, HashSet};
use verosim_core::{Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Score, Seeded};
use verosim_math::learn::{Difference, Rate};
use verosim_timeline::event::instant::DAY;

/// Share of synthetic lives whose longest rare run of codes is one of a training person.
pub(super) struct Runs;

static INFO: MetricInfo = MetricInfo {
    id: "pd.run",
    name: "Repeated runs of codes",
    question: "Do synthetic lives repeat, word for word, what only one real person lived through?",
    page: "For each synthetic person, the longest run of successive codes (of 4, 6, 8, 12, 16, 24, 32, 48, 64, 96 or 128) that \
           exactly one real person has, among as many training as holdout people; the value is the share of synthetic people \
           whose longest run is a training person's, ties counting one half, also where nobody's run is repeated. 0.5 is \
           right. Parts: how many synthetic people repeat a rare run of 8 and of 16 codes or more of training and of holdout \
           people, and copies of whole lives. A life is copied when a synthetic person has the same codes on the same days \
           since the first event; lives of fewer than five events, and lives that two real people share, are not counted. \
           Copies are told beside the same of as many holdout people, with the exact interval of each and Newcombe's of the \
           difference; none at all is an answer too.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of synthetic people",
    sources: &[Citation("carlini2021extracting"), Citation("platzer2021"), Citation("newcombe1998")],
    maturity: Maturity::Draft,
};

/// Lengths of runs.
const LENGTHS: [usize; 11] = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
/// Real people of either side.
const MOST_PEOPLE: usize = 6_000;
/// Events below which a life is too short to be anybody's.
const LEAST_EVENTS: usize = 5;
/// More than one person.
const MANY: u32 = u32::MAX;

impl TimelineMetric for Runs {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn compute(
        &self,
        data: &LifeTrio<'_>,
        seed: Seeded,
        ctx: &TimelineContext<'_>,
    ) -> Result<Score, MetricError> {
        enough_people([data.train, data.holdout], 20)?;
        enough_people([data.holdout, data.synthetic], 1)?;
        let n = data.train.n_people().min(data.holdout.n_people()).min(MOST_PEOPLE);
        let own = some_rows(data.train.n_people(), n, seed.split("train"));
        let others = some_rows(data.holdout.n_people(), n, seed.split("holdout"));
        let made: Vec<usize> = some_rows(data.synthetic.n_people(), 2 * MOST_PEOPLE, seed.split("made"));
        let mut longest = vec![[0_usize; 2]; made.len()];
        for length in LENGTHS {
            ctx.ctx.stop.check()?;
            let owners = owners(data, &own, &others, length);
            if owners.is_empty() {
                break;
            }
            for (longest, &at) in longest.iter_mut().zip(&made) {
                let life = &data.synthetic.people[at];
                for run in runs(data.synthetic.sequence(life), length) {
                    match owners.get(&run) {
                        Some(&owner) if owner != MANY => longest[usize::from(owner as usize >= n)] = length,
                        _ => {}
                    }
                }
            }
        }
        let nearer: Vec<f64> = longest
            .iter()
            .map(|[train, holdout]| match train.cmp(holdout) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            })
            .collect();
        let rate = Rate::mean(&nearer, 0.95);
        let copies = copies(data, &own, &others);
        let with =
            |side: usize, length: usize| longest.iter().filter(|one| one[side] >= length).count() as f64;
        let mut parts = vec![("synthetic people".to_owned(), made.len() as f64)];
        for length in [8, 16] {
            parts.push((format!("repeat {length} codes of a training person"), with(0, length)));
            parts.push((format!("repeat {length} codes of a holdout person"), with(1, length)));
        }
        parts.push((COPIES.to_owned(), copies.hits.0 as f64));
        parts.push(("copies of holdout lives".to_owned(), copies.hits.1 as f64));
        let told = copies.told();
        parts.extend(told.excess.interval.map(|interval| (EXCESS.to_owned(), interval.low)));
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.copying.lock()
        {
            found.push(told);
        }
        let score = Score::new(rate.value, nearer.len())
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_interval(rate.low, rate.high, 0.95, "normal over synthetic patients").with_parts(parts))
    }
}

/// How a gate recognises the number of copied training lives, and the least excess of their share.
pub(crate) const COPIES: &str = "copies of training lives";
pub(crate) const EXCESS: &str = "excess of copied lives, lower end";

/// Hashes of all runs of one length.
fn runs(sequence: &[u32], length: usize) -> impl Iterator<Item = u64> + '_ {
    // A polynomial of the codes modulo 2^64, rolled along, and mixed once more.
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    let top = (1..length).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let value = |code: u32| u64::from(code) + 1;
    let mut hash = 0_u64;
    sequence.iter().enumerate().filter_map(move |(at, &code)| {
        if at >= length {
            hash = hash.wrapping_sub(value(sequence[at - length]).wrapping_mul(top));
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(value(code));
        (at + 1 >= length).then(|| hashed([hash, length as u64, 0]))
    })
}

/// Whose each run of one length is; training people first.
fn owners(data: &LifeTrio<'_>, own: &[usize], others: &[usize], length: usize) -> HashMap<u64, u32> {
    let mut owners: HashMap<u64, u32> = HashMap::new();
    let sides = [(data.train, own), (data.holdout, others)];
    let people = sides
        .iter()
        .flat_map(|(lives, people)| people.iter().map(move |&at| lives.sequence(&lives.people[at])));
    for (person, sequence) in people.enumerate() {
        for run in runs(sequence, length) {
            let owner = owners.entry(run).or_insert(person as u32);
            if *owner != person as u32 {
                *owner = MANY;
            }
        }
    }
    owners
}

/// Whole lives that come out again, of training and of holdout people.
struct Copies {
    hits: (usize, usize),
    n: (usize, usize),
}

/// A whole life as one number: codes on days since the first event; `None` where it is too short.
fn whole(lives: &Lives, life: &Life) -> Option<u64> {
    if life.events.len() < LEAST_EVENTS {
        return None;
    }
    let first = lives.times[life.events.start];
    let day = |at: usize| (lives.times[at] - first) / DAY;
    Some(life.events.clone().fold(0, |hash, at| hashed([hash, u64::from(lives.codes[at]), day(at) as u64])))
}

fn copies(data: &LifeTrio<'_>, own: &[usize], others: &[usize]) -> Copies {
    let made: HashSet<u64> =
        data.synthetic.people.iter().filter_map(|life| whole(data.synthetic, life)).collect();
    let lives = |lives: &Lives, people: &[usize]| -> Vec<u64> {
        people.iter().filter_map(|&at| whole(lives, &lives.people[at])).collect()
    };
    let (own, others) = (lives(data.train, own), lives(data.holdout, others));
    let mut times: HashMap<u64, u32> = HashMap::new();
    own.iter().chain(&others).for_each(|&life| *times.entry(life).or_default() += 1);
    let unique = |lives: &[u64]| lives.iter().copied().filter(|life| times[life] == 1).collect::<Vec<_>>();
    let (own, others) = (unique(&own), unique(&others));
    let hits = |lives: &[u64]| lives.iter().filter(|life| made.contains(life)).count();
    Copies { hits: (hits(&own), hits(&others)), n: (own.len(), others.len()) }
}

impl Copies {
    fn told(&self) -> Copying {
        let share = |hits: usize, n: usize| {
            let rate = Rate::exact(hits, n, 0.95);
            Reading {
                value: rate.value,
                interval: Some(Interval { low: rate.low, high: rate.high, level: 0.95 }),
                n,
            }
        };
        let excess = Difference::newcombe(self.hits, self.n, 0.95);
        Copying {
            id: INFO.id.to_owned(),
            kind: "whole life".to_owned(),
            seen: share(self.hits.0, self.n.0),
            unseen: share(self.hits.1, self.n.1),
            excess: Reading {
                value: excess.value,
                interval: Some(Interval { low: excess.low, high: excess.high, level: 0.95 }),
                n: self.n.0 + self.n.1,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_roll() {
        let direct = |run: &[u32]| runs(run, run.len()).next().unwrap();
        let sequence = [3, 1, 4, 1, 5, 9, 2, 6];
        let rolled: Vec<u64> = runs(&sequence, 4).collect();
        assert_eq!(rolled, sequence.windows(4).map(direct).collect::<Vec<_>>());
        assert_eq!(runs(&sequence[..3], 4).count(), 0);
    }
}
