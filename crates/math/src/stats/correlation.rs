//! Which correlations that can be are nearest to correlations that were estimated pair by pair?

use super::eigen::symmetric_eigen;

/// A correlation matrix near `matrix` (symmetric, row-major) with unit diagonal, no eigenvalue below `least` (in
/// `(0, 1)`), and zeros where `is_zero(row, column)`.
///
/// Projects by turns onto the matrices without small eigenvalues and onto those with the fixed entries; what is left
/// undone after 25 rounds is mended by moving all entries towards zero.
///
/// # Cost
/// One eigendecomposition per round; a matrix that is fit already takes one.
///
/// # Source
/// Alternating projections: Higham 2002 (`higham2002`), without the correction that makes the result the very nearest.
#[must_use]
pub fn nearest_correlation(
    matrix: &[f64],
    n: usize,
    is_zero: impl Fn(usize, usize) -> bool,
    least: f64,
) -> Vec<f64> {
    let mut found = matrix.to_vec();
    let fix = |found: &mut [f64]| {
        for at in 0..n * n {
            let (row, column) = (at / n, at % n);
            if row == column {
                found[at] = 1.0;
            } else if is_zero(row, column) || is_zero(column, row) || !found[at].is_finite() {
                found[at] = 0.0;
            } else if row < column {
                let middle = f64::midpoint(found[at], found[column * n + row]);
                (found[at], found[column * n + row]) = (middle, middle);
            }
        }
    };
    fix(&mut found);
    for round in 0..=ROUNDS {
        let (values, vectors) = symmetric_eigen(&found, n);
        let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
        if smallest >= least || n == 0 {
            break;
        }
        if round == ROUNDS {
            // The eigenvalues of a mixture with the identity are mixtures with one.
            let share = ((least - smallest) / (1.0 - smallest)).clamp(0.0, 1.0);
            for (at, entry) in found.iter_mut().enumerate() {
                *entry *= if at / n == at % n { 1.0 } else { 1.0 - share };
            }
            break;
        }
        // A little above the bound, so that fixing entries does not fall below it for ever.
        for (k, value) in values.iter().enumerate().filter(|(_, value)| **value < 2.0 * least) {
            let (lift, vector) = (2.0 * least - value, &vectors[k * n..][..n]);
            for (row, x) in vector.iter().enumerate() {
                let line = &mut found[row * n..][..n];
                line.iter_mut().zip(vector).for_each(|(entry, y)| *entry += lift * x * y);
            }
        }
        fix(&mut found);
    }
    found
}

/// Rounds of projections.
const ROUNDS: usize = 25;

/// The lower triangle `factor` with `factor · factorᵀ = matrix`, row-major with zeros above; `None` when the matrix is not
/// positive definite.
///
/// # Cost
/// O(n³ / 3).
#[must_use]
pub fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut factor = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let (a, b) = (&factor[row * n..][..column], &factor[column * n..][..column]);
            let left = matrix[row * n + column] - a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            factor[row * n + column] = if row > column {
                left / factor[column * n + column]
            } else if left > 0.0 {
                left.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_matrix_becomes_a_near_possible_one() {
        // The example of Higham 2002, section 4: the nearest has 0.7607 and 0.1573 beside the diagonal.
        let matrix = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0];
        let found = nearest_correlation(&matrix, 3, |_, _| false, 1e-6);
        assert!((found[1] - 0.7607).abs() < 0.02 && (found[2] - 0.1573).abs() < 0.02, "{found:?}");
        assert!(cholesky(&found, 3).is_some());
        let kept = nearest_correlation(&matrix, 3, |row, column| row + column == 2 && row != column, 1e-3);
        assert!(kept[2] == 0.0 && (kept[1] - std::f64::consts::FRAC_1_SQRT_2).abs() < 0.02, "{kept:?}");
        assert!(cholesky(&kept, 3).is_some());
    }

    #[test]
    fn a_possible_matrix_stays_and_factors_rebuild_it() {
        let matrix = [1.0, 0.5, 0.2, 0.5, 1.0, -0.3, 0.2, -0.3, 1.0];
        assert_eq!(nearest_correlation(&matrix, 3, |_, _| false, 1e-3), matrix);
        let factor = cholesky(&matrix, 3).unwrap();
        for at in 0..9 {
            let sum: f64 = (0..3).map(|k| factor[at / 3 * 3 + k] * factor[at % 3 * 3 + k]).sum();
            assert!((sum - matrix[at]).abs() < 1e-12);
        }
        assert!(nearest_correlation(&[], 0, |_, _| false, 0.1).is_empty());
        assert_eq!(cholesky(&[1.0, 2.0, 2.0, 1.0], 2), None);
        let broken = nearest_correlation(&[1.0, f64::NAN, f64::NAN, 1.0], 2, |_, _| false, 0.1);
        assert_eq!(broken, [1.0, 0.0, 0.0, 1.0]);
    }
}
