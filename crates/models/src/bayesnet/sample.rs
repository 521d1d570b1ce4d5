//! How are rows drawn from a network?

use super::FittedNet;
use super::given::Given;
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

/// Rows of a network, or of what evidence leaves of it.
pub(super) fn sample(
    model: &FittedNet,
    given: Option<&Given<'_>>,
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
            Ok(draw_block((model, given), &masks, BLOCK.min(n - block * BLOCK), &mut rng))
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(&model.domain, blocks, n)
}

/// Column after column, parents first.
fn draw_block(
    (model, known): (&FittedNet, Option<&Given<'_>>),
    masks: &Masks,
    n: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<EncodedColumn> {
    let mut columns = vec![EncodedColumn::default(); model.laws.len()];
    let mut drawn: Vec<Vec<u16>> = vec![Vec::new(); model.laws.len()];
    let mut banned = Vec::new();
    for (place, law) in model.laws.iter().enumerate() {
        let (at, states) = (law.column, &model.states[law.column]);
        let has_ranks = model.domain.columns[at].continuous().is_some();
        let within = known.and_then(|known| known.within(at));
        let draw = |chances: &[f32], rng: &mut ChaCha8Rng| {
            let state = by_chance(chances, rng);
            let cell = match within {
                Some(within) => within.cell(state, rng),
                None => states.cell(state, rng),
            };
            (state, cell)
        };
        let mut margin = model.margins[at].clone();
        if let Some(within) = within {
            margin.iter_mut().zip(&within.shares).for_each(|(chance, share)| *chance *= *share as f32);
        }
        let mut own = EncodedColumn::default();
        let mut own_states = Vec::with_capacity(n);
        for (row, given) in law.given(&model.views, &drawn, n).into_iter().enumerate() {
            let told = known.and_then(|known| known.chances(place, &drawn, row));
            let chances = told.as_deref().unwrap_or_else(|| law.row(given));
            let (mut state, mut cell) = draw(chances, rng);
            if masks.applies(at) {
                masks.active(at, &columns, row, &mut banned);
                // What the parents leave no chance for is drawn from the whole column; where rules leave nothing, they give
                // way.
                for attempt in 0..MOST_TRIES * MOST_TRIES {
                    if !is_forbidden(&banned, cell.0) {
                        break;
                    }
                    (state, cell) = draw(if attempt < MOST_TRIES { chances } else { &margin }, rng);
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
