//! Where may a cell move to, and how far?

use crate::scale::Scale;
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};
use verosim_data::{ColumnDomain, Token};
use verosim_math::stats::{normal_quantile, normal_share};

/// How cells of one column are moved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kernel {
    /// Chance that a cell is drawn anew from the whole column: the kernel of levels and kinds of missing.
    pub(super) anew: f64,
    /// Correlation of a value's normal score before and after: the kernel of values that have an order. The width is
    /// `√(1 - keep²)` of a standard deviation.
    pub(super) keep: f64,
}

/// What a kernel moves a cell over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ground {
    /// Values in their order; `None` for levels without one.
    scale: Option<Scale>,
    /// Rows up to and with each token.
    running: Vec<u64>,
    continuous: Option<u32>,
    /// Whether there are kinds of missing, levels, or values and another kind of cell.
    has_kinds: bool,
    n_ranks: f32,
}

impl Ground {
    pub(super) fn new(domain: &ColumnDomain, counts: &[u64]) -> Self {
        let is_kind = |token: &Token| matches!(token, Token::Missing(_) | Token::Equal(_));
        let present = || counts.iter().zip(&domain.tokens).filter(|(count, _)| **count > 0);
        let kinds = present().filter(|(_, token)| !domain.ordered || is_kind(token)).count();
        let values = present().any(|(_, token)| domain.ordered && !is_kind(token));
        Self {
            scale: domain.ordered.then(|| Scale::ordered(domain, counts)),
            running: counts
                .iter()
                .scan(0, |sum, &count| {
                    *sum += count;
                    Some(*sum)
                })
                .collect(),
            continuous: domain.continuous(),
            has_kinds: kinds + usize::from(values) > 1,
            n_ranks: domain.n_ranks as f32,
        }
    }

    /// Whether a kernel draws cells anew at all.
    pub(super) fn has_kinds(&self) -> bool {
        self.has_kinds
    }

    /// The values in order, when there is more than one.
    pub(super) fn scale(&self) -> Option<&Scale> {
        self.scale.as_ref().filter(|scale| !scale.is_constant())
    }

    /// The place of a cell, `None` when it has none: a random share of the interval of a token that is one value.
    pub(super) fn place(&self, token: u32, rank: f32, within: f64) -> Option<f64> {
        let scale = self.scale()?;
        let step = scale.step(token, rank)?;
        if scale.is_stretch(step) {
            return Some(scale.score(step, rank));
        }
        let (low, high) = scale.interval(step);
        Some(normal_quantile(low + (high - low) * within))
    }

    /// A cell near this one.
    pub(super) fn moved(&self, kernel: Kernel, token: u32, rank: f32, rng: &mut impl Rng) -> (u32, f32) {
        if self.has_kinds && rng.random::<f64>() < kernel.anew {
            let total = self.running.last().copied().unwrap_or(0).max(1);
            let point = rng.random_range(0..total);
            let token = self.running.partition_point(|&end| end <= point) as u32;
            let rank = if self.continuous == Some(token) {
                (rng.random::<f32>() * self.n_ranks).min(self.n_ranks.next_down())
            } else {
                0.0
            };
            return (token, rank);
        }
        let within = rng.random::<f64>().clamp(1e-9, 1.0 - 1e-9);
        match (self.scale(), self.place(token, rank, within)) {
            (Some(scale), Some(place)) => {
                let noise: f64 = StandardNormal.sample(rng);
                let keep = kernel.keep;
                scale.at(normal_share(keep * place + (1.0 - keep * keep).max(0.0).sqrt() * noise))
            }
            _ => (token, rank),
        }
    }
}
