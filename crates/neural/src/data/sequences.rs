//! How are sequences kept in memory?

use super::corpus::{Corpus, Step};
use std::ops::Range;

/// Sequences with all that belongs to their steps, in memory.
///
/// 32 bytes per step, 4 per feature and number in memory, and 8 per thing in the bag.
///
/// # Example
/// ```
/// use verosim_neural::{Corpus, Sequences, Step};
/// let mut sequences = Sequences::new(1);
/// sequences.push(Step { token: 0, features: &[0.5], bag: &[], mask: 0, context: 0, memory: &[], target: Some(1) });
/// sequences.end();
/// assert_eq!((sequences.sequences(), sequences.steps(0)), (1, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequences {
    n_features: usize,
    ends: Vec<usize>,
    steps: Vec<Fixed>,
    features: Vec<f32>,
    bag: Vec<(u32, f32)>,
    memory: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Fixed {
    token: u32,
    target: Option<u32>,
    mask: u16,
    context: u64,
    bag_end: usize,
    memory_end: usize,
}

impl Sequences {
    /// No sequences yet, with so many features per step.
    pub fn new(n_features: usize) -> Self {
        Self { n_features, ..Self::default() }
    }

    /// Adds a step to the sequence that is being written; features past the number of [`new`](Self::new) are dropped,
    /// missing ones are 0.
    pub fn push(&mut self, step: Step<'_>) {
        self.bag.extend_from_slice(step.bag);
        self.memory.extend_from_slice(step.memory);
        let given = step.features.iter().copied().chain(std::iter::repeat(0.0));
        self.features.extend(given.take(self.n_features));
        self.steps.push(Fixed {
            token: step.token,
            target: step.target,
            mask: step.mask,
            context: step.context,
            bag_end: self.bag.len(),
            memory_end: self.memory.len(),
        });
    }

    /// Ends the sequence that is being written.
    pub fn end(&mut self) {
        self.ends.push(self.steps.len());
    }

    fn start(&self, sequence: usize) -> usize {
        sequence.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

impl Corpus for Sequences {
    fn sequences(&self) -> usize {
        self.ends.len()
    }

    fn steps(&self, sequence: usize) -> usize {
        self.ends[sequence] - self.start(sequence)
    }

    fn read(&self, sequence: usize, range: Range<usize>, each: &mut dyn FnMut(Step<'_>)) {
        let start = self.start(sequence);
        for at in start + range.start..start + range.end {
            let fixed = self.steps[at];
            let before = at.checked_sub(1).map(|before| self.steps[before]);
            let bag_start = before.map_or(0, |before| before.bag_end);
            let memory_start = before.map_or(0, |before| before.memory_end);
            each(Step {
                token: fixed.token,
                features: &self.features[at * self.n_features..][..self.n_features],
                bag: &self.bag[bag_start..fixed.bag_end],
                mask: fixed.mask,
                context: fixed.context,
                memory: &self.memory[memory_start..fixed.memory_end],
                target: fixed.target,
            });
        }
    }
}
