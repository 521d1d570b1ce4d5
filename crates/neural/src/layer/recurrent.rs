//! How does a gated recurrent unit go through a chunk, and its gradient back?

use super::{Dropout, Norm, add_rows};
use crate::data::Chunk;
use crate::lanes::{Columns, Gates, add, gates, multiply};
use crate::network::LayerPacks;
use crate::shape::Layer;

/// One layer's memory of a chunk: rows <- rows + dropout(unit(norm(rows))).
#[derive(Clone, Debug, Default)]
pub(crate) struct Recurrent {
    norm: Norm,
    /// `[rows, 3 width]`: the gates; on the way back their gradients.
    gates: Vec<f32>,
    /// `[rows, width]`: the state's part of the candidate.
    candidate: Vec<f32>,
    /// `[rows + lanes, width]`: the state before each row, 0 where a sequence starts; then those after the chunk.
    past: Vec<f32>,
}

/// What layers share and forget.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    wide: Vec<f32>,
    narrow: Vec<f32>,
    carry: Vec<f32>,
    pub(crate) columns: Columns,
}

/// Takes the states of some rows one step on.
///
/// `gates` holds the input's part with its bias, three widths per row, and `wide` is as long.
pub(crate) fn advance(
    packs: &LayerPacks,
    bias: &[f32],
    gates_of: &mut [f32],
    wide: &mut [f32],
    candidate: &mut [f32],
    past: &[f32],
    state: &mut [f32],
) {
    let width = bias.len();
    wide.fill(0.0);
    multiply(past, &packs.recurrent, wide);
    let rows = gates_of.chunks_exact_mut(3 * width).zip(wide.chunks_exact(3 * width));
    let rows = rows.zip(candidate.chunks_exact_mut(width));
    let states = past.chunks_exact(width).zip(state.chunks_exact_mut(width));
    for (((row, recurrent), candidate), (past, state)) in rows.zip(states) {
        gates(Gates { row, recurrent, bias, candidate, past, state });
    }
}

impl Recurrent {
    /// Takes `rows` through the layer, from the states in `carried`, which become those after the chunk.
    pub(crate) fn forward(
        &mut self,
        (weights, layer, packs): (&[f32], &Layer, &LayerPacks),
        chunk: &Chunk,
        dropout: Option<Dropout>,
        carried: &mut [f32],
        rows: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let bias = &weights[layer.bias.clone()];
        let candidate_bias = &weights[layer.candidate.clone()];
        let width = candidate_bias.len();
        let (n, lanes) = (chunk.rows(), chunk.lanes);
        self.norm.forward(rows, &weights[layer.norm[0].clone()], &weights[layer.norm[1].clone()]);
        self.gates.clear();
        for _ in 0..n {
            self.gates.extend_from_slice(bias);
        }
        multiply(&self.norm.out, &packs.input, &mut self.gates);
        self.candidate.resize(n * width, 0.0);
        self.past.resize((n + lanes) * width, 0.0);
        self.past[..lanes * width].copy_from_slice(carried);
        scratch.wide.resize(lanes * 3 * width, 0.0);
        scratch.narrow.resize(width, 0.0);
        for first in (0..n).step_by(lanes) {
            let (past, state) = self.past[first * width..].split_at_mut(lanes * width);
            for (past, starts) in past.chunks_exact_mut(width).zip(&chunk.starts[first..]) {
                if *starts {
                    past.fill(0.0);
                }
            }
            let state = &mut state[..lanes * width];
            advance(
                packs,
                candidate_bias,
                &mut self.gates[first * 3 * width..][..lanes * 3 * width],
                &mut scratch.wide,
                &mut self.candidate[first * width..][..lanes * width],
                past,
                state,
            );
            for (lane, state) in state.chunks_exact(width).enumerate() {
                let into = &mut rows[(first + lane) * width..][..width];
                match dropout {
                    None => add(into, state),
                    Some(dropout) => {
                        scratch.narrow.copy_from_slice(state);
                        dropout.apply(first + lane, &mut scratch.narrow);
                        add(into, &scratch.narrow);
                    }
                }
            }
        }
        carried.copy_from_slice(&self.past[n * width..]);
    }

    /// Turns the gradient of the rows that came out into that of those that went in, and adds to `gradient`.
    pub(crate) fn backward(
        &mut self,
        (weights, layer, packs): (&[f32], &Layer, &LayerPacks),
        chunk: &Chunk,
        dropout: Option<Dropout>,
        rows: &mut [f32],
        gradient: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let width = layer.candidate.len();
        let (n, lanes) = (chunk.rows(), chunk.lanes);
        scratch.carry.clear();
        scratch.carry.resize(lanes * width, 0.0);
        scratch.wide.resize(n * 3 * width, 0.0);
        scratch.narrow.resize(n * width, 0.0);
        for first in (0..n).step_by(lanes).rev() {
            for lane in 0..lanes {
                let row = first + lane;
                let carry = &mut scratch.carry[lane * width..][..width];
                let coming = &mut scratch.narrow[..width];
                coming.copy_from_slice(&rows[row * width..][..width]);
                if let Some(dropout) = dropout {
                    dropout.apply(row, coming);
                }
                add(carry, coming);
                gates_back(
                    &mut self.gates[row * 3 * width..][..3 * width],
                    &self.candidate[row * width..][..width],
                    &self.past[row * width..][..width],
                    carry,
                    &mut scratch.wide[row * 3 * width..][..3 * width],
                );
            }
            multiply(
                &scratch.wide[first * 3 * width..][..lanes * 3 * width],
                &packs.recurrent_back,
                &mut scratch.carry,
            );
            for (carry, starts) in scratch.carry.chunks_exact_mut(width).zip(&chunk.starts[first..]) {
                if *starts {
                    carry.fill(0.0);
                }
            }
        }
        let columns = &mut scratch.columns;
        let gates = &self.gates;
        let wide = &scratch.wide[..n * 3 * width];
        columns.multiply(&self.norm.out, width, gates, 3 * width, &mut gradient[layer.input.clone()]);
        columns.multiply(
            &self.past[..n * width],
            width,
            wide,
            3 * width,
            &mut gradient[layer.recurrent.clone()],
        );
        add_rows(&mut gradient[layer.bias.clone()], gates);
        let candidate = &mut gradient[layer.candidate.clone()];
        for row in wide.chunks_exact(3 * width) {
            add(candidate, &row[2 * width..]);
        }
        let input = &mut scratch.narrow[..n * width];
        input.fill(0.0);
        multiply(gates, &packs.input_back, input);
        // Gain and bias stand one after the other.
        let (gain, bias) = gradient[layer.norm[0].start..layer.norm[1].end].split_at_mut(width);
        self.norm.backward(input, &weights[layer.norm[0].clone()], rows, gain, bias);
    }
}

/// One row back: `gates` become the gradients of their sums, `recurrent` gets those of the state's part, and `carry`, the
/// gradient of the state after, becomes the direct part of that of the state before.
fn gates_back(gates: &mut [f32], candidate: &[f32], past: &[f32], carry: &mut [f32], recurrent: &mut [f32]) {
    let width = past.len();
    let (reset, rest) = gates.split_at_mut(width);
    let (update, new) = rest.split_at_mut(width);
    let (h_reset, rest) = recurrent.split_at_mut(width);
    let (h_update, h_new) = rest.split_at_mut(width);
    let (candidate, carry) = (&candidate[..width], &mut carry[..width]);
    for i in 0..width {
        let (r, z, n, d) = (reset[i], update[i], new[i], carry[i]);
        let d_new = d * (1.0 - z) * (1.0 - n * n);
        let d_update = d * (past[i] - n) * z * (1.0 - z);
        let d_reset = d_new * candidate[i] * r * (1.0 - r);
        (reset[i], update[i], new[i]) = (d_reset, d_update, d_new);
        (h_reset[i], h_update[i], h_new[i]) = (d_reset, d_update, d_new * r);
        carry[i] = d * z;
    }
}
