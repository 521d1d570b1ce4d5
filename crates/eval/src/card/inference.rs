//! What is written down about regressions and survival curves?

use super::Reading;
use serde::{Deserialize, Serialize};

/// One regression on real, synthetic and training rows, as many of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// What is explained.
    pub outcome: String,
    /// What a coefficient is: `log odds ratio`, `log rate ratio`, `log hazard ratio`, `difference in deviations`.
    pub scale: String,
    /// Complete rows: holdout, synthetic, training.
    pub n: [usize; 3],
    /// What was done where there is no finite maximum, per table; empty when nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<String>,
    /// One per term.
    pub rows: Vec<ForestRow>,
}

/// One coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestRow {
    /// Column, or column and level.
    pub term: String,
    /// From holdout rows.
    pub real: Reading,
    /// From synthetic rows; `None` where they do not vary in the term.
    pub synthetic: Option<Reading>,
    /// From training rows: what a perfect generator reaches.
    pub ceiling: Option<Reading>,
    /// Overlap of the real and the synthetic interval, not clipped; 0 where there is none.
    pub overlap: f64,
}

/// Survival curves on one grid; real shares are rounded to half a percent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalPicture {
    /// Column of times.
    pub time: String,
    /// Column of events.
    pub event: String,
    /// Events in holdout (at least 11) and synthetic rows up to the horizon.
    pub events: [usize; 2],
    /// From time 0 to the horizon.
    pub points: Vec<SurvivalPoint>,
}

/// The curves at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalPoint {
    /// Time.
    pub time: f64,
    /// Share of holdout rows still free of the event.
    pub real: f64,
    /// Share of synthetic rows.
    pub synthetic: f64,
    /// Share of training rows.
    pub train: f64,
}
