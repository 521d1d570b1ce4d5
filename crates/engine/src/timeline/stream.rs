//! How do people come one after the other who meet some conditions and not others?

use super::model::TimelineModel;
use rayon::prelude::*;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use verosim_core::{Context, SampleError, Seeded};
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
    /// Next block.
    number: u64,
    /// People who were drawn and not yet taken.
    waiting: VecDeque<Events>,
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
    /// People who meet all of `wanted` and none of `unwanted`.
    pub(super) fn new(
        model: &'a TimelineModel,
        wanted: Vec<&'a PersonCondition>,
        unwanted: Vec<&'a PersonCondition>,
        codes: &[&str],
        possible: Option<Arc<dyn Possible>>,
        seed: Seeded,
    ) -> Self {
        let is = wanted.iter().flat_map(|condition| condition.facts(codes)).collect();
        let has = wanted.iter().flat_map(|condition| condition.codes(codes)).collect();
        let draft = Draft { first_id: 1, people: BLOCK, is, has, possible };
        Self { model, wanted, unwanted, draft, seed, number: 0, waiting: VecDeque::new() }
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
        let is_free = self.wanted.is_empty() && self.unwanted.is_empty();
        if self.draft.is.iter().chain(&self.draft.has).any(Vec::is_empty) && !ids.is_empty() {
            // The model knows no code that would do.
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
            if !is_free && *tried >= most {
                return Err(Stop::Short { found });
            }
            let lacking = ids.len() - found;
            // Whoever is drawn towards the conditions mostly meets them; of others there may be one in a thousand.
            let is_guided = !self.draft.is.is_empty() || !self.draft.has.is_empty();
            let size = |at: usize| match (is_free, is_guided) {
                (true, _) => BLOCK.min(lacking - at * BLOCK),
                (false, true) => (lacking - at * BLOCK).clamp(10, BLOCK),
                (false, false) => BLOCK,
            };
            let sizes: Vec<usize> = (0..lacking.div_ceil(BLOCK).min(ROUND)).map(size).collect();
            let block = |(at, &size): (usize, &usize)| self.block(self.number + at as u64, size, ctx);
            let drawn: Result<Vec<Events>, SampleError> = sizes.par_iter().enumerate().map(block).collect();
            self.waiting = match drawn {
                Ok(drawn) => drawn.into(),
                // An engine knows its block only.
                Err(SampleError::Shortfall { accepted, tried: inside, .. }) => {
                    *tried += inside as u64;
                    return Err(Stop::Short { found: found + accepted.min(lacking) });
                }
                Err(error) => return Err(Stop::Failed(error)),
            };
            *tried += sizes.iter().sum::<usize>() as u64;
            self.number += sizes.len() as u64;
        }
        Ok(found)
    }

    /// Those of a block who meet the conditions.
    fn block(&self, number: u64, people: usize, ctx: Context<'_>) -> Result<Events, SampleError> {
        let first_id = 1 + number as i64 * BLOCK as i64;
        let draft = Draft { first_id, people, ..self.draft.clone() };
        let events = self.model.fitted.draw(&draft, self.seed.split_at(number), ctx)?;
        if self.wanted.is_empty() && self.unwanted.is_empty() {
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
