//! How are many sequences written at once, each as if it were alone?

use super::decoder::Decoder;
use crate::data::{Base, DataError, Step};
use crate::network::{Network, Packs};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use verosim_core::port::{Context, Interrupted};

/// Sequences that one thread writes side by side: eight tiles of a product high.
const LANES: usize = 48;

/// A network that is ready to write: its weights stand as products want them.
#[derive(Clone)]
pub struct Scribe<'a> {
    pub(super) network: &'a Network,
    pub(super) base: Option<&'a dyn Base>,
    pub(super) packs: Packs,
}

/// A sequence that is being written: the caller's grammar, which says what is known and takes what may come next.
///
/// Each story draws from a random stream of its own, such as `seed.split_at(sequence)`; then what it tells depends on that
/// seed alone, whatever else is written.
pub trait Story: Send {
    /// What the network is told now; `None` when the story has ended.
    fn ask(&self) -> Option<Step<'_>>;

    /// Takes the allowed tokens and their logits, from which it draws one, for instance with [`draw`](crate::draw).
    fn take(&mut self, tokens: &[u32], logits: &mut [f32]);
}

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The caller asked, or a limit was reached.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// A story asked what the network does not know; the sequence is its place among those written side by side.
    #[error("a sequence being written: {0}")]
    Step(#[from] DataError),
}

/// For fits that write.
impl From<WriteError> for verosim_core::FitError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Interrupted(why) => Self::Interrupted(why),
            WriteError::Step(fault) => Self::NotReleased { why: fault.to_string(), next: None },
        }
    }
}

impl std::fmt::Debug for Scribe<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scribe").field("shape", &self.network.shape).finish_non_exhaustive()
    }
}

impl<'a> Scribe<'a> {
    /// Makes `network` ready; takes as much memory again as the network, and the output once per mask class.
    pub fn new(network: &'a Network, base: Option<&'a dyn Base>) -> Self {
        let mut packs = Packs::default();
        packs.fill(network, &vec![true; network.masks.classes()], false);
        Self { network, base, packs }
    }

    /// A decoder for so many sequences side by side; multiples of 6 are fastest.
    pub fn decoder(&'a self, lanes: usize) -> Decoder<'a> {
        Decoder::new(self, lanes)
    }

    /// Writes sequences 0 to `sequences` to their ends and returns them in order.
    ///
    /// # Determinism
    /// Which thread writes which sequence depends on the machine; what is written does not.
    ///
    /// # Errors
    /// [`WriteError`] when interrupted, or when a story asks what does not fit the network.
    ///
    /// # Cost
    /// Per token about 12 width² per layer and 2 width × allowed tokens floating-point operations, and what `take` does.
    pub fn write<S: Story>(
        &self,
        sequences: usize,
        start: impl Fn(usize) -> S + Sync,
        ctx: Context<'_>,
    ) -> Result<Vec<S>, WriteError> {
        let threads = rayon::current_num_threads().max(1);
        let lanes = sequences.div_ceil(threads).clamp(1, LANES);
        let next = AtomicUsize::new(0);
        let ended = AtomicUsize::new(0);
        let draw = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&at| at < sequences);
        let written = (0..threads)
            .into_par_iter()
            .with_max_len(1)
            .map(|_| {
                let mut decoder = self.decoder(lanes);
                let mut open: Vec<Option<(usize, S)>> = (0..lanes).map(|_| None).collect();
                let mut done = Vec::new();
                loop {
                    ctx.stop.check()?;
                    for (lane, place) in open.iter_mut().enumerate() {
                        while place.as_ref().is_none_or(|(_, story)| story.ask().is_none()) {
                            if let Some(end) = place.take() {
                                done.push(end);
                                let n = ended.fetch_add(1, Ordering::Relaxed) + 1;
                                ctx.progress.step(n, sequences, "writing");
                            }
                            let Some(at) = draw() else { break };
                            decoder.restart(lane);
                            *place = Some((at, start(at)));
                        }
                    }
                    let asked: Vec<(usize, Step<'_>)> = open
                        .iter()
                        .enumerate()
                        .filter_map(|(lane, place)| Some((lane, place.as_ref()?.1.ask()?)))
                        .collect();
                    if asked.is_empty() {
                        return Ok(done);
                    }
                    let lanes: Vec<usize> = asked.iter().map(|(lane, _)| *lane).collect();
                    let choices = decoder.step(&asked)?;
                    for (at, lane) in lanes.into_iter().enumerate() {
                        if let Some((_, story)) = &mut open[lane] {
                            let (tokens, logits) = choices.get(at);
                            story.take(tokens, logits);
                        }
                    }
                }
            })
            .collect::<Result<Vec<Vec<(usize, S)>>, WriteError>>()?;
        let mut written: Vec<(usize, S)> = written.into_iter().flatten().collect();
        written.sort_by_key(|&(at, _)| at);
        Ok(written.into_iter().map(|(_, story)| story).collect())
    }
}
