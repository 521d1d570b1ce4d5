//! What is written down about all membership attacks together?

use super::Reading;
use serde::{Deserialize, Serialize};

/// The family of membership attacks under one permutation test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strongest {
    /// Every attack in every space.
    pub scores: Vec<FamilyScore>,
    /// Position of the strongest.
    pub strongest: usize,
    /// Share of permutations whose strongest attack is as strong.
    pub p: f64,
    /// Permutations of labels.
    pub permutations: usize,
    /// AUC that a single attack must reach to be told from chance in four of five tables of this size.
    pub least_detectable: f64,
    /// The strongest attack by how far people stand from others.
    pub outlying: Vec<Outlying>,
}

/// One attack in one space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FamilyScore {
    /// Metric id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Space; empty where there is one only.
    pub space: String,
    /// AUC of telling training from holdout people.
    pub auc: Reading,
    /// Members found at 1 % false alarms; `None` below 1,000 holdout people.
    pub found: Option<Reading>,
    /// The greater standard normal deviate of its AUC and of members among its highest scores.
    pub advantage: f64,
    /// Chance of such an advantage of this attack alone, by permutation.
    pub p: f64,
}

/// An attack on one tenth of all people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlying {
    /// 1 for the people nearest to others, 10 for the farthest.
    pub at: usize,
    /// AUC within this tenth; `None` below 20 people on a side.
    pub auc: Option<Reading>,
}
