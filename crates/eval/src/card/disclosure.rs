//! What is written down about what synthetic rows tell of people: triad, identity, attributes?

use super::Reading;
use serde::{Deserialize, Serialize};

/// What the attacks of singling out, linking, inferring and identifying achieve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Disclosure {
    /// Which columns an attacker was taken to know, and which to want.
    pub roles: Option<RolesTaken>,
    /// Attacks, each beside the same on people who took no part.
    pub risks: Vec<Risk>,
    /// Risk of being identified by what people know.
    pub identity: Option<IdentityRisk>,
    /// What keys tell of each sensitive column, for growing sets of keys.
    pub told: Vec<Told>,
}

/// Roles of columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RolesTaken {
    /// Quasi-identifiers.
    pub keys: Vec<String>,
    /// Who chose them.
    pub keys_by: ChosenBy,
    /// Sensitive columns.
    pub sensitive: Vec<String>,
    /// Who chose them.
    pub sensitive_by: ChosenBy,
    /// People of the population; the training rows themselves when `None`.
    pub population: Option<usize>,
}

/// Who chose a role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChosenBy {
    /// Named by a person.
    Person,
    /// Taken by well-known names and shapes of columns.
    #[default]
    Name,
}

/// One attack on people who were learned from, beside the same on people who were not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// Metric id: `pg.so3`.
    pub id: String,
    /// In words: `singling out, rare levels`.
    pub kind: String,
    /// Tries on people who were learned from.
    pub tries: usize,
    /// Rate of success on them.
    pub own: Reading,
    /// The same on people who were not.
    pub control: Reading,
    /// Rate of success of guessing.
    pub guessing: f64,
    /// What the attack gains of what the control leaves open.
    pub residual: Reading,
    /// Whether it beats guessing; an attack that does not shows nothing.
    pub valid: bool,
}

/// The risk of being identified, and of something being learned by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityRisk {
    /// Mean risk of people who were learned from.
    pub risk: Reading,
    /// The same of people who were not: what chance gives.
    pub chance: Reading,
    /// The one minus the other.
    pub excess: Reading,
    /// Greatest risk of anybody.
    pub worst: f64,
    /// Share of people above the threshold.
    pub above: f64,
    /// Threshold of publication.
    pub threshold: f64,
}

/// What one set of keys tells of one sensitive column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Keys.
    pub keys: Vec<String>,
    /// Sensitive column.
    pub sensitive: String,
    /// Share of people who were learned from of whom it is told, rightly and without doubt.
    pub seen: Reading,
    /// The same of people who were not.
    pub unseen: Reading,
    /// The one minus the other.
    pub excess: Reading,
    /// The excess without what everybody could guess: a dominant level, a level that follows from one key.
    pub excess_without_inevitable: f64,
}
