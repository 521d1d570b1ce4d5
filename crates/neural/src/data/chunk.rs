//! How do steps of several sequences stand side by side?

use super::corpus::Step;
use std::ops::Range;

/// The target of a row that has none.
pub(crate) const NOTHING: u32 = u32::MAX;

/// Steps of `lanes` sequences, one row each: row `time * lanes + lane`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) lanes: usize,
    pub(crate) tokens: Vec<u32>,
    pub(crate) targets: Vec<u32>,
    pub(crate) masks: Vec<u16>,
    pub(crate) contexts: Vec<u64>,
    /// What the base is told besides at each row, in `recalled`.
    memory: Vec<Range<usize>>,
    recalled: Vec<u32>,
    /// Whether a sequence starts here.
    pub(crate) starts: Vec<bool>,
    /// `[rows, features]`.
    pub(crate) features: Vec<f32>,
    /// What enters the bag at each row, in `events`.
    pub(crate) bag: Vec<Range<usize>>,
    pub(crate) events: Vec<(u32, f32)>,
}

impl Chunk {
    /// Forgets all rows and makes room for others, which are void: a start, without a target.
    pub(crate) fn clear(&mut self, lanes: usize, rows: usize, n_features: usize) {
        self.lanes = lanes;
        refill(&mut self.tokens, rows, 0);
        refill(&mut self.targets, rows, NOTHING);
        refill(&mut self.masks, rows, 0);
        refill(&mut self.contexts, rows, 0);
        refill(&mut self.memory, rows, 0..0);
        self.recalled.clear();
        refill(&mut self.starts, rows, true);
        refill(&mut self.features, rows * n_features, 0.0);
        refill(&mut self.bag, rows, 0..0);
        self.events.clear();
    }

    pub(crate) fn put(&mut self, row: usize, step: &Step<'_>, starts: bool) {
        self.tokens[row] = step.token;
        self.targets[row] = step.target.unwrap_or(NOTHING);
        self.masks[row] = step.mask;
        self.contexts[row] = step.context;
        let from = self.recalled.len();
        self.recalled.extend_from_slice(step.memory);
        self.memory[row] = from..self.recalled.len();
        self.starts[row] = starts;
        self.features[row * step.features.len()..][..step.features.len()].copy_from_slice(step.features);
        let from = self.events.len();
        self.events.extend_from_slice(step.bag);
        self.bag[row] = from..self.events.len();
    }

    pub(crate) fn rows(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn memory(&self, row: usize) -> &[u32] {
        &self.recalled[self.memory[row].clone()]
    }

    pub(crate) fn entering(&self, row: usize) -> &[(u32, f32)] {
        &self.events[self.bag[row].clone()]
    }
}

fn refill<T: Clone>(list: &mut Vec<T>, length: usize, value: T) {
    list.clear();
    list.resize(length, value);
}
