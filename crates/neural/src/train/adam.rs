//! How do weights follow a gradient?

use crate::network::Network;
use crate::shape::Array;
use rayon::prelude::*;

/// Share of the old mean gradient that is kept.
const MEAN: f64 = 0.9;
/// Share of the old mean square that is kept: shorter than the usual 0.999, since runs are short.
const SQUARE: f64 = 0.99;
/// What keeps a step finite where no gradient was seen.
const SMALL: f32 = 1e-8;
/// Weights per unit of parallel work.
const PIECE: usize = 1 << 14;

/// AdamW: steps of equal size in all weights, and decay that does not pass through the gradient.
///
/// # Source
/// Loshchilov and Hutter 2019, arXiv 1711.05101, as `torch.optim.AdamW` has it.
#[derive(Clone, Debug)]
pub(super) struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    /// Products of the shares kept so far.
    kept: [f64; 2],
    arrays: Vec<Array>,
}

impl Adam {
    pub(super) fn new(network: &Network) -> Self {
        Self {
            mean: vec![0.0; network.weights.len()],
            square: vec![0.0; network.weights.len()],
            kept: [1.0; 2],
            arrays: network.layout.arrays(network.shape),
        }
    }

    /// One step of size `rate` against `gradient` times `scale`.
    pub(super) fn step(&mut self, weights: &mut [f32], gradient: &[f32], scale: f32, rate: f64, decay: f64) {
        self.kept[0] *= MEAN;
        self.kept[1] *= SQUARE;
        let step = (rate / (1.0 - self.kept[0])) as f32;
        let root = (1.0 / (1.0 - self.kept[1])).sqrt() as f32;
        let (mean_kept, square_kept) = (MEAN as f32, SQUARE as f32);
        let (mean_new, square_new) = (1.0 - MEAN as f32, 1.0 - SQUARE as f32);
        for array in &self.arrays {
            let keep = if array.decays { (1.0 - rate * decay) as f32 } else { 1.0 };
            let at = array.at.clone();
            weights[at.clone()]
                .par_chunks_mut(PIECE)
                .zip(gradient[at.clone()].par_chunks(PIECE))
                .zip(self.mean[at.clone()].par_chunks_mut(PIECE))
                .zip(self.square[at].par_chunks_mut(PIECE))
                .for_each(|(((weights, gradient), mean), square)| {
                    let moments = mean.iter_mut().zip(square);
                    for ((weight, g), (mean, square)) in weights.iter_mut().zip(gradient).zip(moments) {
                        let g = g * scale;
                        *mean = mean_kept * *mean + mean_new * g;
                        *square = square_kept * *square + square_new * g * g;
                        *weight = keep * *weight - step * *mean / (square.sqrt() * root + SMALL);
                    }
                });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_torch() {
        let mut adam = Adam {
            mean: vec![0.0; 5],
            square: vec![0.0; 5],
            kept: [1.0; 2],
            arrays: vec![Array { name: "all".into(), at: 0..5, sizes: vec![5], decays: true }],
        };
        let mut weights: Vec<f32> = (0..5).map(|i| (i as f32 + 1.0).sin()).collect();
        for t in 0..4 {
            let gradient: Vec<f32> =
                (0..5).map(|i| ((i as f32) * (t as f32 + 1.0)).cos() * 10.0_f32.powi(-i)).collect();
            adam.step(&mut weights, &gradient, 1.0, 0.003, 0.02);
        }
        // Origin: bench/neural_reference.py, torch.optim.AdamW 2.15.0 in double precision.
        let want = [0.829_270_13, 0.909_218_69, 0.147_151_37, -0.752_823_69, -0.952_612_90];
        for (got, want) in weights.iter().zip(want) {
            assert!((f64::from(*got) - want).abs() < 5e-7, "{got}, want {want}: rounding of 24 bits");
        }
    }
}
