//! What is a metric? A question with a card entry.

use crate::Trio;
use crate::card::{
    Attack, Calibration, ClinicalSense, Copying, Disclosure, Forest, Giveaway, GroupReading, PanelRow,
    Relations, Remedies, Strongest, SurvivalPicture, Task,
};
use crate::membership::Membership;
use std::sync::Mutex;
use verosim_core::{Context, Hint, Interrupted, MetricInfo, Preset, Schema, Score, Seeded};

/// One question asked of (train, holdout, synthetic).
pub trait Metric: Send + Sync {
    /// Everything a report must know without running it.
    fn info(&self) -> &'static MetricInfo;

    /// The smallest preset that computes it.
    fn preset(&self) -> Preset {
        Preset::Standard
    }

    /// Says why not, before any work.
    ///
    /// # Errors
    /// [`NotApplicable`] with the reason in words.
    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable>;

    /// Measures. Called a second time with the training rows in the place of the synthetic ones for
    /// the ceiling, and with column-shuffled training rows for the floor.
    ///
    /// # Errors
    /// [`MetricError`] with the reason; never a NaN.
    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError>;
}

/// Which table stands in the place of the synthetic one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// The synthetic table itself.
    Synthetic,
    /// The training rows: what a perfect generator can reach.
    Ceiling,
    /// Column-shuffled training rows: what needs no learning.
    Floor,
}

/// What metrics find besides their number, for the report. Filled on [`Pass::Synthetic`] only.
#[derive(Debug, Default)]
pub struct Findings {
    /// What gives synthetic rows away; left by the classifier test.
    pub giveaways: Mutex<Vec<Giveaway>>,
    /// Utility tasks; left by the train-on-synthetic metric.
    pub tasks: Mutex<Vec<Task>>,
    /// Regressions; left by the metrics of inference.
    pub forests: Mutex<Vec<Forest>>,
    /// Survival curves; left by their metric.
    pub survival: Mutex<Option<SurvivalPicture>>,
    /// Calibration of risks; left by its metric.
    pub calibrations: Mutex<Vec<Calibration>>,
    /// Ranks of learners; left by the metric of agreement.
    pub panel: Mutex<Vec<PanelRow>>,
    /// Membership attacks; left by each attack.
    pub attacks: Mutex<Vec<Attack>>,
    /// All membership attacks under one test.
    pub strongest: Mutex<Option<Strongest>>,
    /// What membership attacks share; made by the first of them.
    pub(crate) membership: Membership,
    /// Shares of people who come out again; left by the metrics of copying.
    pub copying: Mutex<Vec<Copying>>,
    /// What synthetic rows tell of people; left by the metrics of disclosure.
    pub disclosure: Mutex<Disclosure>,
    /// Clinical rules; left by `cl.excess`.
    pub clinical: Mutex<Option<ClinicalSense>>,
    /// Figures of groups of people; left by the metrics of equity.
    pub equity: Mutex<Vec<GroupReading>>,
    /// Ways to serve groups alike; left by their metric.
    pub remedies: Mutex<Vec<Remedies>>,
    /// What hangs together; left by the metrics of pairs and of rules.
    pub relations: Mutex<Relations>,
}

/// What metrics are handed besides data.
#[derive(Clone, Copy)]
pub struct EvalContext<'a> {
    /// Progress and stop.
    pub ctx: Context<'a>,
    /// Most rows per table that costly metrics draw.
    pub row_limit: usize,
    /// Which table stands in the place of the synthetic one.
    pub pass: Pass,
    /// Seed of what several metrics share.
    pub shared: Seeded,
    /// Where details for the report are left.
    pub findings: &'a Findings,
}

/// The metric has no meaning for this schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotApplicable {
    /// Why, in words: `needs two numeric columns`.
    pub reason: String,
}

/// Why a metric gave no number.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// Too few units.
    #[error("needs at least {needed} {unit}, has {found}")]
    TooFew {
        /// What is counted.
        unit: &'static str,
        /// Needed.
        needed: usize,
        /// Found.
        found: usize,
    },
    /// The value is not defined on these data.
    #[error("not defined here: {why}")]
    Undefined {
        /// Why, in words.
        why: String,
    },
    /// The question does not arise with these tables, which the schema alone does not tell.
    #[error(transparent)]
    NotApplicable(#[from] NotApplicable),
    /// The run was stopped.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Hint for MetricError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::TooFew { unit, needed, .. } => Some(format!("bring at least {needed} {unit}")),
            Self::Undefined { .. } | Self::NotApplicable(_) | Self::Interrupted(_) => None,
        }
    }
}
