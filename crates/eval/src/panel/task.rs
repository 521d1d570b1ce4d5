//! What is predicted in one outcome column, and how is a prediction scored?

use super::{Learner, events};
use crate::Trio;
use crate::analysis::Response;
use crate::features::Stacked;
use crate::trio::some_rows;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_math::learn::auc;

/// One outcome: an event, or a number.
pub(crate) struct Task {
    response: Response,
    column: usize,
}

/// Rows of one table that have the outcome.
pub(crate) struct Cases {
    pub(crate) table: Table,
    pub(crate) outcome: Vec<f64>,
}

/// Rows of either kind of an event that a table needs.
const LEAST_KIND: usize = 5;
/// Rows of a table.
const LEAST: usize = 40;

impl Task {
    /// The outcome in `column`; `None` when it does not vary.
    pub(crate) fn of(data: &Trio<'_>, column: usize) -> Option<Self> {
        Some(Self { response: Response::of(data, column)?, column })
    }

    /// The outcome in words.
    pub(crate) fn name(&self) -> &str {
        self.response.name()
    }

    pub(crate) fn is_event(&self) -> bool {
        self.response.is_event()
    }

    /// `AUC` or `R²`.
    pub(crate) fn measure(&self) -> &'static str {
        if self.is_event() { "AUC" } else { "R²" }
    }

    /// Score without skill.
    pub(crate) fn no_skill(&self) -> f64 {
        if self.is_event() { 0.5 } else { 0.0 }
    }

    /// At most `limit` rows that have the outcome.
    pub(crate) fn cases(&self, table: &Table, limit: usize, seed: Seeded) -> Cases {
        let known: Vec<usize> =
            (0..table.n_rows()).filter(|&row| self.response.is_known(table, row)).collect();
        let rows: Vec<usize> = some_rows(known.len(), limit, seed).into_iter().map(|at| known[at]).collect();
        Cases { outcome: self.response.values(table, &rows), table: table.take(&rows) }
    }

    /// Whether there is enough to learn from or to test on.
    pub(crate) fn is_enough(&self, cases: &Cases) -> bool {
        let yes = cases.outcome.iter().filter(|&&y| y > 0.5).count();
        let no = cases.outcome.len() - yes;
        cases.outcome.len() >= LEAST && (!self.is_event() || yes.min(no) >= LEAST_KIND)
    }

    /// Predictions for the rows of each of `tests`, learned from `learn`.
    pub(crate) fn predict(
        &self,
        learner: Learner,
        learn: &Cases,
        tests: &[&Cases],
        seed: Seeded,
    ) -> Option<Vec<Vec<f64>>> {
        let mut tables = vec![&learn.table];
        tables.extend(tests.iter().map(|cases| &cases.table));
        let stacked = Stacked::new(&tables, &[self.column]);
        let n_rows = learn.outcome.len() + tests.iter().map(|cases| cases.outcome.len()).sum::<usize>();
        // A table of nothing but the outcome has no rows to learn from.
        if stacked.n_rows() != n_rows {
            return None;
        }
        let predicted =
            learner.predict(&stacked, &learn.outcome, learn.outcome.len(), self.is_event(), seed)?;
        let mut from = 0;
        Some(
            tests
                .iter()
                .map(|cases| {
                    from += cases.outcome.len();
                    predicted[from - cases.outcome.len()..from].to_vec()
                })
                .collect(),
        )
    }

    /// Score and its variance: AUC with DeLong's, or R² with that of its mean squared error.
    pub(crate) fn score(&self, predicted: &[f64], outcome: &[f64]) -> Option<(f64, f64)> {
        if self.is_event() {
            let (mut yes, mut no) = (Vec::new(), Vec::new());
            for (&score, event) in predicted.iter().zip(events(outcome)) {
                if event { yes.push(score) } else { no.push(score) }
            }
            let area = auc(&yes, &no).ok()?;
            return Some((area.value, area.variance));
        }
        let n = outcome.len() as f64;
        let mean = outcome.iter().sum::<f64>() / n;
        let total: f64 = outcome.iter().map(|y| (y - mean).powi(2)).sum();
        let errors: Vec<f64> = outcome.iter().zip(predicted).map(|(y, p)| (y - p).powi(2)).collect();
        let sum: f64 = errors.iter().sum();
        let spread: f64 = errors.iter().map(|error| (error - sum / n).powi(2)).sum();
        (total > 0.0 && sum.is_finite()).then(|| (1.0 - sum / total, spread / total.powi(2)))
    }

    /// The column of the outcome.
    pub(crate) fn column(&self) -> usize {
        self.column
    }
}

/// The panel's boosted trees, the learner of metrics that need one.
pub(crate) fn boosted() -> Learner {
    Learner::Boosted { rounds: 80, leaves: 16 }
}
