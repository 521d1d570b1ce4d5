//! What is written down about what a language model tells?

use super::Exchange;
use serde::{Deserialize, Serialize};

/// Version of the shape of `probe.json`; readers refuse what they do not know.
pub const PROBE_VERSION: u32 = 1;

/// What a model tells of people, and whether it knew a table before. The content of `probe.json`; holds no cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// [`PROBE_VERSION`].
    pub version: u32,
    /// What it tells of people, when it was asked about some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<ProbedPeople>,
    /// Whether it knew a published table, when it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<ProbedTable>,
    /// What asking took.
    pub exchange: Exchange,
}

impl Probe {
    /// Whether it tells what it should not, or knows what it should not.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.people.as_ref().is_some_and(|people| people.leaks)
            || self.published.as_ref().is_some_and(|published| published.known)
    }
}

/// What a model tells of people that it may have learned from, against people that it cannot have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbedPeople {
    /// Whether any family tells more of members than chance explains.
    pub leaks: bool,
    /// Column of the private fact.
    pub sensitive: String,
    /// Questions of each family about members, and as many about strangers, at each temperature.
    pub questions: usize,
    /// Sampling temperatures.
    pub temperatures: Vec<f64>,
    /// What became of the questions.
    pub prompts: Prompts,
    /// Place in `families` of the one that chance explains least.
    pub worst: Option<usize>,
    /// By family and temperature.
    pub families: Vec<ProbedFamily>,
}

/// What became of questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompts {
    /// All.
    pub asked: u64,
    /// Of these, without an answer.
    pub unanswered: u64,
    /// Of these, because the budget did not cover them.
    pub beyond_budget: u64,
}

/// One way of asking at one temperature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbedFamily {
    /// Family.
    pub family: String,
    /// Sampling temperature.
    pub temperature: f64,
    /// What counts as telling.
    pub counts: String,
    /// Told of members.
    pub members: ProbedRate,
    /// Told of strangers.
    pub strangers: ProbedRate,
    /// Members less strangers.
    pub excess: f64,
    /// Lower bound of its 95 % interval.
    pub excess_low: f64,
    /// Upper bound.
    pub excess_high: f64,
    /// Probability of so much excess by chance (Fisher's exact test, one-sided).
    pub p: f64,
    /// Share that is right when the commonest fact is guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guess: Option<f64>,
}

/// A count out of another with its exact 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbedRate {
    /// Told.
    pub told: u64,
    /// Answered.
    pub asked: u64,
    /// Told per answered.
    pub value: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Whether a model knew a published table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbedTable {
    /// Whether any test that decides finds memory.
    pub known: bool,
    /// Name of the table.
    pub table: String,
    /// What became of the questions.
    pub prompts: Prompts,
    /// By test.
    pub tests: Vec<ProbedTest>,
}

/// One test of memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbedTest {
    /// Test.
    pub test: String,
    /// What counts as knowing, and what it is held against.
    pub counts: String,
    /// Whether it enters the verdict.
    pub decides: bool,
    /// Right of the table.
    pub told: ProbedRate,
    /// Right of its disguised copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<ProbedRate>,
    /// Share that is right by plain guessing.
    pub guess: f64,
    /// The greater of two probabilities: of so many by guessing, and of so many more than of the copy by chance.
    pub p: f64,
}
