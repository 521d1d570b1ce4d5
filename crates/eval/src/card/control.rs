//! What is written down about tables that are known to be good, bad or leaking?

use super::Outcome;
use serde::{Deserialize, Serialize};

/// What the judge said of one control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// In words: `5 % copies`.
    pub name: String,
    /// Rows in the place of synthetic ones.
    pub rows: usize,
    /// Metrics by id, with their values.
    pub values: Vec<(String, f64)>,
    /// The verdict on privacy.
    pub privacy: Outcome,
    /// Gates of privacy that failed or warned, by metric.
    pub caught: Vec<String>,
    /// Whether privacy came out as it must: no failure where nobody was learned from, an alarm where somebody was;
    /// `None` where either may be.
    pub as_expected: Option<bool>,
}
