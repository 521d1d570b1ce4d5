//! How are complete rows drawn that nobody has?

use super::FittedMice;
use super::design::Design;
use super::law::Law;
use crate::masks::{Masks, is_forbidden};
use crate::rows;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn};

/// Rows per block; a block is a pure function of (model, seed, block number).
const BLOCK: usize = 4_096;
/// Times that an impossible cell is drawn again before the column speaks alone.
const MOST_TRIES: usize = 50;

/// All rows of a draw come from one set of laws, chosen by the seed: what is not known of the laws makes tables differ, as
/// the rules for fully synthetic tables suppose.
pub(super) fn sample(
    model: &FittedMice,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let mut place = vec![0; model.order.len()];
    model.order.iter().enumerate().for_each(|(at, &column)| place[column] = at);
    let masks = Masks::new(&model.domain, &place);
    let set = seed.split("set").rng().random_range(0..model.sets.len());
    let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            ctx.stop.check()?;
            let mut rng = seed.split_at(block as u64).rng();
            let rows = BLOCK.min(n - block * BLOCK);
            Ok(draw_block(model, &model.sets[set].in_turn, &masks, rows, &mut rng))
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(&model.domain, blocks, n)
}

fn draw_block(
    model: &FittedMice,
    laws: &[Law],
    masks: &Masks,
    n: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<EncodedColumn> {
    let mut columns = vec![EncodedColumn::default(); laws.len()];
    let mut design = Design::new(&model.places, n);
    let mut banned = Vec::new();
    for &at in &model.order {
        let shape = &model.shapes[at];
        let mut own = EncodedColumn::default();
        for row in 0..n {
            // A column without any value is missing in every row.
            let draw = |rng: &mut ChaCha8Rng| {
                if shape.n_classes() == 0 {
                    (0, 0.0)
                } else {
                    laws[at].cell(shape, &design.columns, row, rng)
                }
            };
            let mut cell = draw(rng);
            if masks.applies(at) {
                masks.active(at, &columns, row, &mut banned);
                for attempt in 0..MOST_TRIES * MOST_TRIES {
                    if !is_forbidden(&banned, cell.0) {
                        break;
                    }
                    cell = if attempt < MOST_TRIES {
                        draw(rng)
                    } else {
                        shape.cell(shape.by_share(0, rng), 0.0, rng)
                    };
                }
            }
            own.tokens.push(cell.0);
            if model.domain.columns[at].continuous().is_some() {
                own.ranks.push(cell.1);
            }
        }
        design.set(shape, model.places[at], &own, 0..n as u32);
        columns[at] = own;
    }
    columns
}
