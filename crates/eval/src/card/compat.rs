//! What is written down about scores of other tools?

use serde::{Deserialize, Serialize};

/// A score as another tool computes it, beside the metric that answers its question here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompatScore {
    /// Tool.
    pub peer: String,
    /// Its name there.
    pub score: String,
    /// Its value.
    pub value: f64,
    /// Metric id here.
    pub ours: String,
    /// What differs.
    pub differs: String,
}
