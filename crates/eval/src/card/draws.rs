//! What is written down about several synthetic tables of one generator?

use super::Outcome;
use serde::{Deserialize, Serialize};
use verosim_core::Interval;

/// Several synthetic tables: how each came out, and how far figures stray between them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draws {
    /// Table by table, in the order given; the first is the one that the rest of the card is about.
    pub tables: Vec<DrawnTable>,
    /// Metric by metric, those that gave a number for every table.
    pub spreads: Vec<Spread>,
}

impl Draws {
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

/// How one of several tables came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnTable {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Question of the verdict strip and outcome.
    pub verdicts: Vec<(String, Outcome)>,
    /// Outcome of the policy, when one was named.
    pub policy: Option<Outcome>,
}

/// One figure over several tables: two kinds of chance, who was drawn into the tables and who into the holdout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Metric id.
    pub id: String,
    /// Mean over tables.
    pub mean: f64,
    /// For the mean, from both kinds of chance; `None` where no table's figure has an interval.
    pub interval: Option<Interval>,
    /// Standard deviation between tables.
    pub deviation: f64,
    /// Share of the variance that is between tables; `None` where no table's figure has an interval.
    pub between: Option<f64>,
    /// Least and greatest value.
    pub range: [f64; 2],
}
