//! How do many deep trees, each on its own sample of rows and columns, predict together?

use super::{Binned, Boosted, Boosting, ColumnDraw, FitError, Sample};
use rand::{Rng, RngExt as _};
use rayon::prelude::*;

/// Settings of a bagged forest: no data, no learned state.
///
/// Each tree learns from a bootstrap of the rows and a random part of the columns; predictions are means. A yes/no outcome is
/// given as 0 and 1 in [`Target::Number`](super::Target::Number), so that predictions are shares.
///
/// # Cost
/// That of one boosted tree of `max_leaves` leaves per tree; trees run in parallel.
///
/// # Source
/// Breiman 1996 (`breiman1996`); columns drawn per tree: Ho 1998 (`ho1998`). A random forest draws them per cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bagging {
    /// Trees.
    pub trees: usize,
    /// Most leaves of a tree.
    pub max_leaves: usize,
    /// Least rows in a leaf.
    pub min_rows: usize,
    /// Share of columns that a tree sees.
    pub column_share: f64,
}

impl Default for Bagging {
    fn default() -> Self {
        Self { trees: 60, max_leaves: 256, min_rows: 5, column_share: 0.6 }
    }
}

/// A forest that was fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Bagged {
    trees: Vec<Boosted>,
}

impl Bagging {
    /// Learns from the rows of `sample`; its weights are not used, each tree draws its own from `stream(tree)`.
    ///
    /// # Errors
    /// [`FitError`].
    ///
    /// # Example
    /// ```
    /// use rand::SeedableRng;
    /// use verosim_math::learn::{Bagging, Binned, Feature, Sample, Target};
    /// let x: Vec<f64> = (0..100).map(f64::from).collect();
    /// let y: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x > 50.0))).collect();
    /// let data = Binned::new(&[Feature::Number(&x)]);
    /// let stream = rand_chacha::ChaCha8Rng::seed_from_u64;
    /// let forest = Bagging::default().fit(&Sample::all(&data, Target::Number(&y)), stream).unwrap();
    /// assert!(forest.predict(&data, &[90])[0] > 0.9);
    /// ```
    pub fn fit<R: Rng>(
        &self,
        sample: &Sample<'_>,
        stream: impl Fn(u64) -> R + Sync,
    ) -> Result<Bagged, FitError> {
        let all: Vec<u32> = (0..sample.data.n_rows() as u32).collect();
        let rows = sample.rows.unwrap_or(&all);
        if rows.is_empty() {
            return Err(FitError::NoRows);
        }
        if rows.iter().any(|&row| row as usize >= sample.data.n_rows()) {
            return Err(FitError::Illegal);
        }
        let trees = (0..self.trees as u64)
            .into_par_iter()
            .map(|tree| {
                let mut rng = stream(tree);
                let mut weights = vec![0; sample.data.n_rows()];
                rows.iter().for_each(|_| weights[rows[rng.random_range(0..rows.len())] as usize] += 1);
                let drawn: Vec<u32> = rows.iter().copied().filter(|&row| weights[row as usize] > 0).collect();
                let settings = Boosting {
                    rounds: 1,
                    learning_rate: 1.0,
                    max_leaves: self.max_leaves,
                    min_rows: self.min_rows,
                    column_draw: Some(ColumnDraw { share: self.column_share, seed: rng.next_u64() }),
                    ..Boosting::default()
                };
                settings.fit(&Sample { rows: Some(&drawn), weights: Some(&weights), ..*sample })
            })
            .collect::<Result<_, _>>()?;
        Ok(Bagged { trees })
    }
}

impl Bagged {
    /// Mean prediction of all trees; 0 without trees.
    #[must_use]
    pub fn predict(&self, data: &Binned, rows: &[u32]) -> Vec<f64> {
        let mut sum = vec![0.0; rows.len()];
        for tree in &self.trees {
            sum.iter_mut().zip(tree.predict(data, rows)).for_each(|(sum, value)| *sum += value);
        }
        let n = self.trees.len().max(1) as f64;
        sum.iter_mut().for_each(|sum| *sum /= n);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Feature, Target};
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_forest_does_not_depend_on_threads_and_learns_an_interaction() {
        let x: Vec<f64> = (0..400).map(|at| f64::from(at % 20)).collect();
        let z: Vec<f64> = (0..400).map(|at| f64::from(at / 20)).collect();
        let y: Vec<f64> =
            x.iter().zip(&z).map(|(x, z)| f64::from(u8::from((*x > 9.0) != (*z > 9.0)))).collect();
        let data = Binned::new(&[Feature::Number(&x), Feature::Number(&z)]);
        let settings = Bagging { column_share: 1.0, ..Bagging::default() };
        let fit = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let sample = Sample::all(&data, Target::Number(&y));
            pool.install(|| settings.fit(&sample, ChaCha8Rng::seed_from_u64).unwrap())
        };
        let forest = fit(1);
        assert_eq!(forest, fit(3));
        let rows: Vec<u32> = (0..400).collect();
        let wrong =
            forest.predict(&data, &rows).iter().zip(&y).filter(|(p, y)| (**p > 0.5) != (**y > 0.5)).count();
        assert!(wrong < 8, "{wrong} of 400");
        let refused = |rows: &[u32]| {
            settings.fit(&Sample::of(&data, Target::Number(&y), rows), ChaCha8Rng::seed_from_u64).unwrap_err()
        };
        assert_eq!((refused(&[]), refused(&[400])), (FitError::NoRows, FitError::Illegal));
    }
}
