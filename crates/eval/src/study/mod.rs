//! What came of many fits of several engines, and what does it tell together?
//!
//! A study is a list of [`Arm`]s, one for each engine, size and repeat; summaries are made of nothing else, so that a study
//! that was stopped tells the same once it is finished.

mod efficiency;
mod equity;
mod league;
mod mean;

pub use efficiency::{Curve, Efficiency, Point, efficiency};
pub use equity::{Equity, Lever, Subgroups, equity};
pub use league::{League, Place, Standing, league};
pub use mean::{Repeats, mean, mean_area, paired};

use crate::card::Remedies;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name under which real rows stand in the place of synthetic ones.
pub const REAL: &str = "real rows";

/// Names of figures in [`Figures::values`] that are no metric's id.
pub mod figure {
    /// Score on the holdout of boosted trees that learned on the rows: AUC or R².
    pub const UTILITY: &str = "utility";
    /// The same, learned on as many real training rows.
    pub const REAL_UTILITY: &str = "utility of real rows";
    /// Half of the interval of the membership AUC by itself, where all repeats have the same held-out people.
    pub const SHARED_REACH: &str = "reach of pm.dcr";
    /// Score without skill.
    pub const NO_SKILL: &str = "no skill";
}

/// One engine, learned once, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Data set.
    pub dataset: String,
    /// Engine id, name of another program, or [`REAL`].
    pub engine: String,
    /// People learned from; all that there are when `None`.
    pub size: Option<usize>,
    /// Repeat, from 0. Arms of one repeat share the split and the people; smaller sizes are parts of larger ones.
    pub repeat: usize,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It ended and was judged.
    Done(Figures),
    /// It did not, and why: a result like any other.
    Failed {
        /// In words, without a cell.
        why: String,
    },
}

/// Figures of one fit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Rows learned from.
    pub rows: usize,
    /// Rows drawn.
    pub synthetic: usize,
    /// Rows that judged.
    pub holdout: usize,
    /// Engine that was taken, where the choice was left to the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// Outcome and its measure, such as `died` and `AUC`; empty without one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task: Vec<String>,
    /// By metric id or name (see [`figure`]).
    pub values: BTreeMap<String, f64>,
    /// Synthetic rows beside ordinary ways to serve groups alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedies>,
    /// What learning and drawing took.
    pub took: Took,
}

/// What learning and drawing took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Took {
    /// Wall seconds.
    pub seconds: f64,
    /// Watt-hours of this machine, and of the model elsewhere where its size is guessed.
    pub energy_wh: f64,
    /// Greatest resident memory of the process so far, bytes.
    pub peak_bytes: u64,
    /// Tokens read and written, where a model was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Money, where a model was asked and there is a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl Arm {
    /// Its figures, when it ended.
    #[must_use]
    pub fn figures(&self) -> Option<&Figures> {
        match &self.outcome {
            Outcome::Done(figures) => Some(figures),
            Outcome::Failed { .. } => None,
        }
    }

    /// Whether it is the same fit, whatever came of it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let key = |arm: &Self| (arm.dataset.clone(), arm.engine.clone(), arm.size, arm.repeat);
        key(self) == key(other)
    }
}

impl Figures {
    /// A figure by metric id or name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }
}
