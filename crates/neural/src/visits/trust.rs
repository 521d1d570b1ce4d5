//! How far is the network to be heeded, in each part of what is told?
//!
//! Learning stops when all choices together gain nothing more. What is told once in a life, such as a marital status, is next
//! to nothing of them, and a network that has read a hundred lives twenty times knows it by heart. So in each part the network
//! is heeded by that share of its logits which does best on people who are only watched.

use super::base::Counted;
use super::life::{Grammar, Life};
use super::store::Store;
use crate::{Base as _, Network, Scribe, Step, Story};
use std::ops::Range;
use verosim_core::{Context, FitError};

/// Shares that are tried.
const SHARES: [f32; 5] = [1.0, 0.75, 0.5, 0.25, 0.0];
/// Share of the nats that must be saved for the network to be heeded less.
const GAIN: f64 = 0.01;
/// People that are told at once.
const BLOCK: usize = 96;
/// Choices of a part below which nothing can be told of it: then counts alone are heeded.
const FEW: usize = 30;

/// Choices, and their nats by share.
type Told = (usize, [f64; SHARES.len()]);

fn add(sum: &mut Told, more: Told) {
    sum.0 += more.0;
    sum.1.iter_mut().zip(more.1).for_each(|(sum, more)| *sum += more);
}

/// The share of each class, by the parts of the counts.
pub(super) fn shares(
    counted: &Counted,
    network: &Network,
    (store, grammar): (&Store, Grammar<'_>),
    watched: &[usize],
    ctx: Context<'_>,
) -> Result<Vec<f32>, FitError> {
    let scribe = Scribe::new(network, Some(counted));
    let classes = network.masks().classes();
    let parts: Vec<_> = (0..classes).map(|class| counted.parts.of(class)).collect();
    let mut nats: Vec<Told> = vec![Told::default(); classes];
    for block in watched.chunks(BLOCK) {
        let start = |at: usize| Retold {
            store,
            counted,
            life: Life::new(grammar, u64::from(store.folds[block[at]])),
            left: store.range(block[at]),
            nats: vec![Told::default(); classes],
        };
        let told = scribe.write(block.len(), start, ctx)?;
        for story in told {
            for (sum, more) in nats.iter_mut().zip(story.nats) {
                add(sum, more);
            }
        }
    }
    // Classes of one part share what is learned of it.
    let of_part = |part| {
        let mut all = Told::default();
        nats.iter().zip(&parts).filter(|one| *one.1 == part).for_each(|one| add(&mut all, *one.0));
        let best = SHARES.iter().zip(all.1).min_by(|a, b| a.1.total_cmp(&b.1));
        match best {
            _ if all.0 < FEW => 0.0,
            Some((&share, nats)) if nats < (1.0 - GAIN) * all.1[0] => share,
            _ => SHARES[0],
        }
    };
    Ok(parts.iter().map(|&part| of_part(part)).collect())
}

/// A life that is told again as it was.
struct Retold<'a> {
    store: &'a Store,
    counted: &'a Counted,
    life: Life<'a>,
    left: Range<usize>,
    /// Choices of each class, and nats by share.
    nats: Vec<Told>,
}

impl Story for Retold<'_> {
    fn ask(&self) -> Option<Step<'_>> {
        (!self.left.is_empty()).then(|| self.life.step(None))
    }

    fn take(&mut self, tokens: &[u32], logits: &mut [f32]) {
        let Some((token, says)) = self.left.next().map(|at| self.store.step(at)) else { return };
        let class = usize::from(self.life.class());
        if let (Ok(place), true) = (tokens.binary_search(&token), tokens.len() > 1) {
            let mut base = vec![0.0; tokens.len()];
            self.counted.add_logits(self.life.context(), self.life.memory(), tokens, &mut base);
            let (n, nats) = &mut self.nats[class];
            *n += 1;
            for (nats, share) in nats.iter_mut().zip(SHARES) {
                let mixed = |place: usize| base[place] + share * (logits[place] - base[place]);
                let most = (0..tokens.len()).map(mixed).fold(f32::NEG_INFINITY, f32::max);
                let all: f32 = (0..tokens.len()).map(|place| (mixed(place) - most).exp()).sum();
                *nats += f64::from(all.ln() + most - mixed(place));
            }
        }
        self.life.enter(token, says);
    }
}
