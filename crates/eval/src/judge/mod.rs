//! How do three tables become a card: every metric, its ceiling and floor, pictures and a verdict?

use crate::{Card, Trio};
use verosim_core::{Context, Hint, Interrupted, Seeded};

/// What a caller may choose about a judgement.
#[derive(Clone, Debug)]
pub struct JudgeSettings {
    /// Title of the data set, for the report.
    pub title: String,
    /// Engine id, or `unknown`.
    pub engine: String,
    /// Guarantee in words.
    pub guarantee: String,
    /// Day, as `2026-11-23`.
    pub date: String,
    /// Only these metric ids; all when empty.
    pub only: Vec<String>,
    /// Most rows per table that costly metrics draw.
    pub row_limit: usize,
}

/// Why a trio could not be judged at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// A table has too few rows.
    #[error("{role} has {found} rows; judging needs at least {needed}")]
    TooFewRows {
        /// `train`, `holdout` or `synthetic`.
        role: &'static str,
        /// Rows.
        found: usize,
        /// Needed.
        needed: usize,
    },
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Hint for JudgeError {
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Judges a trio: all metrics with ceilings and floors, pictures, verdicts. `Card::costs` is left empty.
///
/// # Errors
/// [`JudgeError`]; a metric that fails is an entry with a reason, not an error.
pub fn judge(
    _trio: &Trio<'_>,
    _settings: &JudgeSettings,
    _seed: Seeded,
    _ctx: Context<'_>,
) -> Result<Card, JudgeError> {
    unimplemented!()
}
