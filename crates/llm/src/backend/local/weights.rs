//! How does a model turn tokens into the logits of the next one?

use candle_core::{Device, Result, Tensor};
use candle_transformers::models::{llama, quantized_llama};

/// A model with what it remembers of the text so far. A copy shares the weights and goes its own way from there.
#[derive(Clone)]
pub(super) enum Weights {
    /// Blocks of quantised numbers, as GGUF files hold them.
    Quantised(Box<quantized_llama::ModelWeights>),
    /// Plain numbers.
    Plain(Box<(llama::Llama, llama::Cache)>),
}

impl Weights {
    /// Reads `tokens`, the first of which stands at `position`, and gives the logits of what follows them.
    pub(super) fn read(&mut self, tokens: &[u32], position: usize) -> Result<Vec<f32>> {
        let input = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let logits = match self {
            Self::Quantised(model) => model.forward(&input, position)?,
            Self::Plain(model) => {
                let (model, cache) = &mut **model;
                model.forward(&input, position, cache)?
            }
        };
        logits.flatten_all()?.to_vec1::<f32>()
    }
}
