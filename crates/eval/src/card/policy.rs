//! What is written down about a card that was held against a policy?

use super::Outcome;
use serde::{Deserialize, Serialize};

/// How a policy came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyResult {
    /// Its short name.
    pub id: String,
    /// For which purpose, in words.
    pub words: String,
    /// Fails when any of its gates does.
    pub outcome: Outcome,
    /// Question by question, then gate by gate.
    pub gates: Vec<GateResult>,
}

/// How one gate of a policy came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    /// Question of the verdict strip, or metric and part.
    pub what: String,
    /// How it came out.
    pub outcome: Outcome,
    /// Whether it fails the policy: it failed, or what must be known is not.
    pub fails: bool,
    /// Rule in words, with the origin of its threshold.
    pub rule: String,
    /// What was found.
    pub found: String,
}
