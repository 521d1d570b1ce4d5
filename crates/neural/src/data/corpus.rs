//! Which sequences are there to learn from?

use crate::masks::Masks;
use crate::shape::Shape;
use std::ops::Range;

/// One step of a sequence: what is known, and what comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<'a> {
    /// The token that was last.
    pub token: u32,
    /// Numbers of this step, about as wide as 1: age, time since the last event, season, what was there at the start.
    pub features: &'a [f32],
    /// What enters the bag at this step, with its weight; a negative weight takes it out again.
    ///
    /// The bag is empty at the start of a sequence and remembers for its whole length. A weight of 1 at the first time
    /// makes it the set of what was seen.
    pub bag: &'a [(u32, f32)],
    /// The class of tokens that may come next.
    pub mask: u16,
    /// What the base is told.
    pub context: u64,
    /// What the base is told besides, as long as it takes: what this sequence held so far.
    pub memory: &'a [u32],
    /// The token that comes next; `None` when there is nothing to learn from this step, as in writing.
    pub target: Option<u32>,
}

/// Sequences that can be read in pieces, in any order, from several threads.
pub trait Corpus: Sync {
    /// Number of sequences.
    fn sequences(&self) -> usize;

    /// Length of a sequence.
    fn steps(&self, sequence: usize) -> usize;

    /// Hands the steps of `range` to `each`, in order.
    ///
    /// Each piece is read again in every pass: make features here rather than keep them.
    fn read(&self, sequence: usize, range: Range<usize>, each: &mut dyn FnMut(Step<'_>));
}

/// Where a step does not fit the network. Names places and sizes, never what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is no step with a target.
    #[error("there is nothing to learn: no step has a target")]
    Nothing,
    /// A token is not in the vocabulary.
    #[error("step {step} of sequence {sequence} has a token past the vocabulary")]
    Token {
        /// Which sequence.
        sequence: usize,
        /// Which step.
        step: usize,
    },
    /// Too few or too many features, or one that is not finite.
    #[error("step {step} of sequence {sequence} does not have the {features} finite features of the network")]
    Features {
        /// Which sequence.
        sequence: usize,
        /// Which step.
        step: usize,
        /// Features of the network.
        features: usize,
    },
    /// Something enters the bag that cannot be in it, or with a weight that is not finite.
    #[error("step {step} of sequence {sequence} puts into the bag what cannot be there")]
    Bag {
        /// Which sequence.
        sequence: usize,
        /// Which step.
        step: usize,
    },
    /// There is no such mask class.
    #[error("step {step} of sequence {sequence} has a mask class that the table of masks lacks")]
    Mask {
        /// Which sequence.
        sequence: usize,
        /// Which step.
        step: usize,
    },
    /// The token that comes next is not allowed to.
    #[error("step {step} of sequence {sequence} has a target that its mask class forbids")]
    Target {
        /// Which sequence.
        sequence: usize,
        /// Which step.
        step: usize,
    },
    /// A sequence is shorter or longer than it said.
    #[error("sequence {sequence} did not give the {steps} steps that it has")]
    Length {
        /// Which sequence.
        sequence: usize,
        /// Its length.
        steps: usize,
    },
}

/// Reads everything once; returns the number of steps and of those with a choice to be learned.
pub(crate) fn check(corpus: &dyn Corpus, shape: Shape, masks: &Masks) -> Result<(usize, usize), DataError> {
    let (mut all, mut choices) = (0, 0);
    for sequence in 0..corpus.sequences() {
        let steps = corpus.steps(sequence);
        let (mut seen, mut fault) = (0, None);
        corpus.read(sequence, 0..steps, &mut |given| {
            fault = fault.or(check_step(&given, shape, masks, sequence, seen).err());
            let free = masks.allowed(given.mask).len() > 1;
            choices += usize::from(given.target.is_some() && free);
            seen += 1;
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        if seen != steps {
            return Err(DataError::Length { sequence, steps });
        }
        all += steps;
    }
    Ok((all, choices))
}

/// Whether the step fits.
pub(crate) fn check_step(
    given: &Step<'_>,
    shape: Shape,
    masks: &Masks,
    sequence: usize,
    step: usize,
) -> Result<(), DataError> {
    let features = shape.features;
    if given.token as usize >= shape.vocabulary {
        return Err(DataError::Token { sequence, step });
    }
    if given.features.len() != features || given.features.iter().any(|x| !x.is_finite()) {
        return Err(DataError::Features { sequence, step, features });
    }
    if given.bag.iter().any(|&(id, weight)| id as usize >= shape.bag || !weight.is_finite()) {
        return Err(DataError::Bag { sequence, step });
    }
    if usize::from(given.mask) >= masks.classes() {
        return Err(DataError::Mask { sequence, step });
    }
    if given.target.is_some_and(|target| !masks.allows(given.mask, target)) {
        return Err(DataError::Target { sequence, step });
    }
    Ok(())
}
