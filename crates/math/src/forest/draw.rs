//! How are draws spread evenly over the rows that share a leaf?

use rand::{Rng, RngExt as _};

/// Stratified uniforms: rows with equal keys get one draw from each of as many equal strata, in random order.
///
/// The expected share of every class stays what it was, but its variance over a block of rows shrinks from binomial
/// to at most one row per leaf (systematic sampling).
///
/// # Cost
/// O(rows) plus O(keys); buffers are kept between calls.
#[derive(Debug, Default)]
pub struct Strata {
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Strata {
    /// Fills `out[row]` with a uniform in `[0, 1)` for each row of `keys` (each below `n_keys`).
    pub fn fill(&mut self, keys: &[u32], n_keys: usize, out: &mut Vec<f64>, rng: &mut impl Rng) {
        self.starts.clear();
        self.starts.resize(n_keys + 1, 0);
        for &key in keys {
            self.starts[key as usize + 1] += 1;
        }
        for key in 0..n_keys {
            self.starts[key + 1] += self.starts[key];
        }
        self.places.clear();
        self.places.resize(keys.len(), 0);
        let mut next = self.starts.clone();
        for (row, &key) in keys.iter().enumerate() {
            let place = &mut next[key as usize];
            self.places[*place as usize] = row as u32;
            *place += 1;
        }
        out.clear();
        out.resize(keys.len(), 0.0);
        for key in 0..n_keys {
            let rows = &mut self.places[self.starts[key] as usize..self.starts[key + 1] as usize];
            let width = 1.0 / rows.len().max(1) as f64;
            for stratum in 0..rows.len() {
                let other = rng.random_range(stratum..rows.len());
                rows.swap(stratum, other);
                out[rows[stratum] as usize] = (stratum as f64 + rng.random::<f64>()) * width;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn every_stratum_of_a_key_is_hit_once() {
        let keys = [0, 1, 1, 0, 1, 1, 1];
        let mut out = Vec::new();
        Strata::default().fill(&keys, 2, &mut out, &mut rand_chacha::ChaCha8Rng::seed_from_u64(1));
        for (key, n) in [(0, 2), (1, 5)] {
            let mut strata: Vec<usize> = (0..7)
                .filter(|&row| keys[row] == key)
                .map(|row| (out[row] * f64::from(n)) as usize)
                .collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..n as usize).collect::<Vec<_>>());
        }
    }
}
