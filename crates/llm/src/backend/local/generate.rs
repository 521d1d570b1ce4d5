//! How does a reply come about, token by token?

use super::sampler::Sampling;
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use llguidance::Matcher;
use verosim_core::{Choice, Finish, ModelError, Seeded, Stop};

/// A reply in the making.
pub(super) struct Generation<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) sampling: Sampling,
    /// Texts at which the reply ends.
    pub(super) stops: &'a [String],
    /// Most tokens.
    pub(super) most: usize,
    pub(super) stop: &'a dyn Stop,
}

/// A reply, and what it took.
pub(super) struct Generated {
    pub(super) choice: Choice,
    pub(super) tokens: usize,
    /// Probability that the mask took away, summed over the tokens that were drawn.
    pub(super) masked: f64,
    /// Tokens that were drawn, not forced by the grammar.
    pub(super) drawn: usize,
}

impl Generation<'_> {
    /// Goes on from `position`, where the model expects `logits`. What the grammar leaves no choice about is read at
    /// once, without asking the model token by token.
    pub(super) fn run(
        &self,
        mut model: Weights,
        mut logits: Vec<f32>,
        mut position: usize,
        mut grammar: Option<Matcher>,
        seed: Seeded,
    ) -> Result<Generated, ModelError> {
        let mut rng = seed.rng();
        let mut text = Vec::new();
        let (mut tokens, mut drawn, mut masked, mut logprob) = (0, 0, 0.0, 0.0);
        let finish = loop {
            self.stop.check()?;
            if tokens >= self.most {
                break Finish::Length;
            }
            let mut next = match &mut grammar {
                Some(grammar) if grammar.is_stopped() => break Finish::Stop,
                Some(grammar) => grammar.compute_ff_tokens(),
                None => Vec::new(),
            };
            next.truncate(self.most - tokens);
            if next.is_empty() {
                let mask = grammar.as_mut().map(Matcher::compute_mask_or_eos).transpose().map_err(masking)?;
                let Some(choice) = self.sampling.draw(&logits, mask.as_ref(), &mut rng) else {
                    return Err(ModelError::Unusable {
                        why: "its weights give no number for any token".into(),
                    });
                };
                drawn += 1;
                masked += choice.masked;
                logprob += choice.logprob;
                next.push(choice.token);
            }
            tokens += next.len();
            if next.len() == 1 && self.vocabulary.is_end(next[0]) {
                break Finish::Stop;
            }
            if let Some(grammar) = &mut grammar {
                grammar.consume_tokens(&next).map_err(masking)?;
            }
            let before = text.len();
            text.extend(self.vocabulary.bytes(&next));
            if let Some(end) = stopped_at(&text, before, self.stops) {
                text.truncate(end);
                break Finish::Stop;
            }
            let is_over = tokens >= self.most || grammar.as_ref().is_some_and(Matcher::is_stopped);
            if !is_over {
                logits = model.read(&next, position).map_err(computing)?;
                position += next.len();
            }
        };
        let choice =
            Choice { text: String::from_utf8_lossy(&text).into_owned(), finish, logprob: Some(logprob) };
        Ok(Generated { choice, tokens, masked, drawn })
    }
}

/// Where the first of `stops` begins that ends behind `before`.
fn stopped_at(text: &[u8], before: usize, stops: &[String]) -> Option<usize> {
    let find = |stop: &String| {
        let from = (before + 1).saturating_sub(stop.len());
        text[from..].windows(stop.len()).position(|window| window == stop.as_bytes()).map(|at| from + at)
    };
    stops.iter().filter(|stop| !stop.is_empty()).filter_map(find).min()
}

pub(super) fn computing(_: candle_core::Error) -> ModelError {
    ModelError::Unusable { why: "its weights do not fit together".into() }
}

/// What the grammar engine says may quote what was written so far; it is not passed on.
pub(super) fn masking<E>(_: E) -> ModelError {
    ModelError::BadReply { why: "the grammar of the reply became too large".into() }
}
