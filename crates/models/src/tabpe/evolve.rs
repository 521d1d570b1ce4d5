//! Which rows do people vote for, round by round?

use super::column::{Law, measures};
use crate::marginal::not_released;
use crate::quota;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verosim_core::{Context, FitError, Seeded};
use verosim_data::Domain;
use verosim_privacy::{Measure, SealedTable};

/// How rows evolve; every field is in the range of its setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Course {
    /// Rows; as many as the noise bears when 0.
    pub(super) rows: usize,
    /// Votes in all, and how many of them are followed by a draw of parents; after the others the best rows stay.
    pub(super) rounds: usize,
    pub(super) sampled: usize,
    /// Rate of change in the first round and in the last.
    pub(super) change: f64,
    pub(super) change_to: f64,
    /// Power by which it falls.
    pub(super) fall: f64,
}

/// Rows that were voted for, column by column, and their noisy votes, where above 0.
pub(super) struct Population {
    pub(super) rows: Vec<Vec<u16>>,
    pub(super) votes: Vec<f32>,
}

/// Variants of each row that stays.
const VARIANTS: usize = 3;
/// Rows per person and standard deviation of the noise on votes, where nobody says how many: a row then holds a third of a deviation on
/// average, and near rows share a crowd.
const ROWS: f64 = 3.0;
const FEWEST_ROWS: usize = 32;
const MOST_ROWS: usize = 10_000;

impl Course {
    /// The rate of change after vote number `round`, from 1.
    fn rate(&self, round: usize) -> f64 {
        let done = (round as f64 / self.rounds as f64).powf(self.fall);
        self.change - (self.change - self.change_to) * done
    }
}

/// Spends what is left of the budget on votes of equal noise. Rows come from `laws` and are varied by them.
///
/// # Source
/// Tab-PE: `tran2026`; private evolution: `lin2024pe`.
pub(super) fn evolve(
    sealed: &mut SealedTable,
    domain: &Domain,
    laws: &[Law],
    course: Course,
    seed: Seeded,
    ctx: Context<'_>,
) -> Result<Population, FitError> {
    let measures = measures(&domain.columns);
    let each = sealed.left() / course.rounds as f64;
    let n = match course.rows {
        0 => n_rows(sealed.people(), each),
        rows => rows,
    };
    let mut rows: Vec<Vec<u16>> = laws
        .par_iter()
        .enumerate()
        .map(|(at, law)| {
            let mut rng = seed.split("first").split_at(at as u64).rng();
            (0..n).map(|_| law.draw(&mut rng)).collect()
        })
        .collect();
    for round in 1..course.rounds {
        ctx.stop.check()?;
        let votes = votes(sealed, &rows, &measures, each)?;
        ctx.progress.step(round, course.rounds, "votes");
        let seed = seed.split("rounds").split_at(round as u64);
        // Rows that others come from, and how many of them stay as they are.
        let (parents, stay) = if round <= course.sampled {
            (shared_out(&above_nothing(&votes), n, &mut seed.split("parents").rng()), 0)
        } else {
            let best = best(&votes, n.div_ceil(1 + VARIANTS));
            ((0..n).map(|at| best[at % best.len()] as u32).collect(), best.len())
        };
        rows = varied(laws, &rows, &parents, stay, course.rate(round), seed);
    }
    ctx.stop.check()?;
    let left = sealed.left();
    let last = votes(sealed, &rows, &measures, left)?;
    ctx.progress.step(course.rounds, course.rounds, "votes");
    Ok(Population { rows, votes: above_nothing(&last) })
}

fn votes(
    sealed: &mut SealedTable,
    rows: &[Vec<u16>],
    measures: &[Measure],
    rho: f64,
) -> Result<Vec<i64>, FitError> {
    let what = "votes of patients for their nearest synthetic row";
    let counts = sealed.votes(what, rows, measures, rho).map_err(|error| not_released(&error))?;
    Ok(counts.values.into_iter().next().unwrap_or_default())
}

/// A row from each of `parents`; all but the first `stay` are varied at `rate`. A function of the seed at any number of threads.
pub(super) fn varied(
    laws: &[Law],
    rows: &[Vec<u16>],
    parents: &[u32],
    stay: usize,
    rate: f64,
    seed: Seeded,
) -> Vec<Vec<u16>> {
    laws.par_iter()
        .zip(rows)
        .enumerate()
        .map(|(at, (law, codes))| {
            let mut rng = seed.split("changes").split_at(at as u64).rng();
            let kept = parents.iter().take(stay).map(|&parent| codes[parent as usize]).collect::<Vec<u16>>();
            let changed =
                parents.iter().skip(stay).map(|&parent| law.vary(codes[parent as usize], rate, &mut rng));
            kept.into_iter().chain(changed).collect()
        })
        .collect()
}

/// Rows that `people` with noise for `rho` a vote bear.
fn n_rows(people: usize, rho: f64) -> usize {
    // A replaced person changes two counts: the variance is 2 / (2 rho).
    let deviation = (1.0 / rho).sqrt();
    ((ROWS * people as f64 / deviation) as usize).min(people).clamp(FEWEST_ROWS, MOST_ROWS)
}

/// Votes as weights: noise below 0 weighs nothing; all alike when nothing else is left.
fn above_nothing(votes: &[i64]) -> Vec<f32> {
    if votes.iter().all(|&votes| votes <= 0) {
        return vec![1.0; votes.len()];
    }
    votes.iter().map(|&votes| votes.max(0) as f32).collect()
}

/// The `most` rows with the most votes, the first of equal ones first.
fn best(votes: &[i64], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..votes.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(votes[at]), at));
    order.truncate(most.max(1));
    order
}

/// `n` rows that others come from, as often as their weights say.
pub(super) fn shared_out(weights: &[f32], n: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    quota::drawn(&quota::running(weights.iter().map(|&weight| f64::from(weight))), n, rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marginal::tests::domain;

    #[test]
    fn change_falls_as_the_formula_says() {
        let course = Course { rows: 0, rounds: 16, sampled: 5, change: 0.5, change_to: 0.01, fall: 0.5 };
        // By hand: 0.5 - 0.49 · sqrt(round / 16).
        assert!((course.rate(1) - 0.3775).abs() < 1e-12 && (course.rate(4) - 0.255).abs() < 1e-12);
        assert!((course.rate(16) - 0.01).abs() < 1e-12);
        // By hand: deviation 20, three thousand people, three times 150 rows.
        assert_eq!((n_rows(3_000, 1.0 / 400.0), n_rows(40, 1.0), n_rows(10, 1e-6)), (450, 40, 32));
    }

    #[test]
    fn votes_decide_who_is_a_parent() {
        assert_eq!(best(&[3, 9, -4, 9], 3), [1, 3, 0]);
        assert_eq!(above_nothing(&[3, -2, 0]), [3.0, 0.0, 0.0]);
        assert_eq!(above_nothing(&[-3, -2]), [1.0, 1.0]);
    }

    #[test]
    fn those_that_stay_are_as_they_were() {
        let laws: Vec<Law> = domain().columns.iter().map(Law::even).collect();
        let rows: Vec<Vec<u16>> = vec![vec![0, 1]; 6];
        let found = varied(&laws, &rows, &[1, 0, 1, 1], 2, 1.0, Seeded::new(1));
        assert!(found.iter().all(|codes| codes.len() == 4 && codes[..2] == [1, 0]));
        assert_ne!(found, varied(&laws, &rows, &[1, 0, 1, 1], 2, 1.0, Seeded::new(2)));
    }
}
