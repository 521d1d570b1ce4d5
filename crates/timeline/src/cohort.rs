//! Whose lives may be learned from, and whose only judge?

use crate::{Events, Source, TimelineError};
use verosim_core::{Context, Seeded};

/// Some of the people of a source.
#[derive(Clone, Copy)]
pub struct Cohort<'a> {
    source: &'a dyn Source,
    /// People whose key is in `[from, to)` belong to it.
    seed: Seeded,
    from: f64,
    to: f64,
}

impl std::fmt::Debug for Cohort<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Cohort [{}, {}) of {}", self.from, self.to, self.source.about().shape)
    }
}

impl<'a> Cohort<'a> {
    /// Everybody.
    #[must_use]
    pub fn all(source: &'a dyn Source) -> Self {
        Self { source, seed: Seeded::new(0), from: 0.0, to: 1.0 }
    }

    /// Number of shards.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.source.shards()
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// Reads the people of one shard who belong to it; there may be none.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read(&self, shard: usize, ctx: Context<'_>) -> Result<Events, TimelineError> {
        let events = self.source.read(shard, ctx)?;
        if self.from <= 0.0 && self.to >= 1.0 {
            return Ok(events);
        }
        Ok(events.of_people(|id| self.holds(id)))
    }

    /// Whether a person belongs to it.
    #[must_use]
    pub fn holds(&self, id: i64) -> bool {
        let key = self.seed.split_at(id as u64).key() as f64 / 18_446_744_073_709_551_616.0;
        self.from <= key && key < self.to
    }
}

/// People whom engines may learn from.
#[derive(Clone, Copy, Debug)]
pub struct Train<'a>(Cohort<'a>);

/// People who only judge. There is no way from here to an engine.
#[derive(Clone, Copy, Debug)]
pub struct Holdout<'a>(Cohort<'a>);

impl<'a> Train<'a> {
    /// Declares a cohort as training data.
    #[must_use]
    pub fn new(cohort: Cohort<'a>) -> Self {
        Self(cohort)
    }

    /// The people.
    #[must_use]
    pub fn cohort(&self) -> Cohort<'a> {
        self.0
    }
}

impl<'a> Holdout<'a> {
    /// Declares a cohort as holdout data.
    #[must_use]
    pub fn new(cohort: Cohort<'a>) -> Self {
        Self(cohort)
    }

    /// The people.
    #[must_use]
    pub fn cohort(&self) -> Cohort<'a> {
        self.0
    }
}

/// Splits the people of `source` by a key of their ids, so that about `share` of them are held out. The same person falls
/// on the same side however the shards are cut.
#[must_use]
pub fn split(source: &dyn Source, share: f64, seed: Seeded) -> (Train<'_>, Holdout<'_>) {
    let seed = seed.split("holdout");
    let train = Cohort { source, seed, from: share, to: 1.0 };
    let holdout = Cohort { source, seed, from: 0.0, to: share };
    (Train(train), Holdout(holdout))
}
