//! What may come next, and how likely is each, for many sequences side by side?

use super::scribe::Scribe;
use crate::data::{DataError, Step, check_step};
use crate::lanes::{add, add_scaled, multiply};
use crate::layer::{advance, class_logits, norm_row};

/// The states of some sequences that are being written, each in a lane of its own.
///
/// What a lane is told depends on its own steps alone, to the bit: not on other lanes, nor on how many there are.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    scribe: &'a Scribe<'a>,
    /// Per layer, `[lanes, width]`.
    states: Vec<Vec<f32>>,
    /// `[lanes, width]`: the sum of what is in each bag.
    bags: Vec<f32>,
    rows: Rows,
    choices: Choices<'a>,
}

/// Rows of the lanes that are asked.
#[derive(Clone, Debug, Default)]
struct Rows {
    input: Vec<f32>,
    features: Vec<f32>,
    plain: Vec<f32>,
    normed: Vec<f32>,
    gates: Vec<f32>,
    wide: Vec<f32>,
    candidate: Vec<f32>,
    past: Vec<f32>,
    state: Vec<f32>,
    order: Vec<(u16, usize)>,
    some: Vec<f32>,
    logits: Vec<f32>,
}

/// The allowed tokens of each sequence that was asked, and their logits.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    scribe: &'a Scribe<'a>,
    /// Class, and where the logits start.
    places: Vec<(u16, usize)>,
    logits: Vec<f32>,
}

impl Choices<'_> {
    /// Tokens, ascending, and logits of the sequence that was asked at place `asked`.
    ///
    /// Chances are the softmax of the logits; set one to minus infinity to forbid it.
    ///
    /// # Panics
    /// When fewer were asked.
    pub fn get(&mut self, asked: usize) -> (&[u32], &mut [f32]) {
        let (class, from) = self.places[asked];
        let tokens = self.scribe.network.masks.allowed(class);
        (tokens, &mut self.logits[from..from + tokens.len()])
    }
}

impl<'a> Decoder<'a> {
    pub(super) fn new(scribe: &'a Scribe<'a>, lanes: usize) -> Self {
        let shape = scribe.network.shape;
        Self {
            scribe,
            states: vec![vec![0.0; lanes * shape.width]; shape.layers],
            bags: vec![0.0; lanes * shape.width],
            rows: Rows::default(),
            choices: Choices { scribe, places: Vec::new(), logits: Vec::new() },
        }
    }

    /// Number of lanes.
    pub fn lanes(&self) -> usize {
        self.bags.len() / self.scribe.network.shape.width
    }

    /// Lets a new sequence start in `lane`.
    ///
    /// # Panics
    /// When there is no such lane.
    pub fn restart(&mut self, lane: usize) {
        let width = self.scribe.network.shape.width;
        for state in self.states.iter_mut().chain([&mut self.bags]) {
            state[lane * width..][..width].fill(0.0);
        }
    }

    /// Takes one step in each of the lanes named, at most one per lane, and says what may come next there.
    ///
    /// # Errors
    /// [`DataError`] when a step does not fit the network, with the place among `asked` as its sequence; nothing was
    /// done then.
    ///
    /// # Panics
    /// When there is no such lane.
    pub fn step(&mut self, asked: &[(usize, Step<'_>)]) -> Result<&mut Choices<'a>, DataError> {
        let network = self.scribe.network;
        for (at, (_, step)) in asked.iter().enumerate() {
            check_step(step, network.shape, &network.masks, at, 0)?;
        }
        self.input(asked);
        self.layers(asked);
        self.head(asked);
        Ok(&mut self.choices)
    }

    fn input(&mut self, asked: &[(usize, Step<'_>)]) {
        let (network, rows) = (self.scribe.network, &mut self.rows);
        let (layout, width) = (&network.layout, network.shape.width);
        let embedding = &network.weights[layout.embedding.clone()];
        let table = &network.weights[layout.bag.clone()];
        rows.input.clear();
        rows.features.clear();
        for (_, step) in asked {
            let start = rows.input.len();
            rows.input.extend_from_slice(&embedding[step.token as usize * width..][..width]);
            add(&mut rows.input[start..], &network.weights[layout.mix_bias.clone()]);
            rows.features.extend_from_slice(step.features);
        }
        multiply(&rows.features, &self.scribe.packs.mix, &mut rows.input);
        if network.shape.bag > 0 {
            for ((lane, step), row) in asked.iter().zip(rows.input.chunks_exact_mut(width)) {
                let bag = &mut self.bags[lane * width..][..width];
                for &(id, weight) in step.bag {
                    add_scaled(bag, weight, &table[id as usize * width..][..width]);
                }
                add(row, bag);
            }
        }
    }

    fn layers(&mut self, asked: &[(usize, Step<'_>)]) {
        let (network, rows) = (self.scribe.network, &mut self.rows);
        let (weights, width) = (&network.weights, network.shape.width);
        let n = asked.len();
        rows.plain.resize(width, 0.0);
        for size in [&mut rows.normed, &mut rows.candidate, &mut rows.state] {
            size.resize(n * width, 0.0);
        }
        rows.wide.resize(n * 3 * width, 0.0);
        for ((layer, packs), states) in
            network.layout.layers.iter().zip(&self.scribe.packs.layers).zip(&mut self.states)
        {
            let (gain, bias) = (&weights[layer.norm[0].clone()], &weights[layer.norm[1].clone()]);
            for (row, out) in rows.input.chunks_exact(width).zip(rows.normed.chunks_exact_mut(width)) {
                norm_row(row, gain, bias, &mut rows.plain, out);
            }
            rows.gates.clear();
            rows.past.clear();
            for (lane, _) in asked {
                rows.gates.extend_from_slice(&weights[layer.bias.clone()]);
                rows.past.extend_from_slice(&states[lane * width..][..width]);
            }
            multiply(&rows.normed, &packs.input, &mut rows.gates);
            advance(
                packs,
                &weights[layer.candidate.clone()],
                &mut rows.gates,
                &mut rows.wide,
                &mut rows.candidate,
                &rows.past,
                &mut rows.state,
            );
            for ((lane, _), state) in asked.iter().zip(rows.state.chunks_exact(width)) {
                states[lane * width..][..width].copy_from_slice(state);
            }
            add(&mut rows.input, &rows.state);
        }
        let norm = &network.layout.norm;
        let (gain, bias) = (&weights[norm[0].clone()], &weights[norm[1].clone()]);
        for (row, out) in rows.input.chunks_exact(width).zip(rows.normed.chunks_exact_mut(width)) {
            norm_row(row, gain, bias, &mut rows.plain, out);
        }
    }

    fn head(&mut self, asked: &[(usize, Step<'_>)]) {
        let (network, rows, choices) = (self.scribe.network, &mut self.rows, &mut self.choices);
        let width = network.shape.width;
        rows.order.clear();
        rows.order.extend(asked.iter().enumerate().map(|(at, (_, step))| (step.mask, at)));
        rows.order.sort_unstable();
        choices.logits.clear();
        choices.places.clear();
        choices.places.resize(asked.len(), (0, 0));
        for group in rows.order.chunk_by(|a, b| a.0 == b.0) {
            let class = group[0].0;
            let tokens = network.masks.allowed(class);
            if tokens.len() == 1 {
                for &(_, at) in group {
                    choices.places[at] = (class, choices.logits.len());
                    choices.logits.push(0.0);
                }
                continue;
            }
            rows.some.clear();
            for &(_, at) in group {
                rows.some.extend_from_slice(&rows.normed[at * width..][..width]);
            }
            let packs = &self.scribe.packs.classes[usize::from(class)];
            let contexts = group.iter().map(|&(_, at)| (asked[at].1.context, asked[at].1.memory));
            class_logits(packs, tokens, self.scribe.base, contexts, &rows.some, &mut rows.logits);
            for (&(_, at), logits) in group.iter().zip(rows.logits.chunks_exact(packs.columns.wide())) {
                choices.places[at] = (class, choices.logits.len());
                choices.logits.extend_from_slice(&logits[..tokens.len()]);
            }
        }
    }
}
