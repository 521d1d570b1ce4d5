//! Which synthetic rows have an outcome that does not follow from the rest?
//!
//! A judge learns the outcome from real rows and follows each synthetic row through the rounds of its learning. Usable
//! after any engine.

mod columns;
mod conformal;
mod dynamics;
mod error;
mod judge;
mod published;
mod subgroup;
#[cfg(test)]
mod tests;

pub use error::CurateError;
pub use judge::Judge;
pub use subgroup::{GroupKept, groups};

use serde::{Deserialize, Serialize};

/// How rows are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Rows are dropped that look so unlike their class that they are likelier wrong than right; no class loses more than
    /// about an eighth of its good rows.
    #[default]
    Protective,
    /// The rule of CLLM: rows with low confidence and low uncertainty are dropped. Knows classes only; drops most of a rare
    /// class where the signal is weak.
    Published,
}

impl Rule {
    /// The words of the `--curate` flag.
    pub const WORDS: [&'static str; 2] = ["protective", "published"];

    /// The rule called `word`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "protective" => Some(Self::Protective),
            "published" => Some(Self::Published),
            _ => None,
        }
    }

    /// The word of the `--curate` flag.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Protective => "protective",
            Self::Published => "published",
        }
    }
}

/// What became of a pool of synthetic rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Curation {
    /// Whether each row is kept.
    pub keep: Vec<bool>,
    /// Mean probability of the row's own class over the rounds, in `[0, 1]`; for numbers, the p-value.
    pub confidence: Vec<f64>,
    /// Mean of p(1 - p) over the rounds, in `[0, 1/4]`; 0 for numbers.
    pub uncertainty: Vec<f64>,
    /// Share of real rows of the same class that look at least as unlike it, in `(0, 1]`; 1 under the published rule.
    pub p_value: Vec<f64>,
}

impl Curation {
    /// Rows that are kept.
    #[must_use]
    pub fn kept(&self) -> Vec<usize> {
        (0..self.keep.len()).filter(|&row| self.keep[row]).collect()
    }
}
