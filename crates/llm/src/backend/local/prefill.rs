//! How is a prompt read without reading again what the prompts before it began with?

use super::generate::computing;
use super::weights::Weights;
use std::sync::{Mutex, PoisonError};
use verosim_core::{ModelError, Stop};

/// Tokens that are read at once. Every prompt is read in pieces of this size, whether its beginning is remembered or not,
/// so that remembering changes no bit of a reply; it also bounds what attention takes to `PIECE · context` numbers.
const PIECE: usize = 256;
/// Beginnings that are remembered: two engines or column orders may take turns.
const MOST: usize = 3;

/// Beginnings of prompts that were read, the latest last.
#[derive(Default)]
pub(super) struct Beginnings(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    states: Vec<(Vec<u32>, Weights)>,
    last: Vec<u32>,
}

/// A prompt that was read.
pub(super) struct Prefilled {
    pub(super) model: Weights,
    pub(super) logits: Vec<f32>,
    /// Tokens of the prompt that were not read again.
    pub(super) remembered: usize,
}

impl Beginnings {
    /// Reads a prompt of at least one token, from where the longest beginning ends that is remembered. What it shares
    /// with the prompt before it is remembered for those that follow.
    pub(super) fn read(
        &self,
        fresh: &Weights,
        prompt: &[u32],
        stop: &dyn Stop,
    ) -> Result<Prefilled, ModelError> {
        let (mut model, remembered, shared) = {
            let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let shared = memory.last.iter().zip(prompt).take_while(|(a, b)| a == b).count();
            memory.last = prompt.to_vec();
            let known = memory
                .states
                .iter()
                .filter(|(tokens, _)| tokens.len() < prompt.len() && prompt.starts_with(tokens))
                .max_by_key(|(tokens, _)| tokens.len());
            let (model, at) = known.map_or((fresh, 0), |(tokens, model)| (model, tokens.len()));
            (model.clone(), at, shared.min(prompt.len() - 1) / PIECE * PIECE)
        };
        let mut logits = Vec::new();
        let mut at = remembered;
        for piece in prompt[at..].chunks(PIECE) {
            stop.check()?;
            logits = model.read(piece, at).map_err(computing)?;
            at += piece.len();
            if at == shared {
                let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if memory.states.len() == MOST {
                    memory.states.remove(0);
                }
                memory.states.push((prompt[..at].to_vec(), model.clone()));
            }
        }
        Ok(Prefilled { model, logits, remembered })
    }
}
