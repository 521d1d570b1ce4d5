//! In which order are columns drawn?

use super::config::Trees;
use super::fit::{Binned, fit_column};
use super::model::{ColumnModel, TokenLaw};
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, Interrupted, Seeded};
use verosim_data::{Encoded, EncodedColumn};
use verosim_math::forest::GrowSettings;

/// Rows that the search learns from and judges on.
const MOST_ROWS: usize = 4_000;
/// Share of them that judges.
const HELD_OUT: usize = 3;
/// Equal stretches of ranks over which the likelihood of continuous values is measured.
const STRETCHES: usize = 16;

/// The order with the greatest likelihood on rows that the search did not learn from, among: staged, as written, most
/// entangled columns first, and numbers first. One tree per column and order on a subsample.
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
    let mut best: Option<(f64, Vec<usize>)> = None;
    for order in candidates {
        ctx.stop.check()?;
        let losses: Vec<f64> = (0..order.len())
            .into_par_iter()
            .map(|place| {
                let model = fit_column(&learned, &learn_rows, &order, place, settings, &grow, seed, 1);
                loss(&model, &held_rows, &held, settings.backoff)
            })
            .collect();
        let total: f64 = losses.iter().sum();
        // Staged stands unless another order is better by more than its hint is worth.
        let worth = if best.is_none() { 0.0 } else { 0.002 * total.abs() };
        if best.as_ref().is_none_or(|(least, _)| total + worth < *least) {
            best = Some((total, order));
        }
    }
    Ok(best.map(|(_, order)| order).unwrap_or_default())
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

/// Mean negative log-likelihood of a column.
fn loss(model: &ColumnModel, held: &Encoded, bins: &[Vec<u8>], backoff: f64) -> f64 {
    let seen: Vec<&[u8]> = model.predictors.iter().map(|&view| bins[view].as_slice()).collect();
    let domain = &held.domain().columns[model.column];
    let cells = &held.columns()[model.column];
    let floor = 1e-4;
    let mut sum = 0.0;
    for row in 0..held.n_rows() {
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
        sum -= chance.max(floor).ln();
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
    }
    sum / held.n_rows().max(1) as f64
}
