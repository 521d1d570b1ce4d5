//! How are the missing cells of given rows filled, so that no known cell can change?

use crate::accept::Tally;
use crate::harvest::{Desk, Stopped, Why};
use verosim_core::{Context, Seeded};
use verosim_data::Table;

/// An engine that fills missing cells, given the other cells of their row.
///
/// It hands back values for missing cells and nothing else: known cells are the caller's, who puts both together, so
/// there is no way for one to change.
pub trait Filler: Sync {
    /// Names of the columns whose missing cells it fills.
    fn fills(&self) -> Vec<String>;

    /// Draws every missing cell of `table` in those columns, `draws` times independently of each other.
    ///
    /// Deterministic: equal answers give equal cells. A cell that cannot be had stays missing; a failing model or a
    /// limit is told in [`Filled::why`], and what was had is kept.
    ///
    /// # Errors
    /// [`Stopped`]: known cells are told to the model, which is at row level.
    fn fill(
        &self,
        table: &Table,
        draws: usize,
        desk: &mut Desk<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Filled, Stopped>;
}

/// Cells that were drawn.
#[derive(Clone, Debug)]
pub struct Filled {
    /// One table for each draw, as long as the given one, with the columns that the engine fills. A cell counts only
    /// where the given one is missing, and is missing where it could not be had.
    pub sets: Vec<Table>,
    /// What became of all records.
    pub tally: Tally,
    /// Why no more were asked for, when a model or a limit put an end to it.
    pub why: Option<Why>,
}
