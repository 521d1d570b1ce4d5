//! How does a nano model learn a text?

use crate::letters::encode;
use crate::llama::{Nano, uniform};
use candle_core::{Device, Result, Tensor};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW, loss};

/// How long and in which pieces to learn.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Steps of the optimiser.
    pub steps: usize,
    /// Pieces of text in each step.
    pub batch: usize,
    /// Tokens in each piece.
    pub places: usize,
    /// Greatest rate of learning; rises over the first twentieth, then falls to a tenth along a cosine.
    pub rate: f64,
}

/// Learns to go on with `text` by AdamW on the next letter. Gives the mean loss, in nats a letter, of each hundredth step.
///
/// # Errors
/// Those of candle.
pub fn train(model: &Nano, text: &str, schedule: Schedule, seed: u64) -> Result<Vec<f64>> {
    let tokens = encode(text);
    let places = schedule.places.min(tokens.len() - 1);
    let weights = model.weights.values().cloned().collect();
    let mut optimizer = AdamW::new(weights, ParamsAdamW { weight_decay: 0.01, ..ParamsAdamW::default() })?;
    let mut state = seed;
    let mut losses = Vec::new();
    for step in 0..schedule.steps {
        let done = step as f64 / schedule.steps as f64;
        let cosine = 0.55 + 0.45 * (std::f64::consts::PI * done).cos();
        optimizer.set_learning_rate(schedule.rate * cosine * (done * 20.0).clamp(0.05, 1.0));
        let mut pieces = Vec::with_capacity(schedule.batch * (places + 1));
        for _ in 0..schedule.batch {
            let start = (uniform(&mut state) * (tokens.len() - places) as f64) as usize;
            pieces.extend_from_slice(&tokens[start..=start + places]);
        }
        let pieces = Tensor::from_vec(pieces, (schedule.batch, places + 1), &Device::Cpu)?;
        let logits = model.logits(&pieces.narrow(1, 0, places)?.contiguous()?)?;
        let next = pieces.narrow(1, 1, places)?.contiguous()?.flatten_all()?;
        let loss = loss::cross_entropy(&logits.flatten_to(1)?, &next)?;
        optimizer.backward_step(&loss)?;
        if step % 100 == 0 || step + 1 == schedule.steps {
            losses.push(f64::from(loss.to_scalar::<f32>()?));
        }
    }
    Ok(losses)
}
