//! How are rows drawn from nothing, each in an order of its own?

use super::FittedBoosted;
use super::unmask::Canvas;
use crate::masks::Masks;
use crate::rows;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn};

/// Rows per block; a block is a pure function of (model, seed, block number). Large enough that many rows draw the same
/// column in the same turn.
const BLOCK: usize = 8_192;

pub(super) fn sample(
    model: &FittedBoosted,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let masks = Masks::mutual(&model.domain);
    let blocks = n.div_ceil(BLOCK);
    let done = AtomicUsize::new(0);
    let drawn: Vec<Vec<EncodedColumn>> = (0..blocks)
        .into_par_iter()
        .map(|block| {
            let n = BLOCK.min(n - block * BLOCK);
            let mut rng = seed.split_at(block as u64).rng();
            let mut order: Vec<u16> = (0..model.laws.len() as u16).collect();
            let turns: Vec<Vec<u16>> = (0..n)
                .map(|_| {
                    order.shuffle(&mut rng);
                    order.clone()
                })
                .collect();
            let mut canvas = Canvas::empty(model, &masks, n);
            canvas.draw(&turns, false, ctx, &mut rng)?;
            ctx.progress.step(done.fetch_add(1, Ordering::Relaxed) + 1, blocks, "blocks");
            Ok(canvas.columns)
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(&model.domain, drawn, n)
}
