//! How do drawn states become tokens?

use super::FittedMarginals;
use super::tokens::{cell, tokens};
use crate::conditional::{Conditional, Narrowed};
use rand::RngExt as _;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{ColumnDomain, Encoded, Evidence};
use verosim_math::graphical::Joint;

/// A law given evidence.
struct Given<'a> {
    model: &'a FittedMarginals,
    evidence: Evidence,
    joint: Joint,
    chance: f64,
}

/// What a law holds to be rarer than this is impossible: tables keep even that above 0.
const IMPOSSIBLE: f64 = 1e-50;

impl Conditional for FittedMarginals {
    fn given(&self, evidence: Evidence) -> Option<Box<dyn Narrowed + '_>> {
        let columns = self.domain.columns.iter().zip(&self.states).enumerate();
        let known = columns.filter(|(at, _)| evidence.of(*at).is_some());
        let weights: Vec<(usize, Vec<f64>)> = known
            .map(|(at, (domain, states))| {
                let share = |state: usize| {
                    let codes = states.codes(state);
                    let all: f32 = codes.iter().map(|(_, chance)| chance).sum();
                    let allowed = codes.iter().filter(|(code, _)| may(&evidence, at, domain, *code));
                    f64::from(allowed.map(|(_, chance)| chance).sum::<f32>() / all)
                };
                (at, (0..states.len()).map(share).collect())
            })
            .collect();
        let (joint, chance) = self.joint.given_evidence(&weights);
        let chance = if chance < IMPOSSIBLE { 0.0 } else { chance };
        Some(Box::new(Given { model: self, evidence, joint, chance }))
    }
}

impl Narrowed for Given<'_> {
    fn chance(&self) -> f64 {
        self.chance
    }

    fn sample(&self, n: usize, seed: Seeded, ctx: Context<'_>) -> Result<Encoded, SampleError> {
        sample(self.model, &self.joint, Some(&self.evidence), n, seed, ctx)
    }
}

fn may(evidence: &Evidence, at: usize, domain: &ColumnDomain, code: usize) -> bool {
    let (token, rank) = cell(domain.continuous(), code as u32);
    evidence.of(at).is_none_or(|allowed| allowed.admits(token, rank, domain.continuous()))
}

/// States of all columns by quota from the joint law, then in each column a code within the state, of those that evidence
/// allows.
pub(super) fn sample(
    model: &FittedMarginals,
    joint: &Joint,
    evidence: Option<&Evidence>,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    ctx.stop.check()?;
    let drawn = joint.draw(n, &mut seed.split("states").rng());
    let columns = model
        .domain
        .columns
        .par_iter()
        .zip(&model.states)
        .zip(&drawn)
        .enumerate()
        .map(|(at, ((domain, states), drawn))| {
            ctx.stop.check()?;
            let mut rng = seed.split(&domain.name).rng();
            let allowed = |codes: Vec<(usize, f32)>| {
                let own = codes.iter().copied();
                let own: Vec<_> = own
                    .filter(|(code, _)| evidence.is_none_or(|known| may(known, at, domain, *code)))
                    .collect();
                if own.is_empty() { codes } else { own }
            };
            let codes: Vec<Vec<(usize, f32)>> =
                (0..states.len()).map(|state| allowed(states.codes(state))).collect();
            let drawn = drawn.iter().map(|&state| {
                let codes = &codes[usize::from(state)];
                let mut left = rng.random::<f32>() * codes.iter().map(|(_, chance)| chance).sum::<f32>();
                let found = codes.iter().find(|(_, chance)| {
                    left -= chance;
                    left < 0.0
                });
                found.or(codes.last()).map_or(0, |(code, _)| *code) as u32
            });
            Ok(tokens(domain, drawn))
        })
        .collect::<Result<_, verosim_core::Interrupted>>()?;
    Encoded::new(Arc::clone(&model.domain), columns, n, None)
        .ok_or_else(|| SampleError::BrokenModel { what: "drawn tokens do not fit the domain".into() })
}
