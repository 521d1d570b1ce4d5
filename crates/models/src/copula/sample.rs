//! How are rows drawn from correlated normal variables?

use super::FittedCopula;
use super::ladder::Ladder;
use crate::masks::{Masks, is_forbidden};
use crate::rows;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn};

/// Rows per block; a block is a pure function of (model, seed, block number).
const BLOCK: usize = 2_048;
/// Times that an impossible cell is drawn again before the rule gives way.
const MOST_TRIES: usize = 200;

pub(super) fn sample(
    model: &FittedCopula,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let place: Vec<usize> = (0..model.ladders.len()).collect();
    let masks = Masks::new(&model.domain, &place);
    let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            ctx.stop.check()?;
            let rows = BLOCK.min(n - block * BLOCK);
            Ok(draw_block(model, &masks, rows, &mut seed.split_at(block as u64).rng()))
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(&model.domain, blocks, n)
}

fn draw_block(model: &FittedCopula, masks: &Masks, rows: usize, rng: &mut ChaCha8Rng) -> Vec<EncodedColumn> {
    let mut columns = vec![EncodedColumn::default(); model.ladders.len()];
    let n = model.n_latents;
    let (mut free, mut latents) = (vec![0.0_f64; n], vec![0.0_f64; n]);
    let mut banned = Vec::new();
    for row in 0..rows {
        free.iter_mut().for_each(|x| *x = StandardNormal.sample(rng));
        let mut first = 0;
        for (at, ladder) in model.ladders.iter().enumerate() {
            let own = first..first + ladder.n_latents();
            let mut cell = of(model, ladder, own.clone(), &free, &mut latents);
            if masks.applies(at) {
                masks.active(at, &columns, row, &mut banned);
                // The variables of a column are drawn anew given those of the columns before: forbidden cells get no
                // chance and the others are scaled up.
                for _ in 0..MOST_TRIES {
                    if own.is_empty() || !is_forbidden(&banned, cell.0) {
                        break;
                    }
                    free[own.clone()].iter_mut().for_each(|x| *x = StandardNormal.sample(rng));
                    cell = of(model, ladder, own.clone(), &free, &mut latents);
                }
            }
            columns[at].tokens.push(cell.0);
            if model.domain.columns[at].continuous().is_some() {
                columns[at].ranks.push(cell.1);
            }
            first = own.end;
        }
    }
    columns
}

/// The cell of a column whose variables are `own`.
fn of(
    model: &FittedCopula,
    ladder: &Ladder,
    own: std::ops::Range<usize>,
    free: &[f64],
    latents: &mut [f64],
) -> (u32, f32) {
    for row in own.clone() {
        let line = &model.factor[row * (row + 1) / 2..][..=row];
        latents[row] = line.iter().zip(free).map(|(weight, x)| weight * x).sum();
    }
    ladder.cell(&latents[own])
}
