//! What is written down about synthetic rows beside ordinary ways to serve groups alike?

use super::Reading;
use serde::{Deserialize, Serialize};

/// All ways for one outcome and the groups of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedies {
    /// The outcome.
    pub target: String,
    /// Column that makes the groups, or two of them.
    pub attribute: String,
    /// One line for each way; those without synthetic rows first.
    pub ways: Vec<Remedy>,
}

/// What one way brings to holdout people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// In words.
    pub way: String,
    /// Rows learned from.
    pub n_learned: usize,
    /// Group with the lowest AUC.
    pub worst: String,
    /// Its AUC, and its holdout people.
    pub auc: Reading,
    /// Group whose risks are furthest off.
    pub off: String,
    /// Its share with the outcome minus its mean risk.
    pub calibration: f64,
    /// Equalised-odds gap between groups.
    pub odds_gap: Option<f64>,
    /// Mean negative logarithm of the chance given to what happened, of everybody.
    pub log_loss: f64,
}
