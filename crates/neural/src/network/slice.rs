//! How do some lanes of sequences go through the network, and gradients back?
//!
//! A slice is what one thread works on. There are as many as the settings say, whatever the number of threads, and sums
//! over slices are taken in order.

use super::{Network, Packs};
use crate::data::{Base, Chunk};
use crate::layer::{Bags, Dropout, Head, Input, Learn, Loss, Norm, Recurrent, Scratch};
use verosim_core::Seeded;

/// Lanes with their states, and all memory that a chunk of them needs.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(crate) chunk: Chunk,
    bags: Bags,
    /// One state per lane and layer.
    carried: Vec<Vec<f32>>,
    input: Input,
    layers: Vec<Recurrent>,
    norm: Norm,
    head: Head,
    rows: Vec<f32>,
    rows_gradient: Vec<f32>,
    scratch: Scratch,
    /// Of all that is learned; empty until something is.
    pub(crate) gradient: Vec<f32>,
}

/// How a chunk is learned from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Learning {
    /// What one choice counts.
    pub(crate) scale: f32,
    /// Share of numbers left out.
    pub(crate) dropout: f64,
    /// Which ones.
    pub(crate) seed: Seeded,
}

impl Slice {
    pub(crate) fn new(network: &Network, lanes: usize) -> Self {
        let shape = network.shape;
        Self {
            chunk: Chunk::default(),
            bags: Bags::new(lanes),
            carried: vec![vec![0.0; lanes * shape.width]; shape.layers],
            input: Input::default(),
            layers: vec![Recurrent::default(); shape.layers],
            norm: Norm::default(),
            head: Head::default(),
            rows: Vec::new(),
            rows_gradient: Vec::new(),
            scratch: Scratch::default(),
            gradient: Vec::new(),
        }
    }

    /// Number of lanes.
    pub(crate) fn lanes(&self) -> usize {
        self.bags.lanes()
    }

    /// Takes the chunk through the network, and gradients back when there is something to learn.
    pub(crate) fn run(
        &mut self,
        network: &Network,
        packs: &Packs,
        base: Option<&dyn Base>,
        learning: Option<Learning>,
    ) -> Loss {
        let drop = |site: usize| {
            learning.and_then(|learning| Dropout::new(learning.dropout, learning.seed.split_at(site as u64)))
        };
        let (weights, layout) = (&network.weights, &network.layout);
        let width = network.shape.width;
        let chunk = &self.chunk;
        self.input.forward(network, &packs.mix, chunk, &self.bags, &mut self.rows);
        apply(drop(0), &mut self.rows, width);
        for (at, layer) in self.layers.iter_mut().enumerate() {
            layer.forward(
                (weights, &layout.layers[at], &packs.layers[at]),
                chunk,
                drop(1 + at),
                &mut self.carried[at],
                &mut self.rows,
                &mut self.scratch,
            );
        }
        let gain = &weights[layout.norm[0].clone()];
        self.norm.forward(&self.rows, gain, &weights[layout.norm[1].clone()]);
        let Some(learning) = learning else {
            let loss = self.head.run(network, &packs.classes, base, chunk, &self.norm.out, None);
            self.bags.advance(chunk);
            return loss;
        };
        self.gradient.clear();
        self.gradient.resize(weights.len(), 0.0);
        let learn = Learn {
            scale: learning.scale,
            gradient: &mut self.gradient,
            rows_gradient: &mut self.rows_gradient,
        };
        let loss = self.head.run(network, &packs.classes, base, chunk, &self.norm.out, Some(learn));
        let (norm_gain, norm_bias) =
            self.gradient[layout.norm[0].start..layout.norm[1].end].split_at_mut(width);
        self.rows.fill(0.0);
        self.norm.backward(&mut self.rows_gradient, gain, &mut self.rows, norm_gain, norm_bias);
        for (at, layer) in self.layers.iter_mut().enumerate().rev() {
            layer.backward(
                (weights, &layout.layers[at], &packs.layers[at]),
                chunk,
                drop(1 + at),
                &mut self.rows,
                &mut self.gradient,
                &mut self.scratch,
            );
        }
        apply(drop(0), &mut self.rows, width);
        self.input.backward(
            network,
            chunk,
            &self.bags,
            &self.rows,
            &mut self.scratch.columns,
            &mut self.gradient,
        );
        self.bags.advance(chunk);
        loss
    }
}

fn apply(dropout: Option<Dropout>, rows: &mut [f32], width: usize) {
    if let Some(dropout) = dropout {
        for (at, row) in rows.chunks_exact_mut(width).enumerate() {
            dropout.apply(at, row);
        }
    }
}
