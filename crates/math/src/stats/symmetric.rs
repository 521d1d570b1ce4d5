//! What are the determinant, the eigenvalues and the leading directions of a symmetric matrix?

use super::cholesky;

/// Logarithm of the determinant of a positive definite row-major matrix, and the solution of `matrix · x = right`.
/// `None` when it is not positive definite.
///
/// # Cost
/// O(n³), by Cholesky's factor.
#[must_use]
pub fn log_determinant_and_solution(matrix: &[f64], right: &[f64]) -> Option<(f64, Vec<f64>)> {
    let n = right.len();
    let factor = cholesky(matrix, n)?;
    let log = 2.0 * (0..n).map(|at| factor[at * n + at].ln()).sum::<f64>();
    let mut x = right.to_vec();
    for row in 0..n {
        let dot: f64 = (0..row).map(|at| factor[row * n + at] * x[at]).sum();
        x[row] = (x[row] - dot) / factor[row * n + row];
    }
    for row in (0..n).rev() {
        let dot: f64 = (row + 1..n).map(|at| factor[at * n + row] * x[at]).sum();
        x[row] = (x[row] - dot) / factor[row * n + row];
    }
    Some((log, x))
}

/// Eigenvalues of a symmetric row-major matrix, descending.
///
/// # Cost
/// O(4/3 n³): Householder's tridiagonal form, then bisection by Sturm counts, 60 halvings a value.
///
/// # Source
/// `golub2013`, sections 8.3 and 8.4.
///
/// # Example
/// ```
/// use verosim_math::stats::eigenvalues;
/// let found = eigenvalues(&[2.0, 1.0, 1.0, 2.0], 2);
/// assert!((found[0] - 3.0).abs() < 1e-12 && (found[1] - 1.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn eigenvalues(matrix: &[f64], n: usize) -> Vec<f64> {
    let (diagonal, beside) = tridiagonal(matrix, n);
    if n == 0 {
        return Vec::new();
    }
    let reach = |at: usize| {
        let below = if at > 0 { beside[at - 1].abs() } else { 0.0 };
        below + beside.get(at).map_or(0.0, |x| x.abs())
    };
    let low = (0..n).map(|at| diagonal[at] - reach(at)).fold(f64::INFINITY, f64::min);
    let high = (0..n).map(|at| diagonal[at] + reach(at)).fold(f64::NEG_INFINITY, f64::max);
    // Eigenvalues below x: negative pivots of the shifted matrix.
    let below = |x: f64| {
        let mut pivot = 1.0_f64;
        (0..n)
            .filter(|&at| {
                let square = if at > 0 { beside[at - 1] * beside[at - 1] } else { 0.0 };
                pivot = diagonal[at] - x - if square > 0.0 { square / pivot } else { 0.0 };
                if pivot == 0.0 {
                    pivot = f64::MIN_POSITIVE.sqrt();
                }
                pivot < 0.0
            })
            .count()
    };
    (0..n)
        .rev()
        .map(|index| {
            let (mut low, mut high) = (low, high);
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if below(middle) > index { high = middle } else { low = middle }
            }
            f64::midpoint(low, high)
        })
        .collect()
}

/// Householder's tridiagonal form: the diagonal and what stands beside it.
fn tridiagonal(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut beside = vec![0.0; n.saturating_sub(1)];
    for k in 0..n.saturating_sub(2) {
        let norm = (k + 1..n).map(|row| a[row * n + k].powi(2)).sum::<f64>().sqrt();
        let first = a[(k + 1) * n + k];
        let alpha = if first > 0.0 { -norm } else { norm };
        beside[k] = alpha;
        let mut v: Vec<f64> = (k + 1..n).map(|row| a[row * n + k]).collect();
        v[0] -= alpha;
        let length: f64 = v.iter().map(|x| x * x).sum();
        if length <= 0.0 {
            continue;
        }
        let m = v.len();
        let line = |row: usize| (k + 1 + row) * n + k + 1;
        let p: Vec<f64> = (0..m)
            .map(|row| 2.0 * a[line(row)..][..m].iter().zip(&v).map(|(x, v)| x * v).sum::<f64>() / length)
            .collect();
        let half = v.iter().zip(&p).map(|(v, p)| v * p).sum::<f64>() / length;
        let w: Vec<f64> = p.iter().zip(&v).map(|(p, v)| p - half * v).collect();
        for row in 0..m {
            let from = line(row);
            let (v_row, w_row) = (v[row], w[row]);
            for (at, x) in a[from..from + m].iter_mut().enumerate() {
                *x -= v_row * w[at] + w_row * v[at];
            }
        }
    }
    if n > 1 {
        beside[n - 2] = a[(n - 1) * n + n - 2];
    }
    ((0..n).map(|at| a[at * n + at]).collect(), beside)
}

/// Orthonormal directions, one per row, that span the space of the `k` largest eigenvalues of a positive semidefinite
/// matrix, by subspace iteration.
///
/// # Cost
/// O(100 · k · n²).
#[must_use]
pub fn leading_directions(matrix: &[f64], n: usize, k: usize) -> Vec<Vec<f64>> {
    let k = k.min(n);
    // Any start with a part in every direction will do; a fixed one keeps results equal.
    let mut basis: Vec<Vec<f64>> = (0..k)
        .map(|row| {
            (0..n)
                .map(|at| ((1 + row) as f64 * 0.7 + at as f64 * 1.3).sin() + f64::from(u8::from(at == row)))
                .collect()
        })
        .collect();
    orthonormal(&mut basis);
    for _ in 0..100 {
        for direction in &mut basis {
            *direction = (0..n)
                .map(|row| matrix[row * n..][..n].iter().zip(&*direction).map(|(x, d)| x * d).sum())
                .collect();
        }
        orthonormal(&mut basis);
    }
    basis
}

/// Gram and Schmidt's process; a direction that depends on those before becomes zero.
fn orthonormal(basis: &mut [Vec<f64>]) {
    for at in 0..basis.len() {
        let (before, rest) = basis.split_at_mut(at);
        let own = &mut rest[0];
        let start = own.iter().map(|x| x * x).sum::<f64>().sqrt();
        for other in before {
            let dot: f64 = own.iter().zip(&*other).map(|(x, y)| x * y).sum();
            own.iter_mut().zip(&*other).for_each(|(x, y)| *x -= dot * y);
        }
        let length = own.iter().map(|x| x * x).sum::<f64>().sqrt();
        let scale = if length > 1e-12 * start && length > 0.0 { 1.0 / length } else { 0.0 };
        own.iter_mut().for_each(|x| *x *= scale);
    }
}

/// The greatest angle between the spaces of two sets of orthonormal directions, in degrees; 90 when one has more.
///
/// # Source
/// `golub2013`, section 6.4: the cosine is the least singular value of the inner products.
#[must_use]
pub fn greatest_angle(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    if a.is_empty() || a.len() != b.len() {
        return 90.0;
    }
    let k = a.len();
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let inner: Vec<f64> = a.iter().flat_map(|x| b.iter().map(move |y| dot(x, y))).collect();
    let gram: Vec<f64> =
        (0..k * k).map(|at| dot(&inner[at / k * k..][..k], &inner[at % k * k..][..k])).collect();
    let least = eigenvalues(&gram, k).last().copied().unwrap_or(0.0);
    least.clamp(0.0, 1.0).sqrt().acos().to_degrees()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_and_directions_are_known() {
        // The second-difference matrix of order n: eigenvalues 2 - 2 cos(i π / (n + 1)), in closed form.
        let n = 12_usize;
        let matrix: Vec<f64> = (0..n * n)
            .map(|at| match (at / n).abs_diff(at % n) {
                0 => 2.0,
                1 => -1.0,
                _ => 0.0,
            })
            .collect();
        let want: Vec<f64> = (1..=n)
            .rev()
            .map(|i| 2.0 - 2.0 * (i as f64 * std::f64::consts::PI / (n + 1) as f64).cos())
            .collect();
        // Turned by a rotation of the first and last axes, so that it is no longer tridiagonal.
        let (s, c) = (0.6, 0.8);
        let turn = |matrix: &[f64]| {
            let mut turned = matrix.to_vec();
            for at in 0..n {
                let (x, y) = (matrix[at], matrix[(n - 1) * n + at]);
                (turned[at], turned[(n - 1) * n + at]) = (c * x - s * y, s * x + c * y);
            }
            let rows = turned.clone();
            for at in 0..n {
                let (x, y) = (rows[at * n], rows[at * n + n - 1]);
                (turned[at * n], turned[at * n + n - 1]) = (c * x - s * y, s * x + c * y);
            }
            turned
        };
        for matrix in [matrix.clone(), turn(&matrix)] {
            let found = eigenvalues(&matrix, n);
            assert!(found.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        }
        let diagonal = [9.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 1.0];
        let leading = leading_directions(&diagonal, 3, 1);
        assert!((leading[0][0].abs() - 1.0).abs() < 1e-12);
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let angle = greatest_angle(&leading, &[vec![half, half, 0.0]]);
        assert!((angle - 45.0).abs() < 1e-6, "{angle}");
    }

    #[test]
    fn determinants_and_solutions_are_by_hand() {
        let (log, x) = log_determinant_and_solution(&[4.0, 2.0, 2.0, 3.0], &[8.0, 7.0]).unwrap();
        assert!(
            (log - 8.0_f64.ln()).abs() < 1e-12 && (x[0] - 1.25).abs() < 1e-12 && (x[1] - 1.5).abs() < 1e-12
        );
        assert!(log_determinant_and_solution(&[0.0], &[1.0]).is_none());
        assert!(eigenvalues(&[], 0).is_empty());
    }
}
