//! How sure is a number that was made from two tables?

use crate::MetricError;
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{Score, Seeded};

/// Groups of rows that are left out in turn.
pub(crate) const GROUPS: usize = 10;

/// Random groups of the rows of both tables.
pub(crate) struct Groups {
    pub(crate) real: Vec<u8>,
    pub(crate) synthetic: Vec<u8>,
}

impl Groups {
    pub(crate) fn new(n_real: usize, n_synthetic: usize, seed: Seeded) -> Self {
        let groups = |n: usize, name: &str| -> Vec<u8> {
            let mut rng = seed.split(name).rng();
            (0..n).map(|_| rng.random_range(0..GROUPS) as u8).collect()
        };
        Self { real: groups(n_real, "real"), synthetic: groups(n_synthetic, "synthetic") }
    }

    /// Rows of the real and of the synthetic table outside group `out`.
    pub(crate) fn keep(&self, out: usize) -> (Vec<usize>, Vec<usize>) {
        let keep = |groups: &[u8]| (0..groups.len()).filter(|&row| usize::from(groups[row]) != out).collect();
        (keep(&self.real), keep(&self.synthetic))
    }

    /// The statistic of all rows ([`GROUPS`] is left out: there is no such group), with a 95 % interval from leaving out
    /// each group of both tables in turn.
    ///
    /// # Source
    /// Delete-a-group jackknife: Kott 2001 (`kott2001`).
    pub(crate) fn score(
        &self,
        statistic: impl Fn(usize) -> Option<f64> + Sync,
    ) -> Result<Score, MetricError> {
        self.score_over("rows", "no column or pair of columns allows it", statistic)
    }

    /// Like [`score`](Self::score), of other units than rows and with another reason where nothing is defined.
    pub(crate) fn score_over(
        &self,
        unit: &str,
        why: &str,
        statistic: impl Fn(usize) -> Option<f64> + Sync,
    ) -> Result<Score, MetricError> {
        let undefined = || MetricError::Undefined { why: why.into() };
        let value = statistic(GROUPS).ok_or_else(undefined)?;
        let parts: Vec<f64> = (0..GROUPS).into_par_iter().filter_map(&statistic).collect();
        let n = parts.len() as f64;
        let mean = parts.iter().sum::<f64>() / n.max(1.0);
        let spread: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
        let half = 1.96 * (spread * (n - 1.0) / n.max(1.0)).sqrt();
        let score = Score::new(value, self.real.len().min(self.synthetic.len())).map_err(|_| undefined())?;
        Ok(score.with_interval(
            value - half,
            value + half,
            0.95,
            &format!("delete-a-group jackknife over {unit}"),
        ))
    }
}

/// The statistic of all rows, with a 95 % interval from leaving out each of ten random groups of rows of both tables.
///
/// `statistic` is given the rows to keep of the real and of the synthetic table; it returns the value, or `None` where
/// it is not defined.
pub(crate) fn jackknifed(
    n_real: usize,
    n_synthetic: usize,
    seed: Seeded,
    statistic: impl Fn(&[usize], &[usize]) -> Option<f64> + Sync,
) -> Result<Score, MetricError> {
    let groups = Groups::new(n_real, n_synthetic, seed);
    groups.score(|out| {
        let (real, synthetic) = groups.keep(out);
        statistic(&real, &synthetic)
    })
}
