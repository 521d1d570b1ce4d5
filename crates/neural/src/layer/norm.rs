//! How are rows brought to mean 0 and deviation 1, and how does a gradient pass back through that?

use super::add_rows;
use crate::lanes::{dot, sum};

/// What keeps a constant row finite, as in `torch.nn.LayerNorm`.
const SMALL: f32 = 1e-5;

/// Layer norm of many rows, with what the way back needs.
///
/// # Source
/// Ba, Kiros and Hinton 2016, arXiv 1607.06450.
#[derive(Clone, Debug, Default)]
pub(crate) struct Norm {
    /// Rows before gain and bias.
    plain: Vec<f32>,
    /// One over the deviation of each row.
    inverse: Vec<f32>,
    /// The result.
    pub(crate) out: Vec<f32>,
}

/// Layer norm of one row: `plain` gets mean 0 and deviation 1, `out` gain and bias too. Returns one over the deviation.
pub(crate) fn norm_row(row: &[f32], gain: &[f32], bias: &[f32], plain: &mut [f32], out: &mut [f32]) -> f32 {
    let share = 1.0 / row.len() as f32;
    let mean = sum(row) * share;
    for (plain, x) in plain.iter_mut().zip(row) {
        *plain = x - mean;
    }
    let inverse = 1.0 / (dot(plain, plain) * share + SMALL).sqrt();
    for ((plain, out), (gain, bias)) in plain.iter_mut().zip(out).zip(gain.iter().zip(bias)) {
        *plain *= inverse;
        *out = *plain * gain + bias;
    }
    inverse
}

impl Norm {
    /// Normalises each row of `rows`.
    pub(crate) fn forward(&mut self, rows: &[f32], gain: &[f32], bias: &[f32]) {
        let width = gain.len();
        self.plain.resize(rows.len(), 0.0);
        self.out.resize(rows.len(), 0.0);
        self.inverse.clear();
        let places = self.plain.chunks_exact_mut(width).zip(self.out.chunks_exact_mut(width));
        for (row, (plain, out)) in rows.chunks_exact(width).zip(places) {
            self.inverse.push(norm_row(row, gain, bias, plain, out));
        }
    }

    /// Adds to `into` the gradient of the rows, given that of the result, which is used up; and to the gradients of gain
    /// and bias.
    pub(crate) fn backward(
        &self,
        result: &mut [f32],
        gain: &[f32],
        into: &mut [f32],
        gain_gradient: &mut [f32],
        bias_gradient: &mut [f32],
    ) {
        let width = gain.len();
        let share = 1.0 / width as f32;
        add_rows(bias_gradient, result);
        let rows = result.chunks_exact_mut(width).zip(self.plain.chunks_exact(width));
        for ((row, plain), (into, inverse)) in rows.zip(into.chunks_exact_mut(width).zip(&self.inverse)) {
            for ((d, x), (gain, total)) in
                row.iter_mut().zip(plain).zip(gain.iter().zip(gain_gradient.iter_mut()))
            {
                *total += *d * x;
                *d *= gain;
            }
            let mean = sum(row) * share;
            let slope = dot(row, plain) * share;
            for ((into, d), x) in into.iter_mut().zip(row.iter()).zip(plain) {
                *into += inverse * (d - mean - x * slope);
            }
        }
    }
}
