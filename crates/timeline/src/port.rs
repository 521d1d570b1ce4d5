//! What can be read shard by shard, and what can be written so?

use crate::{CodeBook, Events, Findings, TimelineError};
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
    /// What a person should know.
    pub notes: Vec<String>,
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
}

/// Where timelines are written, shard by shard, in order.
pub trait Sink {
    /// Writes the next shard. Its people must not have been in an earlier one.
    ///
    /// # Errors
    /// [`TimelineError`]; what was finished before stays.
    fn write(&mut self, events: &Events, ctx: Context<'_>) -> Result<(), TimelineError>;

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
