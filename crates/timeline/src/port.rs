//! What can be read shard by shard, and what can be written so?

use crate::{CodeBook, Events, Findings, TimelineError};
use hashbrown::HashMap;
use std::sync::Arc;
use verosim_core::Context;

/// What is known of a set of timelines as a whole.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Id of its shape: `meds`, `omop`, `mimic-iv`.
    pub shape: String,
    /// Name of the data set, when it says one.
    pub name: String,
    /// Files and tables with their rows, in order.
    pub tables: Vec<(String, u64)>,
    /// People, where that is known without reading everything.
    pub people: Option<u64>,
    /// Which split each person is in, where the data set says so.
    pub splits: Splits,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Which named part of a data set each person is in: `train`, `tuning`, `held_out`.
#[derive(Clone, Debug, Default)]
pub struct Splits {
    names: Vec<String>,
    of: Arc<HashMap<i64, u8>>,
}

impl Splits {
    /// Puts a person into a split; the first 255 names count.
    pub fn put(&mut self, subject: i64, name: &str) {
        let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        Arc::make_mut(&mut self.of).insert(subject, u8::try_from(at).unwrap_or(u8::MAX));
    }

    /// The split that a person is in.
    #[must_use]
    pub fn of(&self, subject: i64) -> Option<&str> {
        self.of.get(&subject).and_then(|&at| self.names.get(at as usize)).map(String::as_str)
    }

    /// The names, in order of their first person.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// Timelines that can be read, shard by shard, as often as wanted. A person is in exactly one shard.
pub trait Source: Send + Sync {
    /// What is known of all of them.
    fn about(&self) -> &About;

    /// Number of shards.
    fn shards(&self) -> usize;

    /// Reads one shard.
    ///
    /// # Errors
    /// [`TimelineError`] names file and place and never a cell.
    fn read(&self, shard: usize, ctx: Context<'_>) -> Result<Events, TimelineError>;

    /// What is known of the codes.
    fn codes(&self) -> &CodeBook;

    /// What was wrong with the data, as far as it was read.
    fn findings(&self) -> Findings;

    /// The mapping of its tables as they were found (TOML), where it is a folder of tables: what an exact way back needs.
    fn mapping(&self) -> Option<String> {
        None
    }
}

/// Where timelines are written, shard by shard, in order.
pub trait Sink {
    /// Writes the next shard. Its people must not have been in an earlier one.
    ///
    /// # Errors
    /// [`TimelineError`]; what was finished before stays.
    fn write(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError>;

    /// Shards that an earlier attempt finished and this one goes on from; none for shapes that begin again.
    fn finished(&self) -> usize {
        0
    }

    /// Writes what is only known at the end, and puts everything in its place.
    ///
    /// # Errors
    /// [`TimelineError`].
    fn finish(self: Box<Self>, codes: &CodeBook, ctx: Context<'_>) -> Result<Written, TimelineError>;
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Files or tables, with their rows.
    pub tables: Vec<(String, u64)>,
    /// People.
    pub people: u64,
    /// Events that came in.
    pub events: u64,
    /// What could not be carried, and why.
    pub loss: Findings,
}
