//! Which normal variables may stand behind a row with missing cells, and how are those cells drawn?

use super::FittedCopula;
use crate::filler::{Filler, Part, in_blocks};
use crate::masks::{Masks, is_forbidden};
use rand::{Rng, RngExt as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::{Encoded, Incomplete};
use verosim_math::stats::{normal_quantile, normal_share};

/// What is known of a variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Known {
    /// Nothing: nobody asked.
    Nothing,
    /// The variable itself.
    At(f64),
    /// That it lies between two numbers.
    Between(f64, f64),
}

/// Sweeps over the variables of a row before its cells are read off.
const SWEEPS: usize = 30;
/// Sweeps more while a cell that was read off is impossible beside others.
const MOST_TRIES: usize = 100;

impl Filler for FittedCopula {
    /// Sweeps over the variables behind a row, each drawn given all others and what its cell tells of it: a value tells it, a
    /// level tells between which numbers it lies (Albert and Chib 1993, `albert1993`).
    fn fill(
        &self,
        table: &Incomplete,
        draw: usize,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Encoded, SampleError> {
        let precision = precision(&self.factor, self.n_latents);
        let masks = Masks::mutual(&self.domain);
        in_blocks(table, seed.split_at(draw as u64), ctx, |part, rng| {
            let mut is_hole = vec![vec![false; self.ladders.len()]; part.n_rows];
            for (at, holes) in part.holes.iter().enumerate() {
                holes.iter().for_each(|&row| is_hole[row as usize][at] = true);
            }
            for (row, is_hole) in is_hole.iter().enumerate() {
                ctx.stop.check()?;
                self.complete(&precision, &masks, part, row, is_hole, rng);
            }
            Ok(())
        })
    }
}

impl FittedCopula {
    fn complete(
        &self,
        precision: &[f64],
        masks: &Masks,
        part: &mut Part,
        row: usize,
        is_hole: &[bool],
        rng: &mut ChaCha8Rng,
    ) {
        let mut known = Vec::with_capacity(self.n_latents);
        for ((ladder, domain), (cells, &is_hole)) in
            self.ladders.iter().zip(&self.domain.columns).zip(part.cells.iter().zip(is_hole))
        {
            let rank = cells.ranks.get(row).copied().unwrap_or(0.0);
            let cell = (!is_hole).then_some((cells.tokens[row], rank));
            ladder.known(domain, cell, &mut known);
        }
        let mut latents: Vec<f64> = known
            .iter()
            .map(|known| match *known {
                Known::At(z) => z,
                Known::Nothing => StandardNormal.sample(rng),
                Known::Between(low, high) => between(0.0, 1.0, low, high, rng),
            })
            .collect();
        let mut banned = Vec::new();
        for sweep in 0..SWEEPS + MOST_TRIES {
            for (at, known) in known.iter().enumerate() {
                let line = &precision[at * self.n_latents..][..self.n_latents];
                let pull: f64 = line.iter().zip(&latents).map(|(weight, z)| weight * z).sum();
                let mean = latents[at] - pull / line[at];
                let deviation = line[at].sqrt().recip();
                latents[at] = match *known {
                    Known::At(z) => z,
                    Known::Nothing => {
                        let free: f64 = StandardNormal.sample(rng);
                        mean + deviation * free
                    }
                    Known::Between(low, high) => between(mean, deviation, low, high, rng),
                };
            }
            if sweep + 1 < SWEEPS {
                continue;
            }
            let mut first = 0;
            for (at, ladder) in self.ladders.iter().enumerate() {
                let own = first..first + ladder.n_latents();
                first = own.end;
                if is_hole[at] {
                    let (token, rank) = ladder.cell(&latents[own]);
                    part.cells[at].tokens[row] = token;
                    if let Some(own) = part.cells[at].ranks.get_mut(row) {
                        *own = rank;
                    }
                }
            }
            let is_impossible = (0..self.ladders.len()).any(|at| {
                masks.active(at, &part.cells, row, &mut banned);
                is_hole[at] && is_forbidden(&banned, part.cells[at].tokens[row])
            });
            if !is_impossible {
                break;
            }
        }
    }
}

/// A normal number between two others: by its share. Where hardly any share lies between them, the nearest end.
fn between(mean: f64, deviation: f64, low: f64, high: f64, rng: &mut impl Rng) -> f64 {
    let (first, last) = (normal_share((low - mean) / deviation), normal_share((high - mean) / deviation));
    let z = mean + deviation * normal_quantile(first + rng.random::<f64>() * (last - first));
    if last - first > 1e-12 && z.is_finite() { z.clamp(low, high) } else { mean.clamp(low, high) }
}

/// The inverse of a matrix of which `factor` is the Cholesky factor (lower triangle, row by row); row-major.
fn precision(factor: &[f64], n: usize) -> Vec<f64> {
    let line = |row: usize| &factor[row * (row + 1) / 2..][..=row];
    // The inverse of the factor, column by column.
    let mut inverse = vec![0.0; n * n];
    for column in 0..n {
        inverse[column * n + column] = line(column)[column].recip();
        for row in column + 1..n {
            let own = line(row);
            let sum: f64 = (column..row).map(|at| own[at] * inverse[at * n + column]).sum();
            inverse[row * n + column] = -sum / own[row];
        }
    }
    let mut precision = vec![0.0; n * n];
    for a in 0..n {
        for b in 0..=a {
            let sum: f64 = (a..n).map(|at| inverse[at * n + a] * inverse[at * n + b]).sum();
            (precision[a * n + b], precision[b * n + a]) = (sum, sum);
        }
    }
    precision
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_is_that_by_hand_and_draws_stay_between() {
        // Correlation 0.6: the factor is [1], [0.6, 0.8], the inverse [1, -0.6; -0.6, 1] / 0.64.
        let found = precision(&[1.0, 0.6, 0.8], 2);
        for (found, wanted) in found.iter().zip([1.0, -0.6, -0.6, 1.0]) {
            assert!((found - wanted / 0.64).abs() < 1e-12);
        }
        let mut rng = Seeded::new(1).rng();
        let drawn: Vec<f64> = (0..2000).map(|_| between(0.0, 1.0, 0.0, f64::INFINITY, &mut rng)).collect();
        assert!(drawn.iter().all(|z| *z >= 0.0));
        // The half normal law has mean √(2/π) and deviation 0.6.
        let mean = drawn.iter().sum::<f64>() / 2000.0;
        assert!((mean - 0.797_885).abs() < 5.0 * 0.603 / 2000_f64.sqrt(), "{mean}");
        assert_eq!(between(0.0, 0.1, 50.0, 51.0, &mut rng), 50.0);
    }
}
