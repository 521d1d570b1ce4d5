//! How is a symmetric system solved, and which of its columns follow from those before?

/// Cholesky's factor of a symmetric matrix; columns that depend on earlier ones are passed over.
pub(super) struct Factor {
    k: usize,
    /// Lower triangle, row-major.
    lower: Vec<f64>,
    depends: Vec<bool>,
}

/// Share of its own diagonal that a pivot must keep, or the column follows from those before.
const LEAST_PIVOT: f64 = 1e-9;

impl Factor {
    /// Factor of the `k × k` matrix; only its lower triangle is read.
    pub(super) fn of(matrix: &[f64], k: usize) -> Self {
        let mut factor = Self { k, lower: matrix.to_vec(), depends: vec![false; k] };
        for a in 0..k {
            for b in 0..=a {
                if factor.depends[b] {
                    factor.lower[a * k + b] = 0.0;
                    continue;
                }
                let mut sum = matrix[a * k + b];
                for c in 0..b {
                    sum -= factor.lower[a * k + c] * factor.lower[b * k + c];
                }
                if a > b {
                    factor.lower[a * k + b] = sum / factor.lower[b * k + b];
                } else if sum > LEAST_PIVOT * matrix[a * k + a] {
                    factor.lower[a * k + a] = sum.sqrt();
                } else {
                    // Not a number ends here too.
                    factor.depends[a] = true;
                    factor.lower[a * k + a] = 0.0;
                }
            }
        }
        factor
    }

    /// Which columns follow from those before.
    pub(super) fn depends(&self) -> &[bool] {
        &self.depends
    }

    /// Solution, 0 for columns that were passed over.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (k, mut x) = (self.k, right.to_vec());
        for a in 0..k {
            for b in 0..a {
                x[a] -= self.lower[a * k + b] * x[b];
            }
            x[a] = if self.depends[a] { 0.0 } else { x[a] / self.lower[a * k + a] };
        }
        for a in (0..k).rev() {
            for b in a + 1..k {
                x[a] -= self.lower[b * k + a] * x[b];
            }
            x[a] = if self.depends[a] { 0.0 } else { x[a] / self.lower[a * k + a] };
        }
        x
    }

    /// Inverse, row-major; 0 in rows and columns that were passed over.
    pub(super) fn inverse(&self) -> Vec<f64> {
        let k = self.k;
        let mut inverse = vec![0.0; k * k];
        for at in 0..k {
            let mut unit = vec![0.0; k];
            unit[at] = 1.0;
            for (row, value) in self.solve(&unit).into_iter().enumerate() {
                inverse[row * k + at] = if self.depends[at] { 0.0 } else { value };
            }
        }
        inverse
    }

    /// Logarithm of the determinant, of the columns that were not passed over.
    pub(super) fn log_determinant(&self) -> f64 {
        (0..self.k).filter(|&at| !self.depends[at]).map(|at| 2.0 * self.lower[at * self.k + at].ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the inverse of [[2, 1], [1, 3]] is [[3, -1], [-1, 2]] / 5, its determinant 5.
    #[test]
    fn small_systems_are_solved_and_copies_passed_over() {
        let factor = Factor::of(&[2.0, 1.0, 1.0, 3.0], 2);
        for (got, want) in factor.inverse().iter().zip([0.6, -0.2, -0.2, 0.4]) {
            assert!((got - want).abs() < 1e-12);
        }
        assert!((factor.log_determinant() - 5.0_f64.ln()).abs() < 1e-12);
        let copy = Factor::of(&[2.0, 2.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0, 3.0], 3);
        assert_eq!(copy.depends(), [false, true, false]);
        let x = copy.solve(&[5.0, 5.0, 5.0]);
        assert!((x[0] - 2.0).abs() < 1e-12 && x[1] == 0.0 && (x[2] - 1.0).abs() < 1e-12, "{x:?}");
    }
}
