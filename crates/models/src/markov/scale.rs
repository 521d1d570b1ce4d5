//! Do tilted chains bring codes as often as they really came, whoever and whenever?

use super::appetite::CASES;
use super::keys::{Part, Progress, WHATEVER, bend_keys, kind, scene};
use super::model::FittedMarkov;
use super::story::{Story, cell};
use crate::lives::clock::month;
use crate::lives::sitting::{Kinds, dies_in, sittings};
use rayon::prelude::*;
use verosim_core::{Context, Seeded};
use verosim_timeline::event::Builder;
use verosim_timeline::{Events, Kind, Person, Sex, TimelineError, Train};

/// Events that are looked at, about.
const EVENTS: f64 = 300_000.0;
/// Rounds: later ones change little.
const ROUNDS: usize = 4;
/// People that are walked along together.
const BLOCK: usize = 128;
/// Events' weight of what is expected anyway.
const BACKOFF: f64 = 4.0;

/// Some of the people, whoever reads them in whatever shards: about as many events as are needed.
pub(super) fn some(train: Train<'_>, all: u64, ctx: Context<'_>) -> Result<Events, TimelineError> {
    let share = EVENTS / (all as f64).max(1.0);
    let mut to = Builder::default();
    for shard in 0..train.cohort().shards() {
        let events = train.cohort().read(shard, ctx)?;
        let kept = |id: i64| Seeded::new(id as u64).split("scale").key() as f64 / u64::MAX as f64;
        to.append(&events.of_people(|id| kept(id) < share));
    }
    Ok(to.finish())
}

/// How often each code came, and how often it was expected to, by its cases.
#[derive(Clone)]
struct Odds(Vec<[[f64; 2]; CASES]>);

/// Brings the chain's expectations to what was seen. Tilts were reckoned sitting by sitting, and a chain knows some of the
/// same: of two tilts that say one thing, one is too many.
///
/// # Source
/// Iterative scaling of log-linear models: Darroch and Ratcliff 1972 (`darroch1972`).
pub(super) fn scaled(model: &mut FittedMarkov, some: &Events) {
    let kinds = Kinds::of(some);
    let ids = model.learned.vocabulary.ids(some);
    let people: Vec<Person<'_>> = some.people().collect();
    for _ in 0..ROUNDS {
        let walk = Walk { model, events: some, kinds: &kinds, ids: &ids };
        // Blocks are put together in their order: sums of numbers that are not whole depend on it.
        let parts: Vec<Odds> = people.par_chunks(BLOCK).map(|people| walk.along(people)).collect();
        let mut sums = Odds(vec![[[0.0; 2]; CASES]; model.learned.vocabulary.len()]);
        for part in parts {
            for (sum, more) in sums.0.iter_mut().zip(part.0) {
                for (sum, more) in sum.iter_mut().zip(more) {
                    *sum = [sum[0] + more[0], sum[1] + more[1]];
                }
            }
        }
        for (appetite, cases) in model.learned.appetites.iter_mut().zip(sums.0) {
            let Some(appetite) = appetite else { continue };
            for (case, [came, expected]) in cases.into_iter().enumerate() {
                appetite.scale(case, ((came + BACKOFF) / (expected + BACKOFF)) as f32);
            }
        }
    }
}

/// When and where a step is taken: cell and month, and part of the sitting.
#[derive(Clone, Copy)]
struct Now {
    when: (usize, usize),
    part: Part,
}

struct Walk<'a> {
    model: &'a FittedMarkov,
    events: &'a Events,
    kinds: &'a Kinds,
    ids: &'a [u32],
}

impl Walk<'_> {
    fn along(&self, people: &[Person<'_>]) -> Odds {
        let codes = self.model.learned.vocabulary.len();
        let mut odds = Odds(vec![[[0.0; 2]; CASES]; codes]);
        let mut story = Story::new(codes);
        for person in people {
            self.person(person, &mut story, &mut odds);
        }
        odds
    }

    fn id(&self, row: usize) -> Option<u32> {
        Some(self.ids[self.events.codes().codes()[row] as usize]).filter(|&id| id != u32::MAX)
    }

    fn person(&self, person: &Person<'_>, story: &mut Story, odds: &mut Odds) {
        let (model, roles) = (&self.model.learned, &self.model.roles);
        let mut sexes = person.rows().filter(|&row| self.kinds.at(self.events, row) == Kind::Sex);
        let sex = sexes.next().map_or(Sex::Other, |row| Sex::of(person.code(row)));
        story.begin(sex, person.birth());
        let sittings = sittings(person, self.kinds);
        for (nth, sitting) in sittings.iter().enumerate() {
            let opener = sitting.opener.and_then(|row| self.id(row));
            let fatal =
                nth + 1 == sittings.len() && person.death().is_some_and(|death| dies_in(sitting, death));
            let scene = scene(kind(sitting, opener), story.sittings == 0, fatal);
            if let Some(code) = opener {
                story.tell(code, roles);
            }
            let when = (cell(sex, story.age(sitting.start)), month(sitting.start));
            let mut code = model.vocabulary.len() as u32;
            let items = sitting.items.iter().filter_map(|&row| Some((self.id(row)?, row)));
            let mut since = 0;
            for (size, item) in items.map(Some).chain([None]).enumerate() {
                let next = item.map(|(next, _)| next);
                let progress = Progress { length: sitting.lasts, since, size };
                let end = model.end_odds(scene, progress, code);
                since = item.map_or(since, |(_, row)| since.max(self.events.times()[row] - sitting.start));
                // Going over to what comes at the very end is an end.
                let is_end =
                    next.is_none() || Progress { since, ..progress }.is_over() && !progress.is_over();
                let now = Now { when, part: Part::of(progress) };
                self.step((scene, code, end.unwrap_or(1e6)), next.filter(|_| !is_end), now, story, odds);
                let Some(next) = next else { break };
                story.tell(next, roles);
                code = next;
            }
            story.close();
        }
    }

    /// One step: what came, or the end, and what was expected.
    fn step(
        &self,
        (scene, code, end): (u64, u32, f64),
        next: Option<u32>,
        Now { when, part }: Now,
        story: &Story,
        odds: &mut Odds,
    ) {
        let model = &self.model.learned;
        let rows = bend_keys(scene, code).into_iter().zip(&model.next).take(WHATEVER);
        let Some(row) = { rows }.find_map(|(key, rows)| rows.get(key)) else { return };
        // What the row does not know is not its to expect.
        if next.is_some_and(|next| !row.next.contains(&next)) {
            return;
        }
        let before = self.model.roles.anchor(code);
        let weight = |code: u32, weight: f32| {
            let manner = &model.manners[code as usize];
            if !manner.repeats && story.has(code) {
                return 0.0;
            }
            let appetite = model.appetites[code as usize].as_ref();
            f64::from(
                weight
                    * manner.comes(part)
                    * appetite.map_or(1.0, |appetite| appetite.tilt(code, story, when, before)),
            )
        };
        let weights: Vec<f64> =
            row.next.iter().zip(&row.weights).map(|(&code, &w)| weight(code, w)).collect();
        let plain: f64 = row
            .next
            .iter()
            .zip(&row.weights)
            .map(|(&code, &weight)| f64::from(weight * model.manners[code as usize].comes(part)))
            .sum();
        let total = weights.iter().sum::<f64>() + end * plain;
        if total <= 0.0 {
            return;
        }
        for (&code, weight) in row.next.iter().zip(weights) {
            let appetite = model.appetites[code as usize].as_ref();
            if let Some(case) = appetite.and_then(|appetite| appetite.case(code, story, before)) {
                let cell = &mut odds.0[code as usize][case];
                cell[0] += f64::from(u8::from(Some(code) == next));
                cell[1] += weight / total;
            }
        }
    }
}
