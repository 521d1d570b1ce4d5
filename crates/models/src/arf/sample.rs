//! How are rows drawn from leaves?

use super::FittedArf;
use crate::masks::{Masks, is_forbidden};
use crate::{quota, rows};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Allowed, Encoded, EncodedColumn, Evidence};

/// Rows per block. A block is a pure function of (model, seed, block number), and leaves are drawn evenly within it.
const BLOCK: usize = 16_384;

/// A forest, how likely its leaves are, and what is known of the cells of every row.
pub(super) struct Draw<'a> {
    pub(super) model: &'a FittedArf,
    /// Weights of the leaves, up to and with each.
    pub(super) running: &'a [f64],
    pub(super) evidence: Option<&'a Evidence>,
}

pub(super) fn sample(
    draw: &Draw<'_>,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let domain = &draw.model.domain;
    let masks = Masks::new(domain, &(0..domain.columns.len()).collect::<Vec<_>>());
    let blocks: Vec<Vec<EncodedColumn>> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            ctx.stop.check()?;
            let rows = BLOCK.min(n - block * BLOCK);
            let mut rng = seed.split_at(block as u64).rng();
            let leaves = quota::drawn(draw.running, rows, &mut rng);
            Ok(draw.block(&masks, &leaves, &mut rng))
        })
        .collect::<Result<_, Interrupted>>()?;
    rows::joined(domain, blocks, n)
}

impl Draw<'_> {
    fn block(&self, masks: &Masks, leaves: &[u32], rng: &mut ChaCha8Rng) -> Vec<EncodedColumn> {
        let mut columns = vec![EncodedColumn::default(); self.model.laws.len()];
        let mut banned = Vec::new();
        for (at, domain) in self.model.domain.columns.iter().enumerate() {
            let has_ranks = domain.continuous().is_some();
            let allowed = self.evidence.and_then(|evidence| evidence.of(at));
            let allowed = allowed.map(|allowed| (allowed, self.model.share(at, allowed)));
            let mut own = EncodedColumn::default();
            banned.clear();
            for (row, &leaf) in leaves.iter().enumerate() {
                if masks.applies(at) {
                    masks.active(at, &columns, row, &mut banned);
                }
                let (token, rank) = match allowed {
                    None => self.cell(at, leaf as usize, &banned, rng),
                    Some(allowed) => self.cell_within(at, leaf as usize, allowed, &banned, rng),
                };
                own.tokens.push(token);
                if has_ranks {
                    own.ranks.push(rank);
                }
            }
            columns[at] = own;
        }
        columns
    }

    fn cell(&self, at: usize, leaf: usize, banned: &[&[u64]], rng: &mut ChaCha8Rng) -> (u32, f32) {
        let (model, domain) = (self.model, &self.model.domain.columns[at]);
        let (laws, smoothing) = (&model.laws[at], model.settings.smoothing);
        let may = |token: u32| !is_forbidden(banned, token);
        let is_wide =
            smoothing > 0.0 && rng.random::<f64>() * (f64::from(model.rows[leaf]) + smoothing) < smoothing;
        let of_leaf = if is_wide { None } else { laws.token(leaf, |token| !may(token), rng) };
        // Beyond the leaf the whole column speaks; where two rules contradict each other, they give way.
        let token = of_leaf
            .or_else(|| model.margin(at, may, rng))
            .or_else(|| model.margin(at, |_| true, rng))
            .unwrap_or(0);
        if domain.continuous() != Some(token) {
            return (token, 0.0);
        }
        let last = (domain.n_ranks as f32).next_down();
        let inside = if of_leaf.is_some() { laws.rank(leaf, rng) } else { None };
        (token, inside.unwrap_or_else(|| rng.random::<f32>() * last).clamp(0.0, last))
    }

    /// A cell that is `allowed`; `wide` is the share of those in the whole column.
    fn cell_within(
        &self,
        at: usize,
        leaf: usize,
        (allowed, wide): (&Allowed, f64),
        banned: &[&[u64]],
        rng: &mut ChaCha8Rng,
    ) -> (u32, f32) {
        let (model, domain) = (self.model, &self.model.domain.columns[at]);
        let (laws, continuous) = (&model.laws[at], domain.continuous());
        let beyond = model.settings.smoothing * wide;
        let may = |token: u32| allowed.tokens[token as usize];
        let is_free = |token: u32| may(token) && !is_forbidden(banned, token);
        let is_wide =
            beyond > 0.0 && rng.random::<f64>() * (laws.mass(leaf, allowed, continuous) + beyond) < beyond;
        let of_leaf = if is_wide {
            None
        } else {
            laws.token_within(leaf, (allowed, continuous), |token| is_forbidden(banned, token), rng)
        };
        let token = of_leaf
            .or_else(|| model.margin(at, is_free, rng))
            .or_else(|| model.margin(at, may, rng))
            .unwrap_or(0);
        if continuous != Some(token) {
            return (token, 0.0);
        }
        let inside = if of_leaf.is_some() { laws.rank_within(leaf, allowed.ranks, rng) } else { None };
        let (low, high) = allowed.ranks;
        let rank = inside.unwrap_or_else(|| low + rng.random::<f32>() * (high - low));
        (token, rank.clamp(0.0, (domain.n_ranks as f32).next_down()))
    }
}
