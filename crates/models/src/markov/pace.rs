//! Do drawn people come as often as real ones, and some as much oftener?

use super::fit::are_left;
use super::life::{Pen, sittings};
use super::model::FittedMarkov;
use rayon::prelude::*;
use verosim_core::Seeded;

/// Lives that a setting is judged by.
const LIVES: usize = 2_000;
/// Rounds of looking.
const ROUNDS: usize = 5;

/// Sets the pace of sittings, and how much of it stays with a person, so that the mean number of sittings and that of their
/// squares are those of real people, as far as they can be.
///
/// Waits are learned from silences that ended; who comes seldom has few of them, so that people look more alike than they
/// are. Two moments of what is drawn tell by how much: the lives of each round are drawn with the same numbers.
pub(super) fn kept(mut model: FittedMarkov, [mean, square]: [f64; 2], seed: Seeded) -> FittedMarkov {
    if mean < 1.5 {
        return model;
    }
    let spread = |[mean, square]: [f64; 2]| (square / mean.powi(2)).ln();
    let want = spread([mean, square]);
    let least = model.learned.patience.stays;
    // Where people leave, it is that which says how often they come.
    let is_left = are_left(model.learned.leaves);
    let mut best: Option<(f64, f64, f64, f64)> = None;
    for _ in 0..ROUNDS {
        let found = moments(&model, seed);
        let (off, wide) = ((mean / found[0].max(0.1)).ln(), want - spread(found));
        let miss = off.abs() + 0.5 * wide.abs();
        let learned = &mut model.learned;
        if best.is_none_or(|(lowest, ..)| miss < lowest) {
            best = Some((miss, learned.pace, learned.leaves, learned.patience.stays));
        }
        if is_left {
            // Not so few that nobody would be one who leaves.
            learned.leaves = (learned.leaves * (-off).exp()).clamp(0.021, 0.9);
        } else {
            learned.pace = (learned.pace * (1.3 * off).exp()).clamp(0.3, 3.0);
        }
        learned.patience.stays = (learned.patience.stays + 0.6 * wide).clamp(least, 0.95_f64.max(least));
    }
    if let Some((_, pace, leaves, stays)) = best {
        (model.learned.pace, model.learned.leaves, model.learned.patience.stays) = (pace, leaves, stays);
    }
    model
}

/// Means of sittings and their squares of drawn people who have any.
fn moments(model: &FittedMarkov, seed: Seeded) -> [f64; 2] {
    let seed = seed.split("pace");
    let counts: Vec<u64> = (0..LIVES)
        .into_par_iter()
        .map_init(
            || Pen::new(model, None),
            |pen, at| u64::from(sittings(pen, &mut seed.split_at(at as u64).rng())),
        )
        .collect();
    let n = counts.iter().filter(|&&count| count > 0).count().max(1) as f64;
    [counts.iter().sum::<u64>() as f64 / n, counts.iter().map(|count| count * count).sum::<u64>() as f64 / n]
}
