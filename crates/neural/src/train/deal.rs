//! Which lane reads which steps of which sequence?

use crate::data::Corpus;
use crate::network::Slice;
use rand::RngExt as _;
use rayon::prelude::*;
use std::ops::Range;
use verosim_core::Seeded;

/// Deals sequences to lanes: whoever comes to the end of one goes on with the next, so that no row is wasted.
#[derive(Clone, Debug)]
pub(super) struct Deal {
    order: Vec<usize>,
    next: usize,
    passes: u64,
    /// Passes are endless and each is shuffled; without a seed there is one, longest first.
    seed: Option<Seeded>,
    /// Where each lane stands.
    lanes: Vec<Option<(usize, usize)>>,
    /// Steps that each lane waits before its first: sequences of one length would else stay side by side for ever, and a
    /// chunk would see one part of them only.
    waits: Vec<usize>,
}

/// Most steps that a lane waits.
const PATIENCE: usize = 256;

/// Steps of one sequence, for one lane.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    lane: usize,
    time: usize,
    sequence: usize,
    steps: Range<usize>,
}

impl Deal {
    pub(super) fn new(corpus: &dyn Corpus, lanes: usize, seed: Option<Seeded>) -> Self {
        let mut order: Vec<usize> = (0..corpus.sequences()).filter(|&at| corpus.steps(at) > 0).collect();
        if seed.is_none() {
            order.sort_by_key(|&at| std::cmp::Reverse(corpus.steps(at)));
        }
        let longest = order.iter().map(|&at| corpus.steps(at)).max().unwrap_or(0).min(PATIENCE);
        let spread = if seed.is_some() { longest } else { 0 };
        let waits = (0..lanes).map(|lane| lane * spread / lanes).collect();
        let mut deal = Self { order, next: 0, passes: 0, seed, lanes: vec![None; lanes], waits };
        deal.shuffle();
        deal
    }

    /// The next `length` steps of every lane; fewer, or none, when all was read.
    pub(super) fn next(&mut self, corpus: &dyn Corpus, length: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for lane in 0..self.lanes.len() {
            let mut time = self.waits[lane].min(length);
            self.waits[lane] -= time;
            while time < length {
                let Some((sequence, from)) = self.lanes[lane].take().or_else(|| self.draw()) else { break };
                let to = corpus.steps(sequence).min(from + length - time);
                pieces.push(Piece { lane, time, sequence, steps: from..to });
                time += to - from;
                if to < corpus.steps(sequence) {
                    self.lanes[lane] = Some((sequence, to));
                }
            }
        }
        pieces
    }

    fn draw(&mut self) -> Option<(usize, usize)> {
        if self.next == self.order.len() {
            self.seed?;
            self.passes += 1;
            self.next = 0;
            self.shuffle();
        }
        let sequence = *self.order.get(self.next)?;
        self.next += 1;
        Some((sequence, 0))
    }

    fn shuffle(&mut self) {
        let Some(seed) = self.seed else { return };
        let mut rng = seed.split_at(self.passes).rng();
        for last in (1..self.order.len()).rev() {
            self.order.swap(last, rng.random_range(0..=last));
        }
    }
}

/// Reads the pieces into the chunks of the slices, `lanes` to a slice.
pub(super) fn read(
    corpus: &dyn Corpus,
    pieces: &[Piece],
    slices: &mut [Slice],
    lanes: usize,
    length: usize,
    n_features: usize,
) {
    slices.par_iter_mut().enumerate().for_each(|(at, slice)| {
        let width = slice.lanes();
        slice.chunk.clear(width, width * length, n_features);
        let from = pieces.partition_point(|piece| piece.lane < at * lanes);
        let own = pieces[from..].iter().take_while(|piece| piece.lane < at * lanes + width);
        for piece in own {
            let mut row = piece.time * width + piece.lane - at * lanes;
            let mut starts = piece.steps.start == 0;
            corpus.read(piece.sequence, piece.steps.clone(), &mut |step| {
                slice.chunk.put(row, &step, starts);
                row += width;
                starts = false;
            });
        }
    });
}
