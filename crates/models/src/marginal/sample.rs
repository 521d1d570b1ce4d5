//! How do drawn states become tokens?

use super::{FittedMarginals, tokens_of};
use rand::RngExt as _;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::Encoded;

/// States of all columns by quota from the joint law, then in each column a code within the state: a token, or a cell of
/// numbers, whose middle is the rank.
pub(super) fn sample(
    model: &FittedMarginals,
    n: usize,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Encoded, SampleError> {
    ctx.stop.check()?;
    let drawn = model.joint.draw(n, &mut seed.split("states").rng());
    let columns = model
        .domain
        .columns
        .par_iter()
        .zip(&model.states)
        .zip(&drawn)
        .map(|((domain, states), drawn)| {
            ctx.stop.check()?;
            let mut rng = seed.split(&domain.name).rng();
            let codes: Vec<Vec<(usize, f32)>> = (0..states.len()).map(|state| states.codes(state)).collect();
            let drawn = drawn.iter().map(|&state| {
                let codes = &codes[usize::from(state)];
                let mut left = rng.random::<f32>() * codes.iter().map(|(_, chance)| chance).sum::<f32>();
                let found = codes.iter().find(|(_, chance)| {
                    left -= chance;
                    left < 0.0
                });
                found.or(codes.last()).map_or(0, |(code, _)| *code) as u32
            });
            Ok(tokens_of(domain, drawn))
        })
        .collect::<Result<_, verosim_core::Interrupted>>()?;
    Encoded::new(Arc::clone(&model.domain), columns, n, None)
        .ok_or_else(|| SampleError::BrokenModel { what: "drawn tokens do not fit the domain".into() })
}
