//! What does a step look like to the recurrent layers?

use super::add_rows;
use crate::data::Chunk;
use crate::lanes::{Columns, Packed, add, add_scaled, multiply};
use crate::network::Network;

/// What each lane's bag holds, as a list of what entered it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bags {
    held: Vec<Vec<(u32, f32)>>,
}

impl Bags {
    pub(crate) fn new(lanes: usize) -> Self {
        Self { held: vec![Vec::new(); lanes] }
    }

    pub(crate) fn lanes(&self) -> usize {
        self.held.len()
    }

    /// Adds what the chunk put into the bags.
    pub(crate) fn advance(&mut self, chunk: &Chunk) {
        for (lane, held) in self.held.iter_mut().enumerate() {
            let before = held.len();
            for row in (lane..chunk.rows()).step_by(chunk.lanes) {
                if chunk.starts[row] {
                    held.clear();
                }
                held.extend_from_slice(chunk.entering(row));
            }
            if held.len() > before {
                merge(held);
            }
        }
    }
}

/// One entry per thing; what was taken out again is gone.
fn merge(held: &mut Vec<(u32, f32)>) {
    held.sort_by_key(|&(id, _)| id);
    held.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    held.retain(|&(_, weight)| weight != 0.0);
}

/// The input of a chunk: embedding of the token + features in a linear map + sum of what is in the bag.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    sum: Vec<f32>,
}

impl Input {
    /// Writes the input of every row into `rows`.
    pub(crate) fn forward(
        &mut self,
        network: &Network,
        mix: &Packed,
        chunk: &Chunk,
        bags: &Bags,
        rows: &mut Vec<f32>,
    ) {
        let (shape, layout) = (network.shape, &network.layout);
        let width = shape.width;
        rows.clear();
        for &token in &chunk.tokens {
            let start = rows.len();
            rows.extend_from_slice(
                &network.weights[layout.embedding.clone()][token as usize * width..][..width],
            );
            add(&mut rows[start..], &network.weights[layout.mix_bias.clone()]);
        }
        if shape.features > 0 {
            multiply(&chunk.features, mix, rows);
        }
        if shape.bag == 0 {
            return;
        }
        let table = &network.weights[layout.bag.clone()];
        for (lane, held) in bags.held.iter().enumerate() {
            self.sum.clear();
            self.sum.resize(width, 0.0);
            for &(id, weight) in held {
                add_scaled(&mut self.sum, weight, &table[id as usize * width..][..width]);
            }
            for row in (lane..chunk.rows()).step_by(chunk.lanes) {
                if chunk.starts[row] {
                    self.sum.fill(0.0);
                }
                for &(id, weight) in chunk.entering(row) {
                    add_scaled(&mut self.sum, weight, &table[id as usize * width..][..width]);
                }
                add(&mut rows[row * width..][..width], &self.sum);
            }
        }
    }

    /// Adds to `gradient` what the gradient of the rows, `rows`, asks for.
    pub(crate) fn backward(
        &mut self,
        network: &Network,
        chunk: &Chunk,
        bags: &Bags,
        rows: &[f32],
        columns: &mut Columns,
        gradient: &mut [f32],
    ) {
        let (shape, layout) = (network.shape, &network.layout);
        let width = shape.width;
        let embedding = &mut gradient[layout.embedding.clone()];
        for (&token, row) in chunk.tokens.iter().zip(rows.chunks_exact(width)) {
            add(&mut embedding[token as usize * width..][..width], row);
        }
        add_rows(&mut gradient[layout.mix_bias.clone()], rows);
        columns.multiply(&chunk.features, shape.features, rows, width, &mut gradient[layout.mix.clone()]);
        if shape.bag == 0 {
            return;
        }
        // What entered at a step was there at all later ones of its sequence: its gradient is the sum of theirs.
        let table = &mut gradient[layout.bag.clone()];
        for (lane, held) in bags.held.iter().enumerate() {
            self.sum.clear();
            self.sum.resize(width, 0.0);
            for row in (lane..chunk.rows()).step_by(chunk.lanes).rev() {
                add(&mut self.sum, &rows[row * width..][..width]);
                for &(id, weight) in chunk.entering(row) {
                    add_scaled(&mut table[id as usize * width..][..width], weight, &self.sum);
                }
                if chunk.starts[row] {
                    self.sum.fill(0.0);
                }
            }
            for &(id, weight) in held {
                add_scaled(&mut table[id as usize * width..][..width], weight, &self.sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_is_gone() {
        let mut held = vec![(3, 1.0), (1, 1.0), (3, -1.0), (1, 0.5)];
        merge(&mut held);
        assert_eq!(held, [(1, 1.5)]);
    }
}
