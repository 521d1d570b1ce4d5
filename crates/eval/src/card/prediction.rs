//! What is written down about models learned on synthetic rows, beyond their score?

use super::Reading;
use serde::{Deserialize, Serialize};

/// Whether the risks of one learner are right, learned on synthetic and on real rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The event.
    pub target: String,
    /// Learner.
    pub learner: String,
    /// Share of holdout rows with the event.
    pub prevalence: f64,
    /// Learned on synthetic rows.
    pub synthetic: Calibrated,
    /// Learned on as many training rows.
    pub real: Calibrated,
}

/// How right risks are on holdout rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// Slope of the logistic regression of the event on the log-odds of the risk: 1 is right, below 1 too sure.
    pub slope: Reading,
    /// Intercept at slope 1: above 0 where risks are too low.
    pub intercept: Reading,
    /// Mean squared difference of risk and event.
    pub brier: f64,
    /// Mean negative logarithm of the chance given to what happened.
    pub log_loss: f64,
    /// Area under the precision-recall curve (average precision); no skill scores the prevalence.
    pub average_precision: f64,
}

/// How well one learner does in the eyes of synthetic and of real rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelRow {
    /// Outcome.
    pub target: String,
    /// Learner with its setting.
    pub learner: String,
    /// Score: `AUC`, `R²`.
    pub measure: String,
    /// Learned and tested on synthetic rows: what somebody without real rows sees.
    pub seen: f64,
    /// Learned on synthetic rows, tested on the holdout.
    pub synthetic: f64,
    /// Learned on training rows, tested on the holdout.
    pub real: f64,
}
