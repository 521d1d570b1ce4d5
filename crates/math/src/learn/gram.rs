//! How are many linear models fitted on nearly the same rows, without adding the rows up each time?

use super::linear::solve;

/// Weighted sums of products of all pairs of columns, over rows that come and go.
///
/// A chain of regressions on one table needs, again and again, the sums over most of its rows and some of its columns:
/// taking the few other rows away is cheaper than adding the many up.
///
/// # Example
/// ```
/// use verosim_math::learn::Gram;
/// // An intercept and one column; values 1, 3, 5 at 0, 1, 2 lie on a line.
/// let columns = [vec![1.0; 3], vec![0.0, 1.0, 2.0]];
/// let mut gram = Gram::new(2);
/// gram.add(&columns, &[1; 3], &[0, 1, 2]);
/// let weights = gram.ridge(&[0, 1], &[9.0, 13.0], 0.0).unwrap();
/// assert!((weights[0] - 1.0).abs() < 1e-9 && (weights[1] - 2.0).abs() < 1e-9);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    k: usize,
    /// Lower triangle, row-major.
    sums: Vec<f64>,
}

impl Gram {
    /// No rows of `k` columns.
    #[must_use]
    pub fn new(k: usize) -> Self {
        Self { k, sums: vec![0.0; k * (k + 1) / 2] }
    }

    /// Takes `rows` in. Column 0 is the intercept by convention.
    ///
    /// # Shapes
    /// `columns: [k][n]`, `weights: [n]`, rows below n.
    ///
    /// # Cost
    /// O(rows · k²).
    pub fn add(&mut self, columns: &[Vec<f32>], weights: &[u8], rows: &[u32]) {
        self.change(columns, weights, rows, 1.0);
    }

    /// Takes `rows` out again.
    ///
    /// # Cost
    /// O(rows · k²).
    pub fn take(&mut self, columns: &[Vec<f32>], weights: &[u8], rows: &[u32]) {
        self.change(columns, weights, rows, -1.0);
    }

    /// Sum of the weights, where column 0 is the intercept.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.sums.first().copied().unwrap_or(0.0)
    }

    /// The squared correlation of a column with a variable of which the sums of products with all columns are `cross`, but
    /// for the variance of that variable: enough to put columns in an order. 0 for columns that do not vary.
    #[must_use]
    pub fn told(&self, column: usize, cross: &[f64]) -> f64 {
        let n = self.weight();
        let sum = self.at(column, 0);
        let spread = self.at(column, column) - sum * sum / n;
        let shared = cross[column] - sum * cross[0] / n;
        if n > 0.0 && spread > 1e-9 * n { shared * shared / spread } else { 0.0 }
    }

    /// Weights of the columns `chosen` in a regression with `cross` as the sums of products of the variable with them;
    /// `ridge` is added to the squares of all but column 0. `None` when the system is singular.
    ///
    /// # Shapes
    /// `cross` and the result are as long as `chosen`.
    ///
    /// # Cost
    /// O(chosen³).
    #[must_use]
    pub fn ridge(&self, chosen: &[usize], cross: &[f64], ridge: f64) -> Option<Vec<f64>> {
        let d = chosen.len();
        let mut matrix = vec![0.0; d * d];
        for (row, &a) in chosen.iter().enumerate() {
            for (column, &b) in chosen[..=row].iter().enumerate() {
                matrix[row * d + column] = self.at(a.max(b), a.min(b));
            }
            matrix[row * d + row] += if a == 0 { 0.0 } else { ridge };
        }
        solve(&mut matrix, cross)
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.sums[row * (row + 1) / 2 + column]
    }

    fn change(&mut self, columns: &[Vec<f32>], weights: &[u8], rows: &[u32], sign: f64) {
        for a in 0..self.k {
            let weighted: Vec<f64> = rows
                .iter()
                .map(|&row| sign * f64::from(weights[row as usize]) * f64::from(columns[a][row as usize]))
                .collect();
            // Marks are 0 in most rows: only the others count.
            let some: Vec<(u32, f64)> =
                rows.iter().copied().zip(weighted).filter(|(_, value)| *value != 0.0).collect();
            for (b, column) in columns[..=a].iter().enumerate() {
                let sum: f64 = some.iter().map(|&(row, value)| value * f64::from(column[row as usize])).sum();
                self.sums[a * (a + 1) / 2 + b] += sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_come_and_go_leave_no_trace() {
        let columns = [vec![1.0; 4], vec![0.0, 1.0, 2.0, 5.0], vec![1.0, -1.0, 1.0, 0.0]];
        let weights = [1, 2, 1, 3];
        let (mut all, mut some) = (Gram::new(3), Gram::new(3));
        all.add(&columns, &weights, &[0, 1, 2, 3]);
        all.take(&columns, &weights, &[3]);
        some.add(&columns, &weights, &[0, 1, 2]);
        assert_eq!(all, some);
        // By hand: weights 1, 2, 1.
        assert_eq!(some.sums, [4.0, 4.0, 6.0, 0.0, 0.0, 4.0]);
        assert_eq!(some.weight(), 4.0);
        // The variable 0, 1, 2: sums of products 4 and 6, of deviations 2, which all of the column's 2 tell.
        assert!((some.told(1, &[4.0, 6.0, 0.0]) - 2.0).abs() < 1e-12);
        assert_eq!(some.told(0, &[4.0, 6.0, 0.0]), 0.0, "the intercept does not vary");
        // A ridge of 2 halves the slope of a column whose deviations sum to 2, if the intercept is free.
        let weights = some.ridge(&[0, 1], &[4.0, 6.0], 2.0).unwrap();
        assert!((weights[1] - 0.5).abs() < 1e-12 && (weights[0] - 0.5).abs() < 1e-12, "{weights:?}");
    }
}
