//! How surprised is a network at sequences?

use super::deal::{Deal, read};
use super::settings::SLICE;
use crate::data::{Base, Corpus, DataError, check};
use crate::layer::Loss;
use crate::network::{Network, Packs, Slice};
use rayon::prelude::*;
use verosim_core::port::{Context, Interrupted};

/// Minus the logarithms of the chances that a network gave to what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surprise {
    /// Their sum, in nats.
    pub nats: f64,
    /// How many steps had a target and more than one allowed token.
    pub choices: usize,
}

impl Surprise {
    /// Nats per choice; `None` when there was none.
    pub fn mean(&self) -> Option<f64> {
        (self.choices > 0).then(|| self.nats / self.choices as f64)
    }
}

impl Network {
    /// The surprise at all targets of `corpus`.
    ///
    /// # Errors
    /// [`DataError`] when a step does not fit the network.
    pub fn surprise(&self, corpus: &dyn Corpus, base: Option<&dyn Base>) -> Result<Surprise, DataError> {
        check(corpus, self.shape, &self.masks)?;
        let mut watch = Watch::new(4 * SLICE, 64);
        Ok(watch.look(self, corpus, base, Context::silent()).unwrap_or(Surprise { nats: 0.0, choices: 0 }))
    }
}

/// What looking needs and keeps.
pub(super) struct Watch {
    packs: Packs,
    slices: usize,
    lanes: usize,
    length: usize,
}

impl Watch {
    pub(super) fn new(lanes: usize, length: usize) -> Self {
        Self { packs: Packs::default(), slices: lanes.div_ceil(SLICE), lanes: SLICE, length }
    }

    /// The surprise at a corpus that fits.
    pub(super) fn look(
        &mut self,
        network: &Network,
        corpus: &dyn Corpus,
        base: Option<&dyn Base>,
        ctx: Context<'_>,
    ) -> Result<Surprise, Interrupted> {
        self.packs.fill(network, &vec![true; network.masks.classes()], false);
        let mut slices = vec![Slice::new(network, self.lanes); self.slices];
        let mut deal = Deal::new(corpus, self.lanes * self.slices, None);
        let mut loss = Loss::default();
        loop {
            ctx.stop.check()?;
            let pieces = deal.next(corpus, self.length);
            if pieces.is_empty() {
                return Ok(Surprise { nats: loss.nats, choices: loss.choices });
            }
            read(corpus, &pieces, &mut slices, self.lanes, self.length, network.shape.features);
            let packs = &self.packs;
            let losses: Vec<Loss> =
                slices.par_iter_mut().map(|slice| slice.run(network, packs, base, None)).collect();
            losses.into_iter().for_each(|part| loss.add(part));
        }
    }
}
