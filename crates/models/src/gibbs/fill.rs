//! How are missing cells drawn by sweeps over those columns that lack them?

use super::FittedGibbs;
use crate::filler::{Filler, in_blocks};
use crate::law::by_chance;
use crate::stated::Stated;
use rand::seq::SliceRandom as _;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, Incomplete};

impl Filler for FittedGibbs {
    /// The engine's own sweeps, in which known cells stand still.
    fn fill(
        &self,
        table: &Incomplete,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Encoded, SampleError> {
        let stated = Stated::new(&self.domain, &self.counts, &self.states, &self.views, &self.laws);
        in_blocks(table, seed.split_at(draw as u64), ctx, |part, rng| {
            let mut drawn = stated.begin(part, rng);
            let mut order: Vec<_> =
                stated.laws.iter().filter(|law| !part.holes[law.column].is_empty()).collect();
            for _ in 0..self.settings.sweeps {
                ctx.stop.check()?;
                order.shuffle(rng);
                for law in &order {
                    for row in part.holes[law.column].iter().map(|&row| row as usize) {
                        let given = law.given_in(stated.views, &drawn, row);
                        drawn[law.column][row] = by_chance(law.row(given), rng);
                    }
                }
            }
            let again = |place: usize, row: usize, drawn: &mut [Vec<u16>], rng: &mut _| {
                let law = &stated.laws[place];
                by_chance(law.row(law.given_in(stated.views, drawn, row)), rng)
            };
            stated.settle(part, drawn, again, rng);
            Ok(())
        })
    }
}
