//! How are rows drawn from a network?

use super::FittedNet;
use crate::law::by_chance;
use crate::masks::{Masks, is_forbidden};
use crate::rows;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn};

/// Rows per block; a block is a pure function of (model, seed, block number).
const BLOCK: usize = 8_192;
/// Times that an impossible cell is drawn again before the column speaks alone.
const MOST_TRIES: usize = 50;

pub(super) fn sample(
    model: &FittedNet,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let mut place = vec![0; model.laws.len()];
    model.laws.iter().enumerate().for_each(|(at, law)| place[law.column] = at);
    let masks = Masks::new(&model.domain, &place);
    let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            ctx.stop.check()?;
            let mut rng = seed.split_at(block as u64).rng();
            Ok(draw_block(model, &masks, BLOCK.min(n - block * BLOCK), &mut rng))
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(&model.domain, blocks, n)
}

/// Column after column, parents first.
fn draw_block(model: &FittedNet, masks: &Masks, n: usize, rng: &mut ChaCha8Rng) -> Vec<EncodedColumn> {
    let mut columns = vec![EncodedColumn::default(); model.laws.len()];
    let mut drawn: Vec<Vec<u16>> = vec![Vec::new(); model.laws.len()];
    let mut banned = Vec::new();
    for law in &model.laws {
        let (at, states) = (law.column, &model.states[law.column]);
        let has_ranks = model.domain.columns[at].continuous().is_some();
        let mut own = EncodedColumn::default();
        let mut own_states = Vec::with_capacity(n);
        for (row, given) in law.given(&model.views, &drawn, n).into_iter().enumerate() {
            let chances = law.row(given);
            let mut state = by_chance(chances, rng);
            let mut cell = states.cell(state, rng);
            if masks.applies(at) {
                masks.active(at, &columns, row, &mut banned);
                for _ in 0..MOST_TRIES {
                    if !is_forbidden(&banned, cell.0) {
                        break;
                    }
                    state = by_chance(chances, rng);
                    cell = states.cell(state, rng);
                }
                // What the parents leave no chance for is drawn from the whole column; where rules leave nothing, they
                // give way.
                for _ in 0..MOST_TRIES * MOST_TRIES {
                    if !is_forbidden(&banned, cell.0) {
                        break;
                    }
                    state = by_chance(&model.margins[at], rng);
                    cell = states.cell(state, rng);
                }
            }
            own.tokens.push(cell.0);
            if has_ranks {
                own.ranks.push(cell.1);
            }
            own_states.push(state);
        }
        columns[at] = own;
        drawn[at] = own_states;
    }
    columns
}
