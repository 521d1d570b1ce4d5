//! Into which heaps does a cloud fall?

use super::Cloud;
use rand::{Rng, RngExt as _};
use rayon::prelude::*;

/// Centres of clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    centres: Vec<Vec<f64>>,
    /// Half the squared length of each centre.
    halves: Vec<f64>,
}

/// Rounds of moving centres.
const ROUNDS: usize = 15;

impl Clusters {
    /// Clusters of the rows of `cloud` by Lloyd's method, started apart; at most `k`, fewer where there are fewer
    /// different points. `None` without rows.
    ///
    /// # Cost
    /// O(15 · rows · k · columns).
    ///
    /// # Source
    /// Start: k-means++ (`arthur2007`).
    #[must_use]
    pub fn new(cloud: &Cloud, k: usize, rng: &mut impl Rng) -> Option<Self> {
        let n = cloud.n_rows();
        if n == 0 || k == 0 {
            return None;
        }
        let all: Vec<usize> = (0..n).collect();
        let mut centres = vec![cloud.centre(&[rng.random_range(0..n)])];
        let mut nearest = vec![f64::INFINITY; n];
        while centres.len() < k {
            let from = cloud.distances_from(&centres[centres.len() - 1], &all);
            nearest.iter_mut().zip(&from).for_each(|(least, own)| *least = least.min(own * own));
            let total: f64 = nearest.iter().sum();
            // What rounding leaves of a distance of zero is no new point.
            if total <= 1e-9 * n as f64 {
                break;
            }
            let mut left = rng.random_range(0.0..total);
            let next = nearest.iter().position(|own| {
                left -= own;
                left < 0.0
            });
            centres.push(cloud.centre(&[next.unwrap_or(n - 1)]));
        }
        let mut clusters = Self::at(centres);
        for _ in 0..ROUNDS {
            let of = clusters.assign(cloud);
            let mut rows: Vec<Vec<usize>> = vec![Vec::new(); clusters.len()];
            of.iter().enumerate().for_each(|(row, &at)| rows[usize::from(at)].push(row));
            let moved = Self::at(
                rows.iter()
                    .zip(&clusters.centres)
                    .map(|(rows, old)| if rows.is_empty() { old.clone() } else { cloud.centre(rows) })
                    .collect(),
            );
            if moved == clusters {
                break;
            }
            clusters = moved;
        }
        Some(clusters)
    }

    fn at(centres: Vec<Vec<f64>>) -> Self {
        let halves = centres.iter().map(|centre| 0.5 * centre.iter().map(|x| x * x).sum::<f64>()).collect();
        Self { centres, halves }
    }

    /// Number of clusters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.centres.len()
    }

    /// Whether there are none; never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.centres.is_empty()
    }

    /// The cluster of each row: that of the nearest centre, the first of equally near ones.
    #[must_use]
    pub fn assign(&self, cloud: &Cloud) -> Vec<u16> {
        (0..cloud.n_rows())
            .into_par_iter()
            .with_min_len(64)
            .map(|row| {
                let mut best = (f64::INFINITY, 0);
                for (at, (centre, half)) in self.centres.iter().zip(&self.halves).enumerate() {
                    let far = half - cloud.dot(row, centre);
                    if far < best.0 {
                        best = (far, at as u16);
                    }
                }
                best.1
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn two_heaps_are_found() {
        let x: Vec<f32> = (0..40).map(|at| (at % 2 * 10) as f32 + at as f32 / 100.0).collect();
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let cloud = Cloud::new(&[x], &[]);
        let clusters = Clusters::new(&cloud, 2, &mut rng).unwrap();
        let of = clusters.assign(&cloud);
        assert!((0..40).all(|row| of[row] == of[row % 2]) && of[0] != of[1]);
        let flat = Clusters::new(&Cloud::new(&[vec![1.0; 9]], &[]), 5, &mut rng).unwrap();
        assert_eq!(flat.len(), 1, "one point is one cluster");
        assert!(Clusters::new(&Cloud::default(), 3, &mut rng).is_none());
    }
}
