//! How are missing cells of other tables drawn, by turns, from laws that are learned already?

use super::FittedMice;
use super::design::Design;
use super::law::Law;
use crate::filler::{Filler, Part, in_blocks};
use crate::masks::{Masks, is_forbidden};
use rand_chacha::ChaCha8Rng;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, EncodedColumn, Incomplete};

/// Times that an impossible cell is drawn again before the rule gives way.
const MOST_TRIES: usize = 50;

impl Filler for FittedMice {
    fn fill(
        &self,
        table: &Incomplete,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Encoded, SampleError> {
        let laws = &self.sets[draw % self.sets.len()].given_all;
        let masks = Masks::mutual(&self.domain);
        in_blocks(table, seed.split_at(draw as u64), ctx, |part, rng| {
            ctx.stop.check()?;
            fill(self, laws, &masks, part, rng);
            Ok(())
        })
    }
}

/// Each column given all others, over and over, from a beginning by how common classes are.
fn fill(model: &FittedMice, laws: &[Law], masks: &Masks, part: &mut Part, rng: &mut ChaCha8Rng) {
    let turns: Vec<usize> = (0..laws.len())
        .filter(|&at| !part.holes[at].is_empty() && model.shapes[at].n_classes() > 0)
        .collect();
    for &at in &turns {
        let (shape, cells) = (&model.shapes[at], &mut part.cells[at]);
        for &row in &part.holes[at] {
            let class = shape.by_share(0, rng);
            let (token, rank) = shape.cell(class, 0.0, rng);
            put(cells, row as usize, (token, rank));
        }
    }
    let mut design = Design::of(&model.shapes, &model.places, &part.cells, part.n_rows);
    let mut banned = Vec::new();
    for _ in 0..model.settings.cycles {
        for &at in &turns {
            let shape = &model.shapes[at];
            for &row in &part.holes[at] {
                let row = row as usize;
                let mut cell = laws[at].cell(shape, &design.columns, row, rng);
                if masks.applies(at) {
                    masks.active(at, &part.cells, row, &mut banned);
                    for _ in 0..MOST_TRIES {
                        if !is_forbidden(&banned, cell.0) {
                            break;
                        }
                        cell = laws[at].cell(shape, &design.columns, row, rng);
                    }
                    // What all others leave no chance for is drawn by how common it is.
                    for _ in 0..MOST_TRIES * MOST_TRIES {
                        if !is_forbidden(&banned, cell.0) {
                            break;
                        }
                        cell = shape.cell(shape.by_share(0, rng), 0.0, rng);
                    }
                }
                put(&mut part.cells[at], row, cell);
            }
            design.set(shape, model.places[at], &part.cells[at], part.holes[at].iter().copied());
        }
    }
}

fn put(cells: &mut EncodedColumn, row: usize, (token, rank): (u32, f32)) {
    cells.tokens[row] = token;
    if let Some(own) = cells.ranks.get_mut(row) {
        *own = rank;
    }
}
