//! What does the report show of lives: synthetic timelines, codes, curves, transitions, groups of patients?

use super::SurvivalPicture;
use serde::{Deserialize, Serialize};

/// Pictures of timelines. Single people are synthetic ones only; of real people there are shares of at least 11.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimePictures {
    /// Distinct codes of all three sets.
    pub n_codes: usize,
    /// Timed events: train, holdout, synthetic.
    pub n_events: [usize; 3],
    /// A few synthetic people.
    pub lives: Vec<DrawnLife>,
    /// How many people have each code, commonest first.
    pub prevalence: Vec<CodeShare>,
    /// Distributions of gaps and lengths.
    pub curves: Vec<ShareCurve>,
    /// Times to events.
    pub survival: Vec<SurvivalPicture>,
    /// What follows what, largest differences first.
    pub transitions: Vec<TransitionGap>,
    /// Groups of patients, side by side.
    pub cohorts: Vec<CohortTable>,
}

/// One synthetic person's timeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawnLife {
    /// In words: `woman, 71 years at the first event`.
    pub who: String,
    /// Days from the first to the last event.
    pub days: f64,
    /// One lane for each kind of event.
    pub lanes: Vec<DrawnLane>,
    /// Days from the first event to death.
    pub death: Option<f64>,
    /// Events beyond the most that are drawn.
    pub left_out: usize,
}

/// Events of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrawnLane {
    /// Kind, in words.
    pub kind: String,
    /// Begin and end in days from the first event, and the code.
    pub events: Vec<(f64, Option<f64>, String)>,
}

/// How many people have a code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeShare {
    /// Code.
    pub code: String,
    /// Share of holdout people, rounded.
    pub real: f64,
    /// Share of synthetic people.
    pub synthetic: f64,
    /// Share of training people, rounded.
    pub train: f64,
}

/// Two distribution functions at quantiles of real values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShareCurve {
    /// What is measured.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Values, ascending.
    pub at: Vec<f64>,
    /// Share of holdout values up to each, rounded.
    pub real: Vec<f64>,
    /// Share of synthetic values up to each.
    pub synthetic: Vec<f64>,
}

/// How often one event follows another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TransitionGap {
    /// Event.
    pub from: String,
    /// The next one.
    pub to: String,
    /// Share of holdout exits, rounded.
    pub real: f64,
    /// Share of synthetic exits.
    pub synthetic: f64,
}

/// A group of patients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CohortTable {
    /// In words.
    pub name: String,
    /// Share of holdout people and of synthetic people who belong to it.
    pub share: [f64; 2],
    /// What describes them, of holdout and of synthetic people, and their standardised difference.
    pub rows: Vec<CohortRow>,
}

/// One row of a table that describes patients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CohortRow {
    /// What.
    pub name: String,
    /// Mean or share of holdout people.
    pub real: f64,
    /// Mean or share of synthetic people.
    pub synthetic: f64,
    /// Standardised mean difference.
    pub difference: f64,
}
