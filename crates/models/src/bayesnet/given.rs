//! What is the law of a network's rows given what some of their cells may hold?

use super::FittedNet;
use super::factor::Factor;
use super::net::Net;
use super::sample::sample;
use crate::conditional::{Conditional, Narrowed};
use crate::states::Within;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, Evidence};

/// Most cells of a table over columns that evidence hangs on: 32 MiB, held once.
const MOST_CELLS: usize = 1 << 22;

/// A network in which columns with evidence and all that they hang on were eliminated.
pub(super) struct Given<'a> {
    model: &'a FittedNet,
    /// By place: the table that a column is drawn from; `None` where its parents say all.
    kept: Vec<Option<Factor>>,
    /// By column.
    within: Vec<Option<Within<'a>>>,
    chance: f64,
}

impl Conditional for FittedNet {
    fn given(&self, evidence: Evidence) -> Option<Box<dyn Narrowed + '_>> {
        let net = Net::new(&self.laws, &self.views);
        let evidence = evidence.closed(&self.domain, &net.place_of);
        let within: Vec<Option<Within<'_>>> = self
            .states
            .iter()
            .enumerate()
            .map(|(column, states)| Some(states.within(evidence.of(column)?)))
            .collect();
        // Columns of which nothing is known and on which nothing known hangs sum to one.
        let mut is_told = vec![false; net.laws.len()];
        for place in (0..net.laws.len()).rev() {
            is_told[place] = within[net.laws[place].column].is_some()
                || net.children[place].iter().any(|&child| is_told[child]);
        }
        let told: Vec<usize> = (0..is_told.len()).filter(|&place| is_told[place]).collect();
        let shares = told.iter().filter_map(|&place| {
            let law = &net.laws[place];
            let cells = within[law.column].as_ref()?.shares.clone();
            Some(Factor { over: vec![place], sizes: vec![law.size], cells, log_scale: 0.0 })
        });
        let mut row = vec![vec![0_u16]; net.laws.len()];
        let (eliminated, left) =
            net.eliminated((&told, &told), (0, &mut row), shares.collect(), MOST_CELLS)?;
        let chance = left.iter().flat_map(|own| own.cells.iter().map(|cell| cell * own.log_scale.exp()));
        let chance = chance.product::<f64>().clamp(0.0, 1.0);
        let mut kept: Vec<Option<Factor>> = is_told.iter().map(|_| None).collect();
        told.into_iter().zip(eliminated).for_each(|(place, factor)| kept[place] = Some(factor));
        Some(Box::new(Given { model: self, kept, within, chance }))
    }
}

impl Given<'_> {
    /// The chances of the column at `place` in a row, given the earlier ones; `None` where its parents say all.
    pub(super) fn chances(&self, place: usize, drawn: &[Vec<u16>], row: usize) -> Option<Vec<f32>> {
        let factor = self.kept[place].as_ref()?;
        Some(factor.last_given(|place| drawn[self.model.laws[place].column][row]))
    }

    /// What evidence leaves of a column.
    pub(super) fn within(&self, column: usize) -> Option<&Within<'_>> {
        self.within[column].as_ref()
    }
}

impl Narrowed for Given<'_> {
    fn chance(&self) -> f64 {
        self.chance
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample(self.model, Some(self), n, seed, ctx)
    }
}
