//! What is a network, and how does it go through a chunk of steps?

mod packs;
mod saved;
mod slice;

pub(crate) use packs::{ClassPacks, LayerPacks, Packs};
pub use saved::LoadError;
pub(crate) use slice::{Learning, Slice};

use crate::masks::Masks;
use crate::shape::{Layout, Output, Shape, ShapeError};
use rand::RngExt as _;
use std::ops::Range;
use verosim_core::Seeded;

/// A law of the next token given all before it.
///
/// The input of a step is the embedding of the last token, plus a linear map of the step's features, plus the sum of the
/// embeddings of what is in the bag. Gated recurrent units add to it, each after a layer norm. A last layer norm and a
/// matrix give logits, to which those of a [`Base`](crate::Base) may be added; the chances are a softmax over the tokens
/// that the step's mask class allows. Features and bag thus reach the logits directly too, as in a log-linear model.
///
/// A new network's logits are all 0: it is its base, or uniform.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    pub(crate) shape: Shape,
    pub(crate) layout: Layout,
    pub(crate) masks: Masks,
    pub(crate) weights: Vec<f32>,
}

impl Network {
    /// A network that has learned nothing.
    ///
    /// # Errors
    /// [`ShapeError`] when a size is out of range or `masks` are for another vocabulary.
    pub fn new(shape: Shape, masks: Masks, seed: Seeded) -> Result<Self, ShapeError> {
        shape.check()?;
        if masks.vocabulary() != shape.vocabulary {
            return Err(ShapeError::Masks { masks: masks.vocabulary(), vocabulary: shape.vocabulary });
        }
        let layout = Layout::new(shape);
        let mut weights = vec![0.0; layout.total];
        // Uniform within the root of 3 times the deviation.
        let mut draw = |at: &Range<usize>, deviation: f64| {
            let mut rng = seed.split_at(at.start as u64).rng();
            let most = (3.0_f64.sqrt() * deviation) as f32;
            for weight in &mut weights[at.clone()] {
                *weight = (rng.random::<f32>() * 2.0 - 1.0) * most;
            }
        };
        let narrow = 1.0 / (shape.width as f64).sqrt();
        draw(&layout.embedding, if shape.output == Output::Tied { narrow } else { 0.3 });
        draw(&layout.mix, 0.5 / (shape.features.max(1) as f64).sqrt());
        draw(&layout.bag, 0.1);
        for layer in &layout.layers {
            draw(&layer.input, narrow);
            draw(&layer.recurrent, narrow / 3.0_f64.sqrt());
        }
        for layer in &layout.layers {
            weights[layer.norm[0].clone()].fill(1.0);
            // States start by being kept: about three quarters of each remain at every step.
            weights[layer.bias.clone()][shape.width..2 * shape.width].fill(1.0);
        }
        // Logits start at 0: by an output of 0 or, where the output is the embedding, by a gain of 0.
        let gain = if shape.output == Output::Tied { 0.0 } else { 1.0 };
        weights[layout.norm[0].clone()].fill(gain);
        Ok(Self { shape, layout, masks, weights })
    }

    /// Its sizes.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Which tokens each class allows.
    pub fn masks(&self) -> &Masks {
        &self.masks
    }
}

#[cfg(test)]
mod tests;
