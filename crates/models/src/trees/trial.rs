//! Rows to learn from and rows to judge on, when a choice is made before the fit.

use super::config::Boosting;
use super::fit::{Binned, ColumnFit};
use super::law::Chances;
use super::model::ColumnModel;
use std::sync::Arc;
use verosim_data::{Encoded, EncodedColumn};

/// Every which row judges.
const HELD_OUT: usize = 3;
/// Equal stretches of ranks over which the likelihood of continuous values is measured.
const STRETCHES: usize = 16;
/// Standard errors by which boosted trees must be likelier than the forest.
const CERTAIN: f64 = 1.0;
/// Least chance that a token is taken to have.
const FLOOR: f64 = 1e-4;

/// The law of a column that suits better, and its negative log-likelihood of each held-out cell.
pub(super) struct Choice {
    pub(super) boosts: bool,
    pub(super) losses: Vec<f64>,
}

/// An even subsample of a table in two parts that share no subject.
pub(super) struct Trial {
    /// What trees see of the rows to learn from.
    pub(super) learned: Binned,
    pub(super) learn_rows: Encoded,
    held: Vec<Vec<u8>>,
    held_rows: Encoded,
}

impl Trial {
    /// At most about `most_rows` rows; every third judges.
    pub(super) fn new(train: &Encoded, table: &Binned, most_rows: usize) -> Self {
        let stride = train.n_rows().div_ceil(most_rows).max(1);
        let unit = |row: usize| train.subjects().map_or(row, |subjects| subjects[row] as usize);
        let (sample, judged): (Vec<usize>, Vec<usize>) = (0..train.n_rows())
            .filter(|&row| unit(row) % stride == 0)
            .partition(|&row| !(unit(row) / stride).is_multiple_of(HELD_OUT));
        Self {
            learned: Binned { views: table.views.clone(), bins: bins_of(table, &sample) },
            learn_rows: pick(train, &sample),
            held: bins_of(table, &judged),
            held_rows: pick(train, &judged),
        }
    }

    /// Rows that judge.
    pub(super) fn n_held(&self) -> usize {
        self.held_rows.n_rows()
    }

    /// Which law suits the column at `place` better, learned by `fit` from the rows to learn from.
    pub(super) fn choose(&self, fit: &ColumnFit<'_>, order: &[usize], place: usize) -> Choice {
        let losses = |model: &ColumnModel| self.losses(model, fit.settings.backoff);
        let forest = || losses(&fit.forest(order, place, fit.settings.trees));
        let boosted = match fit.settings.boosting {
            Boosting::Off => None,
            Boosting::On | Boosting::Auto => fit.boosted(order, place).as_ref().map(losses),
        };
        match boosted {
            None => Choice { boosts: false, losses: forest() },
            Some(boosted) if fit.settings.boosting == Boosting::On => {
                Choice { boosts: true, losses: boosted }
            }
            Some(boosted) => {
                let forest = forest();
                let boosts = standardised_gain(&forest, &boosted) > CERTAIN;
                Choice { boosts, losses: if boosts { boosted } else { forest } }
            }
        }
    }

    /// Negative log-likelihood of each held-out cell of the column that `model` draws.
    pub(super) fn losses(&self, model: &ColumnModel, backoff: f64) -> Vec<f64> {
        let seen: Vec<&[u8]> = model.predictors.iter().map(|&view| self.held[view].as_slice()).collect();
        let domain = &self.held_rows.domain().columns[model.column];
        let cells = &self.held_rows.columns()[model.column];
        let chances = Chances::new(model, domain, &self.learned.views, &seen, backoff);
        let of = |row: usize| {
            let token = cells.tokens[row];
            let chance = chances.token(row, token);
            let mut sum = -chance.max(FLOOR).ln();
            if Some(token) == domain.continuous()
                && let Some(tree) = model.ranks.first()
            {
                let leaf = tree.tree().leaf(&seen, row);
                let width = domain.n_ranks as f32 / STRETCHES as f32;
                let stretch = (cells.ranks[row] / width).floor();
                let share =
                    tree.share_below(leaf, (stretch + 1.0) * width) - tree.share_below(leaf, stretch * width);
                sum -= ((0.98 * share + 0.02 / STRETCHES as f64) * STRETCHES as f64).ln();
            }
            sum
        };
        (0..self.n_held()).map(of).collect()
    }
}

/// Mean of `a - b` in units of its standard error; 0 when they do not differ.
pub(super) fn standardised_gain(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let mean = a.iter().zip(b).map(|(a, b)| a - b).sum::<f64>() / n;
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b - mean).powi(2)).sum();
    let error = (squares / (n * (n - 1.0))).sqrt();
    if mean == 0.0 { 0.0 } else { mean / error }
}

fn bins_of(table: &Binned, rows: &[usize]) -> Vec<Vec<u8>> {
    table.bins.iter().map(|bins| rows.iter().map(|&row| bins[row]).collect()).collect()
}

fn pick(train: &Encoded, rows: &[usize]) -> Encoded {
    let columns = train
        .columns()
        .iter()
        .map(|column| EncodedColumn {
            tokens: rows.iter().map(|&row| column.tokens[row]).collect(),
            ranks: if column.ranks.is_empty() {
                Vec::new()
            } else {
                rows.iter().map(|&row| column.ranks[row]).collect()
            },
        })
        .collect();
    Encoded::new(Arc::clone(train.domain()), columns, rows.len(), None)
        .expect("rows of a valid table are a valid table")
}
