//! How are columns drawn, each alone, and given what they may hold?

use super::FittedIndependent;
use crate::conditional::{Conditional, Narrowed};
use crate::quota;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, Interrupted, SampleError, Seeded};
use verosim_data::{Allowed, ColumnDomain, Encoded, EncodedColumn, Evidence};

/// Columns given evidence: those of one condition know nothing of each other.
struct Given<'a> {
    model: &'a FittedIndependent,
    evidence: Evidence,
    chance: f64,
}

impl Conditional for FittedIndependent {
    fn given(&self, evidence: Evidence) -> Option<Box<dyn Narrowed + '_>> {
        let columns = self.domain.columns.iter().zip(&self.counts).enumerate();
        let share = |(at, (domain, counts)): (usize, (&ColumnDomain, &Vec<u64>))| {
            let all = weights(domain, counts, None).last().copied().unwrap_or(0.0);
            let some = weights(domain, counts, evidence.of(at)).last().copied().unwrap_or(0.0);
            some / all.max(1.0)
        };
        let chance = columns.map(share).product();
        Some(Box::new(Given { model: self, evidence, chance }))
    }
}

impl Narrowed for Given<'_> {
    fn chance(&self) -> f64 {
        self.chance
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample(self.model, Some(&self.evidence), n, seed, ctx)
    }
}

/// Rows of tokens that `allowed` admits, up to and with each; of ranks, a share.
fn weights(domain: &ColumnDomain, counts: &[u64], allowed: Option<&Allowed>) -> Vec<f64> {
    let own = |(token, &count): (usize, &u64)| {
        allowed.map_or(1.0, |allowed| allowed.share(token, domain)) * count as f64
    };
    quota::running(counts.iter().enumerate().map(own))
}

pub(super) fn sample(
    model: &FittedIndependent,
    evidence: Option<&Evidence>,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    let columns = model
        .domain
        .columns
        .par_iter()
        .zip(&model.counts)
        .enumerate()
        .map(|(at, (domain, counts))| {
            ctx.stop.check()?;
            let allowed = evidence.and_then(|evidence| evidence.of(at));
            Ok(column(domain, counts, allowed, n, &mut seed.split(&domain.name).rng()))
        })
        .collect::<Result<_, Interrupted>>()?;
    Encoded::new(Arc::clone(&model.domain), columns, n, None)
        .ok_or_else(|| SampleError::BrokenModel { what: "drawn tokens do not fit the domain".into() })
}

fn column(
    domain: &ColumnDomain,
    counts: &[u64],
    allowed: Option<&Allowed>,
    n: usize,
    rng: &mut ChaCha8Rng,
) -> EncodedColumn {
    let running = weights(domain, counts, allowed);
    let total = running.last().copied().unwrap_or(0.0);
    let continuous = domain.continuous();
    let (low, high) = allowed.map_or((0.0, domain.n_ranks as f32), |allowed| allowed.ranks);
    let last = (domain.n_ranks as f32).next_down();
    let mut column = EncodedColumn::default();
    for _ in 0..n {
        let point = rng.random::<f64>() * total;
        let token = running.partition_point(|&end| end <= point).min(counts.len() - 1) as u32;
        column.tokens.push(token);
        if continuous.is_some() {
            let rank = low + rng.random::<f32>() * (high - low);
            column.ranks.push(if continuous == Some(token) { rank.clamp(0.0, last) } else { 0.0 });
        }
    }
    column
}
