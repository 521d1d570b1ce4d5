//! How sure is a number that was made from two tables?

use crate::MetricError;
use rand::RngExt as _;
use verosim_core::{Score, Seeded};

/// Groups of rows that are left out in turn.
const GROUPS: usize = 10;

/// The statistic of all rows, with a 95 % interval from leaving out each of ten random groups of rows of both tables.
///
/// `statistic` is given the rows to keep of the real and of the synthetic table; it returns the value, or `None` where
/// it is not defined.
///
/// # Source
/// Delete-a-group jackknife: Kott 2001 (`kott2001`).
pub(crate) fn jackknifed(
    n_real: usize,
    n_synthetic: usize,
    seed: Seeded,
    statistic: impl Fn(&[usize], &[usize]) -> Option<f64> + Sync,
) -> Result<Score, MetricError> {
    use rayon::prelude::*;
    let undefined = || MetricError::Undefined { why: "no column or pair of columns allows it".into() };
    let groups = |n: usize, name: &str| -> Vec<u8> {
        let mut rng = seed.split(name).rng();
        (0..n).map(|_| rng.random_range(0..GROUPS) as u8).collect()
    };
    let (real, synthetic) = (groups(n_real, "real"), groups(n_synthetic, "synthetic"));
    let keep = |groups: &[u8], out: usize| -> Vec<usize> {
        (0..groups.len()).filter(|&row| usize::from(groups[row]) != out).collect()
    };
    let value = statistic(&keep(&real, GROUPS), &keep(&synthetic, GROUPS)).ok_or_else(undefined)?;
    let parts: Vec<f64> = (0..GROUPS)
        .into_par_iter()
        .filter_map(|out| statistic(&keep(&real, out), &keep(&synthetic, out)))
        .collect();
    let n = parts.len() as f64;
    let mean = parts.iter().sum::<f64>() / n.max(1.0);
    let spread: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
    let half = 1.96 * (spread * (n - 1.0) / n.max(1.0)).sqrt();
    let score = Score::new(value, n_real.min(n_synthetic)).map_err(|_| undefined())?;
    Ok(score.with_interval(value - half, value + half, 0.95, "delete-a-group jackknife over rows"))
}
