//! How large is a network, and where does each of its arrays stand?

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Whose rows the logits are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// The embedding of the tokens: fewer numbers to learn, for little data.
    Tied,
    /// A matrix of its own.
    Own,
}

/// Sizes of a network.
///
/// # Settings
/// | name | range | purpose |
/// |---|---|---|
/// | `vocabulary` | 2.. | number of tokens |
/// | `features` | 0.. | numbers that the caller gives with each step |
/// | `bag` | 0.. | things that can be in the bag of what came before |
/// | `width` | 16, 32, .. 1024 | numbers of a state; a multiple of 16 |
/// | `layers` | 1..4 | gated recurrent units, one on the other |
/// | `output` | | whose rows the logits are made with |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Number of tokens.
    pub vocabulary: usize,
    /// Numbers that the caller gives with each step.
    pub features: usize,
    /// Things that can be in the bag.
    pub bag: usize,
    /// Numbers of a state.
    pub width: usize,
    /// Recurrent layers.
    pub layers: usize,
    /// Whose rows the logits are made with.
    pub output: Output,
}

/// Why there is no network of such sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// The width does not fill vectors.
    #[error("width {width} is not a multiple of 16 from 16 to 1024")]
    Width {
        /// The width.
        width: usize,
    },
    /// No layers, or too many.
    #[error("{layers} layers, and there can be 1 to 4")]
    Layers {
        /// Number of layers.
        layers: usize,
    },
    /// Too few tokens to choose from.
    #[error("a vocabulary of {vocabulary} tokens leaves nothing to choose")]
    Vocabulary {
        /// Number of tokens.
        vocabulary: usize,
    },
    /// The masks are for another vocabulary.
    #[error("the masks know {masks} tokens and the network {vocabulary}")]
    Masks {
        /// Tokens of the masks.
        masks: usize,
        /// Tokens of the network.
        vocabulary: usize,
    },
    /// More numbers than can be held.
    #[error("the sizes ask for more than 2^30 numbers")]
    TooLarge,
}

impl Shape {
    /// Numbers that are learned.
    pub fn parameters(&self) -> usize {
        Layout::new(*self).total
    }

    pub(crate) fn check(&self) -> Result<(), ShapeError> {
        if !self.width.is_multiple_of(16) || !(16..=1024).contains(&self.width) {
            return Err(ShapeError::Width { width: self.width });
        }
        if !(1..=4).contains(&self.layers) {
            return Err(ShapeError::Layers { layers: self.layers });
        }
        if self.vocabulary < 2 {
            return Err(ShapeError::Vocabulary { vocabulary: self.vocabulary });
        }
        let rows = self.vocabulary.saturating_mul(2).saturating_add(self.features).saturating_add(self.bag);
        if rows.saturating_mul(self.width) > 1 << 30 {
            return Err(ShapeError::TooLarge);
        }
        Ok(())
    }
}

/// Where the arrays of one recurrent layer stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    /// Gain and bias of the layer norm before it.
    pub(crate) norm: [Range<usize>; 2],
    /// `[width, 3 width]`: reset, update, candidate.
    pub(crate) input: Range<usize>,
    /// `[width, 3 width]`.
    pub(crate) recurrent: Range<usize>,
    /// Three biases.
    pub(crate) bias: Range<usize>,
    /// The bias of the state's part of the candidate.
    pub(crate) candidate: Range<usize>,
}

/// Where each array stands in the one list of all numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    /// `[vocabulary, width]`.
    pub(crate) embedding: Range<usize>,
    /// `[features, width]`.
    pub(crate) mix: Range<usize>,
    /// Bias of the input.
    pub(crate) mix_bias: Range<usize>,
    /// `[bag, width]`.
    pub(crate) bag: Range<usize>,
    /// One per recurrent layer.
    pub(crate) layers: Vec<Layer>,
    /// Gain and bias of the last layer norm.
    pub(crate) norm: [Range<usize>; 2],
    /// `[vocabulary, width]`; the embedding when tied.
    pub(crate) output: Range<usize>,
    /// One per token.
    pub(crate) output_bias: Range<usize>,
    /// Length of the list.
    pub(crate) total: usize,
}

/// An array of a network: its name, where it stands, its sizes, and whether decay pulls it to 0.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    pub(crate) name: String,
    pub(crate) at: Range<usize>,
    pub(crate) sizes: Vec<usize>,
    pub(crate) decays: bool,
}

impl Layout {
    pub(crate) fn new(shape: Shape) -> Self {
        let width = shape.width;
        let mut total = 0;
        let mut take = |length: usize| {
            total += length;
            total - length..total
        };
        let embedding = take(shape.vocabulary * width);
        let mix = take(shape.features * width);
        let mix_bias = take(width);
        let bag = take(shape.bag * width);
        let layers = (0..shape.layers)
            .map(|_| Layer {
                norm: [take(width), take(width)],
                input: take(width * 3 * width),
                recurrent: take(width * 3 * width),
                bias: take(3 * width),
                candidate: take(width),
            })
            .collect();
        let norm = [take(width), take(width)];
        let output = match shape.output {
            Output::Tied => embedding.clone(),
            Output::Own => take(shape.vocabulary * width),
        };
        let output_bias = take(shape.vocabulary);
        Self { embedding, mix, mix_bias, bag, layers, norm, output, output_bias, total }
    }

    /// All arrays, each once, in the order in which they stand.
    pub(crate) fn arrays(&self, shape: Shape) -> Vec<Array> {
        let width = shape.width;
        let mut arrays = Vec::new();
        let mut add = |name: &str, at: &Range<usize>, sizes: &[usize], decays: bool| {
            arrays.push(Array { name: name.into(), at: at.clone(), sizes: sizes.to_vec(), decays });
        };
        add("embedding", &self.embedding, &[shape.vocabulary, width], true);
        add("mix", &self.mix, &[shape.features, width], true);
        add("mix.bias", &self.mix_bias, &[width], false);
        add("bag", &self.bag, &[shape.bag, width], true);
        for (number, layer) in self.layers.iter().enumerate() {
            let mut add = |name: &str, at: &Range<usize>, sizes: &[usize], decays: bool| {
                add(&format!("layer.{number}.{name}"), at, sizes, decays);
            };
            add("norm.gain", &layer.norm[0], &[width], false);
            add("norm.bias", &layer.norm[1], &[width], false);
            add("input", &layer.input, &[width, 3 * width], true);
            add("recurrent", &layer.recurrent, &[width, 3 * width], true);
            add("bias", &layer.bias, &[3 * width], false);
            add("candidate.bias", &layer.candidate, &[width], false);
        }
        add("norm.gain", &self.norm[0], &[width], false);
        add("norm.bias", &self.norm[1], &[width], false);
        if shape.output == Output::Own {
            add("output", &self.output, &[shape.vocabulary, width], true);
        }
        add("output.bias", &self.output_bias, &[shape.vocabulary], false);
        arrays
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(output: Output) -> Shape {
        Shape { vocabulary: 50, features: 3, bag: 7, width: 32, layers: 2, output }
    }

    #[test]
    fn arrays_fill_the_list_without_gaps() {
        for output in [Output::Tied, Output::Own] {
            let layout = Layout::new(shape(output));
            let mut end = 0;
            for array in layout.arrays(shape(output)) {
                assert_eq!(array.at.start, end, "{}", array.name);
                assert_eq!(array.at.len(), array.sizes.iter().product::<usize>(), "{}", array.name);
                end = array.at.end;
            }
            assert_eq!(end, layout.total);
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let good = shape(Output::Own);
        assert_eq!(good.check(), Ok(()));
        assert_eq!(Shape { width: 24, ..good }.check(), Err(ShapeError::Width { width: 24 }));
        assert_eq!(Shape { layers: 0, ..good }.check(), Err(ShapeError::Layers { layers: 0 }));
        assert_eq!(Shape { vocabulary: 1, ..good }.check(), Err(ShapeError::Vocabulary { vocabulary: 1 }));
        assert_eq!(Shape { bag: usize::MAX, ..good }.check(), Err(ShapeError::TooLarge));
    }
}
