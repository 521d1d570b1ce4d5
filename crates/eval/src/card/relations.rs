//! What is written down about columns that hang together?

use serde::{Deserialize, Serialize};

/// What was found about pairs of columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Relations {
    /// Pairs whose association is furthest off, worst first.
    pub worst: Vec<PairGap>,
    /// Rules that real rows follow and nobody wrote, for a person to review.
    pub offered: Vec<OfferedRule>,
}

impl Relations {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.worst.is_empty() && self.offered.is_empty()
    }
}

/// A pair of columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairGap {
    /// One column.
    pub first: String,
    /// The other.
    pub second: String,
    /// `Cramér's V`, `correlation ratio` or `mutual information`.
    pub measure: String,
    /// Among holdout rows.
    pub holdout: f64,
    /// Among synthetic rows.
    pub synthetic: f64,
}

/// A rule that at least 999 of 1,000 training and of 1,000 holdout rows follow. It names columns and no cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferedRule {
    /// `order`, `dependency` or `missing together`.
    pub kind: String,
    /// In words: `` `dbp` is never above `sbp` ``.
    pub words: String,
    /// Share of the synthetic rows it applies to that break it.
    pub broken: f64,
    /// Synthetic rows it applies to.
    pub n: usize,
}
