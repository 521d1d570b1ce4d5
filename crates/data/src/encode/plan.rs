//! What happens to each column of a table when it is encoded?

use super::bound::Bound;
use super::cut::CutCodec;
use super::derive::Formula;
use super::level::LevelCodec;
use super::number::NumberCodec;
use super::surrogate::Surrogate;
use serde::{Deserialize, Serialize};

/// How one output column is made. Columns that are modelled name their place in the domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub(super) enum Plan {
    /// Drawn as numbers.
    Number { domain: usize, codec: NumberCodec },
    /// Drawn as cells between declared bounds.
    Cut { domain: usize, codec: CutCodec },
    /// Drawn as levels.
    Level { domain: usize, codec: LevelCodec },
    /// Drawn as a distance from another column, which is never itself an offset: dates.
    Offset { domain: usize, codec: NumberCodec, anchor: usize },
    /// Drawn as a number, or as equal to another column, which is drawn as a number without a bound.
    Bounded { domain: usize, codec: NumberCodec, bound: Bound },
    /// Recomputed; only which cells are missing is drawn.
    Derived { domain: usize, formula: Formula, left: usize, right: usize },
    /// Computed from others; only in codecs of rows that somebody else makes.
    Computed { formula: Formula, left: usize, right: usize },
    /// Made by somebody else.
    Given,
    /// Fresh values of the same shape.
    Surrogate { surrogate: Surrogate },
    /// Numbers that identify persons (dates of birth): anywhere between two rounded bounds.
    Anywhere { low: f64, high: f64 },
}

impl Plan {
    /// The column's place in the domain, when it is modelled.
    pub(super) fn domain(&self) -> Option<usize> {
        match self {
            Self::Number { domain, .. }
            | Self::Cut { domain, .. }
            | Self::Level { domain, .. }
            | Self::Offset { domain, .. }
            | Self::Bounded { domain, .. }
            | Self::Derived { domain, .. } => Some(*domain),
            Self::Computed { .. } | Self::Given | Self::Surrogate { .. } | Self::Anywhere { .. } => None,
        }
    }
}
