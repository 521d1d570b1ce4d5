//! How are rows drawn by sweeps over columns?

use super::FittedGibbs;
use crate::law::by_chance;
use crate::masks::{Masks, is_forbidden};
use crate::rows;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn};

/// Rows per block; a block is a pure function of (model, seed, block number).
const BLOCK: usize = 4_096;
/// Times that an impossible cell is drawn again before the column speaks alone.
const MOST_TRIES: usize = 50;

pub(super) fn sample(
    model: &FittedGibbs,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let masks = Masks::new(&model.domain, &(0..model.laws.len()).collect::<Vec<_>>());
    let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let mut rng = seed.split_at(block as u64).rng();
            let states = sweeps(model, BLOCK.min(n - block * BLOCK), &mut rng, ctx)?;
            Ok(cells(model, &masks, states, &mut rng))
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(&model.domain, blocks, n)
}

/// Independent columns first, so that no row begins as a patient; then each column given the others, over and over, in an
/// order that changes with every sweep.
fn sweeps(
    model: &FittedGibbs,
    n: usize,
    rng: &mut ChaCha8Rng,
    ctx: Context<'_>,
) -> Result<Vec<Vec<u16>>, Interrupted> {
    let mut states: Vec<Vec<u16>> =
        model.margins.iter().map(|margin| (0..n).map(|_| by_chance(margin, rng)).collect()).collect();
    let mut order: Vec<&crate::law::Law> = model.laws.iter().collect();
    for _ in 0..model.settings.sweeps {
        ctx.stop.check()?;
        order.shuffle(rng);
        for law in &order {
            let given = law.given(&model.views, &states, n);
            for (state, given) in states[law.column].iter_mut().zip(given) {
                *state = by_chance(law.row(given), rng);
            }
        }
    }
    Ok(states)
}

/// A cell for each state; impossible ones are drawn again, given all other states.
fn cells(
    model: &FittedGibbs,
    masks: &Masks,
    mut drawn: Vec<Vec<u16>>,
    rng: &mut ChaCha8Rng,
) -> Vec<EncodedColumn> {
    let n = drawn.first().map_or(0, Vec::len);
    let mut columns = vec![EncodedColumn::default(); model.laws.len()];
    let mut banned = Vec::new();
    for law in &model.laws {
        let (at, states) = (law.column, &model.states[law.column]);
        let has_ranks = model.domain.columns[at].continuous().is_some();
        let given = if masks.applies(at) { law.given(&model.views, &drawn, n) } else { Vec::new() };
        let mut own = EncodedColumn::default();
        let mut own_states = std::mem::take(&mut drawn[at]);
        for (row, state) in own_states.iter_mut().enumerate() {
            let mut cell = states.cell(*state, rng);
            if let Some(&given) = given.get(row) {
                masks.active(at, &columns, row, &mut banned);
                for attempt in 0..MOST_TRIES * MOST_TRIES {
                    if !is_forbidden(&banned, cell.0) {
                        break;
                    }
                    let chances = if attempt < MOST_TRIES { law.row(given) } else { &model.margins[at] };
                    *state = by_chance(chances, rng);
                    cell = states.cell(*state, rng);
                }
            }
            own.tokens.push(cell.0);
            if has_ranks {
                own.ranks.push(cell.1);
            }
        }
        columns[at] = own;
        drawn[at] = own_states;
    }
    columns
}
