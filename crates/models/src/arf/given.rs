//! Which leaves hold the rows that are asked for, and how are those drawn?

use super::FittedArf;
use super::sample::{Draw, sample};
use crate::conditional::{Conditional, Narrowed};
use crate::quota;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Allowed, Encoded, Evidence};

/// The leaves of a forest, each as likely as its rows that the evidence admits.
///
/// Columns are independent within a leaf, so that the law given evidence is exact: leaves by the product of what their
/// columns admit, then each column by itself (`watson2023`, their algorithm for evidence).
struct Given<'a> {
    model: &'a FittedArf,
    evidence: Evidence,
    /// Weights of the leaves, up to and with each.
    running: Vec<f64>,
    chance: f64,
}

impl Conditional for FittedArf {
    fn given(&self, evidence: Evidence) -> Option<Box<dyn Narrowed + '_>> {
        let smoothing = self.settings.smoothing;
        let evidence = evidence.closed(&self.domain, &(0..self.laws.len()).collect::<Vec<_>>());
        let known: Vec<(usize, &Allowed, f64)> = (0..self.laws.len())
            .filter_map(|at| evidence.of(at).map(|allowed| (at, allowed, self.share(at, allowed))))
            .collect();
        let weight = |leaf: usize| {
            let rows = f64::from(self.rows[leaf]);
            let share = |&(at, allowed, wide): &(usize, &Allowed, f64)| {
                let own = self.laws[at].mass(leaf, allowed, self.domain.columns[at].continuous());
                (own + smoothing * wide) / (rows + smoothing).max(f64::MIN_POSITIVE)
            };
            rows * known.iter().map(share).product::<f64>()
        };
        let running = quota::running((0..self.rows.len()).map(weight));
        let all: f64 = self.rows.iter().map(|&rows| f64::from(rows)).sum();
        let chance = running.last().copied().unwrap_or(0.0) / all.max(1.0);
        Some(Box::new(Given { model: self, evidence, running, chance }))
    }
}

impl Narrowed for Given<'_> {
    fn chance(&self) -> f64 {
        self.chance
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        let draw = Draw { model: self.model, running: &self.running, evidence: Some(&self.evidence) };
        sample(&draw, n, seed, ctx)
    }
}

impl FittedArf {
    /// Share of the rows of a whole column that `allowed` admits.
    pub(super) fn share(&self, column: usize, allowed: &Allowed) -> f64 {
        let domain = &self.domain.columns[column];
        let rows = |token: usize| allowed.share(token, domain) * self.margins[column][token] as f64;
        let all: u64 = self.margins[column].iter().sum();
        (0..allowed.tokens.len()).map(rows).sum::<f64>() / all.max(1) as f64
    }
}
