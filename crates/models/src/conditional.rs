//! How are rows drawn that meet a condition, without trying?

use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, Evidence};

/// A fitted engine that draws rows from its own law given what their cells may hold.
pub trait Conditional: Sync {
    /// The law of the rows that `evidence` admits, reckoned once; `None` where it would be too large to hold.
    fn given(&self, evidence: Evidence) -> Option<Box<dyn Narrowed + '_>>;
}

/// The law of an engine's rows given evidence.
pub trait Narrowed: Sync {
    /// Share of all rows of the engine that the evidence admits, 0 to 1. Cells that exclude each other are not reckoned with.
    fn chance(&self) -> f64;

    /// `n` rows that the evidence admits. A pure function of (model, evidence, n, seed) at any thread count.
    ///
    /// # Errors
    /// [`SampleError`] when interrupted.
    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError>;
}
