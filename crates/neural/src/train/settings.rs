//! With which settings does a network learn, and how much memory does that take?

use crate::data::Corpus;
use crate::masks::Masks;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// Lanes that one thread works on at once: two tiles of a product high.
pub(super) const SLICE: usize = 12;

/// How a network learns.
///
/// # Settings
/// | name | default | range | purpose |
/// |---|---|---|---|
/// | `lanes` | 48 | 1.. | sequences read side by side; each 12 of them are the work of one thread |
/// | `chunk` | 64 | 1.. | steps that a gradient goes back |
/// | `steps` | 2000 | 0.. | most chunks that are learned from |
/// | `learning_rate` | 0.003 | (0, 1] | size of a step at its largest |
/// | `warm_up` | 0.05 | [0, 1] | share of the steps in which the size grows |
/// | `decay` | 0.02 | 0.. | pull of matrices to 0, as in AdamW |
/// | `clip` | 1 | (0, inf) | largest norm of a gradient |
/// | `dropout` | 0.1 | [0, 0.9] | share of numbers left out while learning |
/// | `watch_every` | 50 | 1.. | steps between two looks at the watched sequences |
/// | `patience` | 8 | 1.. | looks without gain after which learning ends |
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Sequences read side by side.
    pub lanes: usize,
    /// Steps that a gradient goes back.
    pub chunk: usize,
    /// Most chunks that are learned from.
    pub steps: usize,
    /// Size of a step at its largest.
    pub learning_rate: f64,
    /// Share of the steps in which the size grows.
    pub warm_up: f64,
    /// Pull of matrices to 0.
    pub decay: f64,
    /// Largest norm of a gradient.
    pub clip: f64,
    /// Share of numbers left out.
    pub dropout: f64,
    /// Steps between two looks at the watched sequences.
    pub watch_every: usize,
    /// Looks without gain after which learning ends.
    pub patience: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lanes: 48,
            chunk: 64,
            steps: 2000,
            learning_rate: 3e-3,
            warm_up: 0.05,
            decay: 0.02,
            clip: 1.0,
            dropout: 0.1,
            watch_every: 50,
            patience: 8,
        }
    }
}

/// A setting out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting `{name}` must be {range}")]
pub struct SettingsError {
    /// Which.
    pub name: &'static str,
    /// What it may be.
    pub range: &'static str,
}

impl Settings {
    /// Settings for so much data: small data are read in smaller pieces, so that there are enough steps, and the watched
    /// sequences cost about a fifth of the time.
    pub fn fitting(data: &dyn Corpus, watched: &dyn Corpus, passes: f64) -> Self {
        let length = |corpus: &dyn Corpus| (0..corpus.sequences()).map(|at| corpus.steps(at)).sum::<usize>();
        let (learned, seen) = (length(data), length(watched));
        let chunk = if learned < 20_000 { 32 } else { 64 };
        // At least 16 steps a pass, in lanes that fill slices.
        let lanes = (learned / 16 / chunk).clamp(8, 48);
        let lanes = if lanes > SLICE { lanes / SLICE * SLICE } else { lanes };
        let a_pass = learned as f64 / (lanes * chunk) as f64;
        let steps = (a_pass * passes.max(0.0)).ceil() as usize;
        // Looking costs a third of learning.
        let dear = (seen as f64 / (0.6 * (lanes * chunk) as f64)).ceil() as usize;
        let watch_every = ((a_pass / 2.0) as usize).clamp(10, 200).max(dear);
        Self { lanes, chunk, steps, watch_every, ..Self::default() }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let within = |name, range, good: bool| if good { Ok(()) } else { Err(SettingsError { name, range }) };
        within("lanes", "from 1 to 65536", (1..=65_536).contains(&self.lanes))?;
        within("chunk", "from 1 to 65536", (1..=65_536).contains(&self.chunk))?;
        within(
            "learning_rate",
            "above 0 and at most 1",
            self.learning_rate > 0.0 && self.learning_rate <= 1.0,
        )?;
        within("warm_up", "from 0 to 1", (0.0..=1.0).contains(&self.warm_up))?;
        within("decay", "0 or more, and finite", self.decay >= 0.0 && self.decay.is_finite())?;
        within("clip", "above 0 and finite", self.clip > 0.0 && self.clip.is_finite())?;
        within("dropout", "from 0 to 0.9", (0.0..=0.9).contains(&self.dropout))?;
        within("watch_every", "1 or more", self.watch_every > 0)?;
        within("patience", "1 or more", self.patience > 0)
    }

    /// Bytes that learning takes, without the sequences and the base; 5 to 7 percent above the peak that was measured at three
    /// sizes.
    pub fn bytes(&self, shape: Shape, masks: &Masks) -> usize {
        let (width, slices) = (shape.width, self.lanes.div_ceil(SLICE));
        let rows = self.lanes * self.chunk;
        let largest = (0..masks.classes()).map(|class| masks.allowed(class as u16).len()).max().unwrap_or(0);
        let largest = largest.next_multiple_of(16);
        let allowed: usize =
            (0..masks.classes()).map(|class| masks.allowed(class as u16).len().next_multiple_of(16)).sum();
        // Weights, the best of them and the next best, two moments, and a gradient per slice.
        let learned = shape.parameters() * (5 + slices);
        // Per row: input and its gradient, last norm, what goes back through a layer; norm, gates and states of each.
        let per_row = width * (8 + shape.layers * 7) + shape.features + 16;
        let packs = shape.layers * 12 * width * width + 2 * allowed * width + allowed;
        // Packed pieces of products with rows transposed, and a block of one class.
        let block = 96 * (2 * largest + 3 * width);
        let per_slice = 256 * (width.max(shape.features) + 3 * width) + largest * width + 2 * block;
        // Looking takes rows of its own.
        4 * (learned + packs + 2 * rows * per_row + slices * per_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    /// So many sequences of a hundred steps.
    struct Many(usize);

    impl Corpus for Many {
        fn sequences(&self) -> usize {
            self.0
        }

        fn steps(&self, _: usize) -> usize {
            100
        }

        fn read(&self, _: usize, _: Range<usize>, _: &mut dyn FnMut(crate::data::Step<'_>)) {}
    }

    #[test]
    fn small_data_are_read_in_small_pieces() {
        // By hand: 3,000 steps in pieces of 8 x 32 are 11.7 a pass; 10 million in 48 x 64 are 3,255.2.
        let few = Settings::fitting(&Many(30), &Many(6), 10.0);
        assert_eq!((few.lanes, few.chunk, few.steps, few.watch_every), (8, 32, 118, 10));
        let many = Settings::fitting(&Many(100_000), &Many(2_000), 2.0);
        assert_eq!((many.lanes, many.chunk, many.steps, many.watch_every), (48, 64, 6511, 200));
        let none = Settings::fitting(&Many(0), &Many(0), 2.0);
        assert_eq!((none.steps, none.check()), (0, Ok(())));
    }
}
