//! What did each stage take?

use serde::{Deserialize, Serialize};

/// What one stage took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Stage: `fit`, `sample`, `evaluate`.
    pub stage: String,
    /// Wall seconds.
    pub wall_s: f64,
    /// CPU seconds of all threads.
    pub cpu_s: f64,
    /// Greatest resident memory so far, bytes.
    pub peak_bytes: u64,
    /// Energy, joules.
    pub joules: Option<f64>,
    /// `measured` or `modelled`, with the model in words.
    pub energy_source: String,
}
