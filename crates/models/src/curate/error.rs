//! Why can rows not be curated?

use verosim_core::{Hint, Interrupted};

/// Why rows cannot be curated. Names columns and counts, never a cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CurateError {
    /// The outcome is not there.
    #[error("there is no outcome `{target}` to curate by")]
    NoTarget {
        /// Column.
        target: String,
    },
    /// The judge has nothing to tell apart.
    #[error("outcome `{target}` has {classes} classes of {least} or more real rows; two are needed")]
    OneClass {
        /// Column.
        target: String,
        /// Classes.
        classes: usize,
        /// Least rows of a class.
        least: usize,
    },
    /// Too few real rows.
    #[error("{found} real rows have an outcome; {needed} are needed to curate")]
    TooFewRows {
        /// Rows.
        found: usize,
        /// Least.
        needed: usize,
    },
    /// The published rule knows classes only.
    #[error("outcome `{target}` is a number, and the published rule knows classes only")]
    NumberTarget {
        /// Column.
        target: String,
    },
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Hint for CurateError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoTarget { .. } | Self::OneClass { .. } => {
                "name another outcome with `--target COLUMN`".into()
            }
            Self::TooFewRows { .. } => "bring more real rows, or do without `--curate`".into(),
            Self::NumberTarget { .. } => "use `--curate protective`".into(),
            Self::Interrupted(_) => "repeat the command with `--resume`".into(),
        })
    }
}
