//! In which order are columns drawn?

use super::config::Trees;
use super::fit::{Binned, fit_column};
use super::model::{ColumnModel, TokenLaw};
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, Interrupted, Seeded};
use verosim_data::{Encoded, EncodedColumn};
use verosim_math::forest::GrowSettings;

/// Standard errors by which an order must be likelier than the staged one.
const CERTAIN: f64 = 3.0;
/// Rows that the search learns from and judges on.
const MOST_ROWS: usize = 4_000;
/// Share of them that judges.
const HELD_OUT: usize = 3;
/// Equal stretches of ranks over which the likelihood of continuous values is measured.
const STRETCHES: usize = 16;

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
    let candidates = [staged, (0..train.columns().len()).collect(), numbers_first];
    let (sample, judged) = halves(train);
    let learned = Binned { views: table.views.clone(), bins: bins_of(table, &sample) };
    let held = bins_of(table, &judged);
    let learn_rows = pick(train, &sample);
    let held_rows = pick(train, &judged);
    let grow = GrowSettings {
        leaf_rows: settings.leaf_rows,
        leaf_subjects: 1,
        depth: 30,
        predictor_share: settings.predictor_share,
    };
    let mut scored = Vec::with_capacity(candidates.len());
    for order in candidates {
        ctx.stop.check()?;
        let columns: Vec<Vec<f64>> = (0..order.len())
            .into_par_iter()
            .map(|place| {
                let model = fit_column(&learned, &learn_rows, &order, place, settings, &grow, seed, 1);
                losses(&model, &held_rows, &held, settings.backoff)
            })
            .collect();
        let rows: Vec<f64> =
            (0..held_rows.n_rows()).map(|row| columns.iter().map(|column| column[row]).sum()).collect();
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

/// Mean of `a - b` in units of its standard error; 0 when they do not differ.
fn standardised_gain(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let mean = a.iter().zip(b).map(|(a, b)| a - b).sum::<f64>() / n;
    let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b - mean).powi(2)).sum();
    let error = (squares / (n * (n - 1.0))).sqrt();
    if error > 0.0 { mean / error } else { 0.0 }
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
    order
}

/// Rows to learn from and rows to judge on: every third of an even subsample, by subject where there are subjects.
fn halves(train: &Encoded) -> (Vec<usize>, Vec<usize>) {
    let stride = train.n_rows().div_ceil(MOST_ROWS).max(1);
    let unit = |row: usize| train.subjects().map_or(row, |subjects| subjects[row] as usize);
    (0..train.n_rows())
        .filter(|&row| unit(row) % stride == 0)
        .partition(|&row| !(unit(row) / stride).is_multiple_of(HELD_OUT))
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

/// Negative log-likelihood of each cell of a column.
fn losses(model: &ColumnModel, held: &Encoded, bins: &[Vec<u8>], backoff: f64) -> Vec<f64> {
    let seen: Vec<&[u8]> = model.predictors.iter().map(|&view| bins[view].as_slice()).collect();
    let domain = &held.domain().columns[model.column];
    let cells = &held.columns()[model.column];
    let floor = 1e-4;
    let of = |row: usize| {
        let token = cells.tokens[row];
        let chance = match &model.tokens {
            TokenLaw::Constant(only) => f64::from(u8::from(*only == token)),
            TokenLaw::Flat(trees) => trees[0].chance(trees[0].tree().leaf(&seen, row), token as u16, backoff),
            TokenLaw::Grouped { members, groups, within } => {
                let group = domain.parents[token as usize] as usize;
                let outer = groups[0].chance(groups[0].tree().leaf(&seen, row), group as u16, backoff);
                let inner = match (within[group].first(), members[group].iter().position(|&m| m == token)) {
                    (Some(tree), Some(at)) => tree.chance(tree.tree().leaf(&seen, row), at as u16, backoff),
                    (None, Some(_)) => 1.0,
                    (_, None) => 0.0,
                };
                outer * inner
            }
        };
        let mut sum = -chance.max(floor).ln();
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
    (0..held.n_rows()).map(of).collect()
}
