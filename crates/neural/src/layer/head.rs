//! How likely is the next token, and what would have made it likelier?

use crate::data::{Base, Chunk, NOTHING};
use crate::lanes::{Columns, add, multiply, softmax};
use crate::network::{ClassPacks, Network};

/// Most rows of one class that are worked on at once: bounds memory, and is enough for products to be fast.
const BLOCK: usize = 96;

/// Surprise of some choices.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Loss {
    /// Sum of minus the logarithms of the chances of what came.
    pub(crate) nats: f64,
    /// How many choices there were.
    pub(crate) choices: usize,
}

impl Loss {
    pub(crate) fn add(&mut self, other: Self) {
        self.nats += other.nats;
        self.choices += other.choices;
    }
}

/// Logits of allowed tokens only: rows are sorted by class, and each class has a matrix of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    order: Vec<(u16, usize)>,
    rows: Vec<f32>,
    logits: Vec<f32>,
    back: Vec<f32>,
    gradient: Vec<f32>,
    columns: Columns,
}

/// Logits of rows of one class: bias + product, then the base; `logits` gets `packs.columns.wide()` per row.
pub(crate) fn class_logits<'a>(
    packs: &ClassPacks,
    tokens: &[u32],
    base: Option<&dyn Base>,
    contexts: impl Iterator<Item = (u64, &'a [u32])>,
    rows: &[f32],
    logits: &mut Vec<f32>,
) {
    let wide = packs.columns.wide();
    logits.clear();
    let n = rows.len() / packs.width;
    for _ in 0..n {
        logits.extend_from_slice(&packs.bias);
    }
    multiply(rows, &packs.columns, logits);
    if let Some(base) = base {
        for (row, (context, memory)) in logits.chunks_exact_mut(wide).zip(contexts) {
            base.add_logits(context, memory, tokens, &mut row[..tokens.len()]);
        }
    }
}

impl Head {
    /// The surprise at the targets of `chunk` given the normalised rows.
    ///
    /// With `learn`, each choice counts `scale`: gradients are added to `gradient`, and `rows_gradient` gets those of the
    /// rows, 0 where nothing was to be chosen.
    pub(crate) fn run(
        &mut self,
        network: &Network,
        packs: &[ClassPacks],
        base: Option<&dyn Base>,
        chunk: &Chunk,
        rows: &[f32],
        mut learn: Option<Learn<'_>>,
    ) -> Loss {
        let width = network.shape.width;
        let mut loss = Loss::default();
        if let Some(learn) = &mut learn {
            learn.rows_gradient.clear();
            learn.rows_gradient.resize(rows.len(), 0.0);
        }
        self.order.clear();
        self.order.extend(
            (0..chunk.rows())
                .filter(|&row| chunk.targets[row] != NOTHING)
                .map(|row| (chunk.masks[row], row))
                .filter(|&(class, _)| network.masks.allowed(class).len() > 1),
        );
        self.order.sort_unstable();
        let order = std::mem::take(&mut self.order);
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let class = group[0].0;
            let (tokens, packs) = (network.masks.allowed(class), &packs[usize::from(class)]);
            let padded = packs.columns.wide();
            self.gradient.clear();
            self.gradient.resize(if learn.is_some() { padded * width } else { 0 }, 0.0);
            for block in group.chunks(BLOCK) {
                self.rows.clear();
                for &(_, row) in block {
                    self.rows.extend_from_slice(&rows[row * width..][..width]);
                }
                let contexts = block.iter().map(|&(_, row)| (chunk.contexts[row], chunk.memory(row)));
                class_logits(packs, tokens, base, contexts, &self.rows, &mut self.logits);
                for (logits, &(_, row)) in self.logits.chunks_exact_mut(padded).zip(block) {
                    // The target is allowed: the data were checked.
                    let Ok(place) = tokens.binary_search(&chunk.targets[row]) else { continue };
                    let target = f64::from(logits[place]);
                    loss.nats += softmax(logits) - target;
                    loss.choices += 1;
                    if let Some(learn) = &learn {
                        logits[place] -= 1.0;
                        for x in logits {
                            *x *= learn.scale;
                        }
                    }
                }
                if let Some(learn) = &mut learn {
                    self.columns.multiply(&self.logits, padded, &self.rows, width, &mut self.gradient);
                    let bias = &mut learn.gradient[network.layout.output_bias.clone()];
                    for logits in self.logits.chunks_exact(padded) {
                        for (&token, d) in tokens.iter().zip(logits) {
                            bias[token as usize] += d;
                        }
                    }
                    self.back.clear();
                    self.back.resize(self.rows.len(), 0.0);
                    multiply(&self.logits, &packs.rows, &mut self.back);
                    for (&(_, row), back) in block.iter().zip(self.back.chunks_exact(width)) {
                        learn.rows_gradient[row * width..][..width].copy_from_slice(back);
                    }
                }
            }
            if let Some(learn) = &mut learn {
                let output = &mut learn.gradient[network.layout.output.clone()];
                for (&token, d) in tokens.iter().zip(self.gradient.chunks_exact(width)) {
                    add(&mut output[token as usize * width..][..width], d);
                }
            }
        }
        self.order = order;
        loss
    }
}

/// Where gradients of the head go.
pub(crate) struct Learn<'a> {
    /// What one choice counts.
    pub(crate) scale: f32,
    /// Of all that is learned.
    pub(crate) gradient: &'a mut [f32],
    /// Of the normalised rows.
    pub(crate) rows_gradient: &'a mut Vec<f32>,
}
