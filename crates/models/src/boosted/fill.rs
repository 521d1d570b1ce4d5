//! How are missing cells drawn by an engine that has learned every column given any others?

use super::FittedBoosted;
use super::unmask::Canvas;
use crate::filler::{Filler, in_blocks};
use crate::masks::Masks;
use rand::seq::SliceRandom as _;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, Incomplete};

impl Filler for FittedBoosted {
    /// As rows are drawn, but that known cells are seen from the first: each hole given those and the holes drawn before it, in
    /// an order by chance for each row.
    ///
    /// A hole is not known to be missing, so that it is not seen rather than seen as missing.
    fn fill(
        &self,
        table: &Incomplete,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Encoded, SampleError> {
        let masks = Masks::mutual(&self.domain);
        in_blocks(table, seed.split_at(draw as u64), ctx, |part, rng| {
            let mut turns: Vec<Vec<u16>> = vec![Vec::new(); part.n_rows];
            for (column, holes) in part.holes.iter().enumerate() {
                holes.iter().for_each(|&row| turns[row as usize].push(column as u16));
            }
            turns.iter_mut().for_each(|turns| turns.shuffle(rng));
            let cells = std::mem::take(&mut part.cells);
            let mut canvas = Canvas::with_holes(self, &masks, cells, &part.holes, part.n_rows);
            canvas.draw(&turns, true, ctx, rng)?;
            part.cells = canvas.columns;
            Ok(())
        })
    }
}
