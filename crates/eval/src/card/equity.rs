//! What is written down about groups of people?

use super::Reading;
use serde::{Deserialize, Serialize};

/// One figure of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupReading {
    /// Metric id: `eq.real`.
    pub id: String,
    /// What the figure is: `AUC, learned on synthetic rows`.
    pub measure: String,
    /// Column that makes the groups.
    pub attribute: String,
    /// Group: a level or a band.
    pub group: String,
    /// The figure; `n` is the number of holdout people of the group.
    pub reading: Reading,
}
