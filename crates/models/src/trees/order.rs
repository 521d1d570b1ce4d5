//! In which order are columns drawn?

use super::config::Trees;
use super::fit::{Binned, ColumnFit};
use super::trial::{Trial, standardised_gain};
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, Seeded};
use verosim_data::{ColumnDomain, Encoded, Token};
use verosim_math::forest::GrowSettings;

/// Standard errors by which an order must be likelier than the staged one.
const CERTAIN: f64 = 3.0;
/// Rows that the search learns from and judges on.
const MOST_ROWS: usize = 4_000;

/// The order with the greatest likelihood on rows that the search did not learn from, among: staged, as written, and
/// numbers first. One tree per column and order on a subsample. The staged order stands unless another is better by more
/// than chance explains: on small tables likelihoods are noise, and rare outcomes drawn early keep their relations.
pub(super) fn search(
    settings: &Trees,
    train: &Encoded,
    table: &Binned,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Vec<usize>, Interrupted> {
    let staged = staged(train);
    let mut numbers_first = staged.clone();
    numbers_first.reverse();
    let numbers_first = anchors_first(numbers_first, &train.domain().columns);
    let candidates = [staged, (0..train.columns().len()).collect(), numbers_first];
    let trial = Trial::new(train, table, MOST_ROWS);
    let grow = GrowSettings {
        leaf_rows: settings.leaf_rows,
        leaf_subjects: 1,
        depth: 30,
        predictor_share: settings.predictor_share,
        least_gain: settings.least_gain,
    };
    let mut scored = Vec::with_capacity(candidates.len());
    for order in candidates {
        ctx.stop.check()?;
        let columns: Vec<Vec<f64>> = (0..order.len())
            .into_par_iter()
            .map(|place| {
                let fit = ColumnFit {
                    table: &trial.learned,
                    train: &trial.learn_rows,
                    settings,
                    grow: &grow,
                    seed,
                };
                trial.losses(&fit.forest(&order, place, 1), settings.backoff)
            })
            .collect();
        let rows: Vec<f64> =
            (0..trial.n_held()).map(|row| columns.iter().map(|column| column[row]).sum()).collect();
        scored.push((rows, order));
    }
    let rest = scored.split_off(1);
    let (first, mut best) = scored.pop().unwrap_or_default();
    let mut most = CERTAIN;
    for (rows, order) in rest {
        let certainty = standardised_gain(&first, &rows);
        if certainty > most {
            (most, best) = (certainty, order);
        }
    }
    Ok(best)
}

/// Rare outcomes, short vocabularies, codes, lattices, numbers; from low to high entropy within each.
pub(super) fn staged(train: &Encoded) -> Vec<usize> {
    let domain = train.domain();
    let entropy: Vec<f64> = train
        .columns()
        .iter()
        .zip(&domain.columns)
        .map(|(column, domain)| {
            let mut counts = vec![0_usize; domain.tokens.len()];
            column.tokens.iter().for_each(|&token| counts[token as usize] += 1);
            let n = column.tokens.len().max(1) as f64;
            counts.iter().filter(|&&c| c > 0).map(|&c| -(c as f64 / n) * (c as f64 / n).ln()).sum()
        })
        .collect();
    let mut order: Vec<usize> = (0..domain.columns.len()).collect();
    order.sort_by(|&a, &b| {
        domain.columns[a]
            .stage
            .cmp(&domain.columns[b].stage)
            .then(entropy[a].total_cmp(&entropy[b]))
            .then(a.cmp(&b))
    });
    anchors_first(order, &domain.columns)
}

/// Moves each column that another may equal before that one.
fn anchors_first(order: Vec<usize>, columns: &[ColumnDomain]) -> Vec<usize> {
    let mut arranged: Vec<usize> = Vec::with_capacity(order.len());
    for column in order {
        let anchor = columns[column].tokens.iter().find_map(|token| match token {
            Token::Equal(anchor) => Some(*anchor as usize),
            _ => None,
        });
        for column in anchor.into_iter().chain([column]) {
            if !arranged.contains(&column) {
                arranged.push(column);
            }
        }
    }
    arranged
}
