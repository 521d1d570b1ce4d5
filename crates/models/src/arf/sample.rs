//! How are rows drawn from leaves?

use super::FittedArf;
use crate::masks::{Masks, is_forbidden};
use crate::rows;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn};

/// Rows per block. A block is a pure function of (model, seed, block number), and leaves are drawn evenly within it.
const BLOCK: usize = 16_384;

pub(super) fn sample(
    model: &FittedArf,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let width = model.domain.columns.len();
    let masks = Masks::new(&model.domain, &(0..width).collect::<Vec<_>>());
    let running: Vec<u64> = model
        .rows
        .iter()
        .scan(0, |sum, &rows| {
            *sum += u64::from(rows);
            Some(*sum)
        })
        .collect();
    let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            ctx.stop.check()?;
            let rows = BLOCK.min(n - block * BLOCK);
            let mut rng = seed.split_at(block as u64).rng();
            let leaves = leaves(&running, rows, &mut rng);
            Ok(draw_block(model, &masks, &leaves, &mut rng))
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(&model.domain, blocks, n)
}

/// A leaf for each row, in random order: every leaf as often as its share of all rows says, up to one row (systematic
/// sampling).
fn leaves(running: &[u64], rows: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let total = running.last().copied().unwrap_or(0) as f64;
    let start = rng.random::<f64>();
    let mut at = 0;
    let mut drawn: Vec<u32> = (0..rows)
        .map(|row| {
            let point = (row as f64 + start) / rows as f64 * total;
            while at + 1 < running.len() && running[at] as f64 <= point {
                at += 1;
            }
            at as u32
        })
        .collect();
    drawn.shuffle(rng);
    drawn
}

fn draw_block(model: &FittedArf, masks: &Masks, leaves: &[u32], rng: &mut ChaCha8Rng) -> Vec<EncodedColumn> {
    let mut columns = vec![EncodedColumn::default(); model.laws.len()];
    let smoothing = model.settings.smoothing;
    let mut banned = Vec::new();
    for (at, (laws, domain)) in model.laws.iter().zip(&model.domain.columns).enumerate() {
        let continuous = domain.continuous();
        let last = (domain.n_ranks as f32).next_down();
        let mut own = EncodedColumn::default();
        banned.clear();
        for (row, &leaf) in leaves.iter().enumerate() {
            let leaf = leaf as usize;
            if masks.applies(at) {
                masks.active(at, &columns, row, &mut banned);
            }
            let may = |token: u32| !is_forbidden(&banned, token);
            let is_wide = smoothing > 0.0
                && rng.random::<f64>() * (f64::from(model.rows[leaf]) + smoothing) < smoothing;
            let of_leaf = if is_wide { None } else { laws.token(leaf, |token| !may(token), rng) };
            // Beyond the leaf the whole column speaks; where two rules contradict each other, they give way.
            let token = of_leaf
                .or_else(|| model.margin(at, may, rng))
                .or_else(|| model.margin(at, |_| true, rng))
                .unwrap_or(0);
            own.tokens.push(token);
            if continuous.is_some() {
                let rank = if continuous == Some(token) {
                    let inside = if of_leaf.is_some() { laws.rank(leaf, rng) } else { None };
                    inside.unwrap_or_else(|| rng.random::<f32>() * last).clamp(0.0, last)
                } else {
                    0.0
                };
                own.ranks.push(rank);
            }
        }
        columns[at] = own;
    }
    columns
}
