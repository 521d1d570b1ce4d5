//! How do people come one after the other who meet some conditions and not others?

use super::model::TimelineModel;
use super::search::Search;
use rayon::prelude::*;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use verosim_core::{Context, SampleError, Seeded, Silent};
use verosim_timeline::event::{Builder, Person};
use verosim_timeline::{Draft, Events, PersonCondition, Possible};

/// People of a block: its random stream is (seed, block).
pub(super) const BLOCK: usize = 250;
/// Most blocks at once.
const ROUND: usize = 80;

/// An endless row of people, each a function of the model, the conditions, the seed and their place.
pub(super) struct Stream<'a> {
    model: &'a TimelineModel,
    wanted: Vec<&'a PersonCondition>,
    unwanted: Vec<&'a PersonCondition>,
    /// What the engine itself can draw towards.
    draft: Draft,
    seed: Seeded,
    /// How many people are asked for in all, of whom these are some.
    people: usize,
    /// Next block.
    number: u64,
    /// People who were drawn and not yet taken.
    waiting: VecDeque<Events>,
    search: Search,
}

/// Why fewer people came than were asked for.
pub(super) enum Stop {
    /// Too few meet the conditions.
    Short {
        /// How many came.
        found: usize,
    },
    /// Interrupted, or the model is broken.
    Failed(SampleError),
}

impl<'a> Stream<'a> {
    /// People who meet all of `wanted` and none of `unwanted`; `people` are asked for in all.
    pub(super) fn new(
        model: &'a TimelineModel,
        wanted: Vec<&'a PersonCondition>,
        unwanted: Vec<&'a PersonCondition>,
        codes: &[&str],
        possible: Option<Arc<dyn Possible>>,
        (people, seed): (u64, Seeded),
    ) -> Self {
        let is = wanted.iter().flat_map(|condition| condition.facts(codes)).collect();
        let has = wanted.iter().flat_map(|condition| condition.codes(codes)).collect();
        let ages = PersonCondition::ages(wanted.iter().copied());
        let draft = Draft { first_id: 1, people: BLOCK, is, has, ages, possible };
        Self {
            model,
            wanted,
            unwanted,
            draft,
            seed,
            people: people as usize,
            number: 0,
            waiting: VecDeque::new(),
            search: Search::default(),
        }
    }

    /// Passes over people who were taken before; exact where nothing is asked of them.
    pub(super) fn skip(&mut self, people: u64) {
        self.number = people / BLOCK as u64;
    }

    /// Takes one person for each of `ids` into `to`, and tells how many; adds to `tried` how many were drawn, of which there
    /// are to be no more than `most` while any are refused.
    ///
    /// # Errors
    /// [`Stop`].
    pub(super) fn take(
        &mut self,
        ids: &[i64],
        to: &mut Builder,
        tried: &mut u64,
        most: u64,
        ctx: Context<'_>,
    ) -> Result<usize, Stop> {
        let is_free = self.is_free();
        let no_age = self.draft.ages.is_some_and(|[least, most]| least > most);
        if (no_age || self.draft.is.iter().chain(&self.draft.has).any(Vec::is_empty)) && !ids.is_empty() {
            // No age would do, or the model knows no code that would.
            return Err(Stop::Short { found: 0 });
        }
        let mut found = 0;
        while found < ids.len() {
            ctx.stop.check().map_err(|why| Stop::Failed(why.into()))?;
            if let Some(events) = self.waiting.pop_front() {
                let (now, later) = events.parted(ids.len() - found);
                let n = now.n_people();
                to.append(&now.renumbered(ids[found..].iter().copied()));
                found += n;
                if !later.is_empty() {
                    self.waiting.push_front(later);
                }
                continue;
            }
            let lacking = ids.len() - found;
            if !is_free && (*tried >= most || self.search.is_hopeless(lacking, most - *tried)) {
                return Err(Stop::Short { found });
            }
            let before = ids[found] as usize - 1;
            *tried += self.refill((lacking, before), *tried, most, ctx).map_err(|error| match error {
                // An engine knows its block only.
                SampleError::Shortfall { accepted, tried: inside, .. } => {
                    *tried += inside as u64;
                    Stop::Short { found: found + accepted.min(lacking) }
                }
                error => Stop::Failed(error),
            })?;
        }
        Ok(found)
    }

    /// Draws some of the people who are `lacking` behind those `before`, a round of blocks; tells how many were drawn, beside those
    /// who were `tried` before.
    fn refill(
        &mut self,
        (lacking, before): (usize, usize),
        tried: u64,
        most: u64,
        ctx: Context<'_>,
    ) -> Result<u64, SampleError> {
        // Whoever is drawn towards the conditions mostly meets them; of others there may be one in a thousand.
        let is_free = self.is_free();
        let is_guided = !self.draft.is.is_empty() || !self.draft.has.is_empty();
        let wanted = if is_free { lacking } else { self.search.needed(lacking, most - tried) };
        let size = |at: usize| match (is_free, is_guided) {
            (true, _) => BLOCK.min(wanted - at * BLOCK),
            (false, true) => (wanted - at * BLOCK).clamp(10, BLOCK),
            (false, false) => BLOCK,
        };
        let sizes: Vec<usize> = (0..wanted.div_ceil(BLOCK).min(ROUND)).map(size).collect();
        let done = AtomicUsize::new(0);
        let block = |(at, &size): (usize, &usize)| {
            let events = self.block(self.number + at as u64, size, ctx)?;
            let done = done.fetch_add(size, Relaxed) + size;
            if is_free {
                ctx.progress.step(before + done, self.people, "people");
            } else {
                let drawn = tried + done as u64;
                ctx.progress.step(before, self.people, &format!("people: {drawn} drawn"));
            }
            Ok(events)
        };
        let drawn: Result<Vec<Events>, SampleError> = sizes.par_iter().enumerate().map(block).collect();
        self.waiting = drawn?.into();
        let drawn = sizes.iter().sum::<usize>() as u64;
        self.search.drawn += drawn;
        self.search.met += self.waiting.iter().map(|events| events.n_people() as u64).sum::<u64>();
        self.number += sizes.len() as u64;
        Ok(drawn)
    }

    fn is_free(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// Those of a block who meet the conditions.
    fn block(&self, number: u64, people: usize, ctx: Context<'_>) -> Result<Events, SampleError> {
        let first_id = 1 + number as i64 * BLOCK as i64;
        let draft = Draft { first_id, people, ..self.draft.clone() };
        let silent = Context { progress: &Silent, stop: ctx.stop };
        let events = self.model.fitted.draw(&draft, self.seed.split_at(number), silent)?;
        if self.is_free() {
            return Ok(events);
        }
        let meets = |person: &Person<'_>| {
            self.wanted.iter().all(|condition| condition.holds(person))
                && !self.unwanted.iter().any(|condition| condition.holds(person))
        };
        let met: HashSet<i64> = events.people().filter(meets).map(|person| person.id()).collect();
        Ok(events.of_people(|id| met.contains(&id)))
    }
}
