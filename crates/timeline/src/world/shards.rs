//! How are any number of fictional lives made, shard by shard?

use super::codes::book;
use super::life::Life;
use super::write::write;
use crate::{About, Builder, CodeBook, Events, Findings, Source, TimelineError};
use rayon::prelude::*;
use std::ops::Range;
use verosim_core::{Context, Seeded};

/// People that are made at once.
const BLOCK: u64 = 1_024;

/// The lives of `n` fictional people, with ids from 1.
///
/// A life depends on (seed, id) only: the first people of a larger set are the same. About 25 events each.
#[must_use]
pub fn clinic(n: usize, seed: Seeded) -> Events {
    people(0..n as u64, seed)
}

/// The lives of the people of these numbers; their ids are one more.
#[must_use]
pub fn people(range: Range<u64>, seed: Seeded) -> Events {
    let seed = seed.split("clinic of lives");
    let blocks: Vec<Range<u64>> =
        range.clone().step_by(BLOCK as usize).map(|start| start..(start + BLOCK).min(range.end)).collect();
    let made: Vec<Events> = blocks
        .into_par_iter()
        .map(|block| {
            let mut to = Builder::default();
            for number in block {
                let mut rng = seed.split_at(number).rng();
                let life = Life::draw(&mut rng);
                write(number as i64 + 1, &life, &mut rng, &mut to);
            }
            to.finish()
        })
        .collect();
    let mut all = Builder::default();
    made.iter().for_each(|block| all.append(block));
    all.finish()
}

/// The fictional clinic as a source of shards.
#[derive(Clone, Debug)]
pub struct Clinic {
    people: u64,
    per_shard: u64,
    seed: Seeded,
    about: About,
    codes: CodeBook,
}

impl Clinic {
    /// `people` lives in shards of `per_shard`.
    #[must_use]
    pub fn new(people: u64, per_shard: u64, seed: Seeded) -> Self {
        let about = About {
            shape: "clinic".into(),
            name: "fictional clinic".into(),
            people: Some(people),
            notes: vec!["nobody in it is real".into()],
            ..About::default()
        };
        Self { people, per_shard: per_shard.max(1), seed, about, codes: book() }
    }
}

impl Source for Clinic {
    fn about(&self) -> &About {
        &self.about
    }

    fn shards(&self) -> usize {
        self.people.div_ceil(self.per_shard) as usize
    }

    fn read(&self, shard: usize, ctx: Context<'_>) -> Result<Events, TimelineError> {
        ctx.stop.check()?;
        let start = (shard as u64 * self.per_shard).min(self.people);
        Ok(people(start..(start + self.per_shard).min(self.people), self.seed))
    }

    fn codes(&self) -> &CodeBook {
        &self.codes
    }

    fn findings(&self) -> Findings {
        Findings::default()
    }
}
