//! How do weights stand in memory while products are taken with them?

use super::Network;
use crate::lanes::Packed;
use rayon::prelude::*;

/// Matrices of one recurrent layer.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerPacks {
    pub(crate) input: Packed,
    pub(crate) recurrent: Packed,
    pub(crate) input_back: Packed,
    pub(crate) recurrent_back: Packed,
}

/// The output for the tokens of one mask class.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassPacks {
    pub(crate) width: usize,
    /// Minus infinity past the last token, up to a multiple of 16.
    pub(crate) bias: Vec<f32>,
    pub(crate) columns: Packed,
    pub(crate) rows: Packed,
}

/// All weights that products are taken with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packs {
    pub(crate) mix: Packed,
    pub(crate) layers: Vec<LayerPacks>,
    pub(crate) classes: Vec<ClassPacks>,
}

impl Packs {
    /// Takes the weights of `network`; of the output, the classes that `used` names. `back` asks for the way back too.
    pub(crate) fn fill(&mut self, network: &Network, used: &[bool], back: bool) {
        let (shape, layout) = (network.shape, &network.layout);
        let width = shape.width;
        let weights = &network.weights;
        self.mix.rows(&weights[layout.mix.clone()], shape.features, width);
        self.layers.resize(shape.layers, LayerPacks::default());
        for (packs, layer) in self.layers.iter_mut().zip(&layout.layers) {
            let (input, recurrent) = (&weights[layer.input.clone()], &weights[layer.recurrent.clone()]);
            packs.input.rows(input, width, 3 * width);
            packs.recurrent.rows(recurrent, width, 3 * width);
            if back {
                packs.input_back.transposed(input, width, 3 * width);
                packs.recurrent_back.transposed(recurrent, width, 3 * width);
            }
        }
        let (output, bias) = (&weights[layout.output.clone()], &weights[layout.output_bias.clone()]);
        self.classes.resize(network.masks.classes(), ClassPacks::default());
        self.classes.par_iter_mut().enumerate().for_each(|(class, packs)| {
            let tokens = network.masks.allowed(class as u16);
            if !used[class] || tokens.len() < 2 {
                return;
            }
            packs.width = width;
            packs.columns.gathered_columns(output, width, tokens);
            packs.bias.clear();
            packs.bias.extend(tokens.iter().map(|&token| bias[token as usize]));
            packs.bias.resize(packs.columns.wide(), f32::NEG_INFINITY);
            if back {
                packs.rows.gathered_rows(output, width, tokens);
            }
        });
    }
}
