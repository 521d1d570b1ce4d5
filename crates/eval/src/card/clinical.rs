//! What is written down about clinical sense?

use super::RuleCount;
use serde::{Deserialize, Serialize};

/// The built-in rules that the columns are spoken of by, and how often they are broken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClinicalSense {
    /// Day of the rules.
    pub version: String,
    /// Which columns were taken for what.
    pub bindings: Vec<BoundConcept>,
    /// Rules that apply; those that most synthetic rows break beyond real ones first.
    pub rules: Vec<RuleCount>,
    /// Built-in rules that no column is there for.
    pub silent: usize,
}

/// A concept and the columns that were taken for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundConcept {
    /// The word that rules use.
    pub concept: String,
    /// Columns.
    pub columns: Vec<String>,
    /// Unit in which the column is read.
    pub unit: Option<String>,
    /// Whether a person said so; else its name and values did.
    pub is_given: bool,
}
