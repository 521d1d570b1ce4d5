//! Which directions does a symmetric matrix stretch, and by how much?

/// Eigenvalues of a symmetric row-major matrix, in no particular order, and their orthonormal eigenvectors, one per row.
///
/// # Cost
/// O(9 n³): Householder's tridiagonal form, then implicit QL steps.
///
/// # Source
/// `golub2013`, sections 8.3 and 8.4.
///
/// # Example
/// ```
/// use verosim_math::stats::symmetric_eigen;
/// let (values, vectors) = symmetric_eigen(&[2.0, 1.0, 1.0, 2.0], 2);
/// let first = values.iter().position(|value| (value - 3.0).abs() < 1e-12).unwrap();
/// assert!((vectors[2 * first] - vectors[2 * first + 1]).abs() < 1e-12);
/// ```
#[must_use]
pub fn symmetric_eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut values, mut beside, mut vectors) = tridiagonal(matrix, n);
    for first in 0..n {
        // Each step shrinks one entry beside the diagonal cubically; two or three suffice.
        for _ in 0..MOST_STEPS {
            let last = (first..n.saturating_sub(1))
                .find(|&at| beside[at].abs() <= f64::EPSILON * (values[at].abs() + values[at + 1].abs()))
                .unwrap_or(n - 1);
            if last == first {
                break;
            }
            step(&mut values, &mut beside, &mut vectors, n, first, last);
        }
    }
    (values, vectors)
}

/// QL steps per eigenvalue; thirty is what EISPACK allows.
const MOST_STEPS: usize = 60;

/// One implicit QL step with Wilkinson's shift on rows `first..=last`.
fn step(values: &mut [f64], beside: &mut [f64], vectors: &mut [f64], n: usize, first: usize, last: usize) {
    let half = (values[first + 1] - values[first]) / (2.0 * beside[first]);
    let shift = half + half.hypot(1.0).copysign(half);
    let mut g = values[last] - values[first] + beside[first] / shift;
    let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
    for at in (first..last).rev() {
        let (f, b) = (sine * beside[at], cosine * beside[at]);
        let length = f.hypot(g);
        if at + 1 < last {
            beside[at + 1] = length;
        }
        if length == 0.0 {
            values[at + 1] -= moved;
            if last < n - 1 {
                beside[last] = 0.0;
            }
            return;
        }
        (sine, cosine) = (f / length, g / length);
        let own = values[at + 1] - moved;
        let turn = (values[at] - own) * sine + 2.0 * cosine * b;
        moved = sine * turn;
        values[at + 1] = own + moved;
        g = cosine * turn - b;
        let (left, right) = vectors[at * n..(at + 2) * n].split_at_mut(n);
        for (x, y) in left.iter_mut().zip(right) {
            (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
        }
    }
    values[first] -= moved;
    beside[first] = g;
}

/// The diagonal, what stands beside it, and the rotation to it, row by row.
fn tridiagonal(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut turned: Vec<f64> = (0..n * n).map(|at| f64::from(u8::from(at / n == at % n))).collect();
    let mut beside = vec![0.0; n.saturating_sub(1)];
    for k in 0..n.saturating_sub(2) {
        let mut v: Vec<f64> = (k + 1..n).map(|row| a[row * n + k]).collect();
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let alpha = -norm.copysign(v[0]);
        beside[k] = alpha;
        v[0] -= alpha;
        let length: f64 = v.iter().map(|x| x * x).sum();
        if length <= 0.0 {
            continue;
        }
        let m = v.len();
        let p: Vec<f64> =
            (0..m).map(|row| 2.0 * dot(&a[(k + 1 + row) * n + k + 1..][..m], &v) / length).collect();
        let half = dot(&v, &p) / length;
        let w: Vec<f64> = p.iter().zip(&v).map(|(p, v)| p - half * v).collect();
        for row in 0..m {
            let line = &mut a[(k + 1 + row) * n + k + 1..][..m];
            for (at, x) in line.iter_mut().enumerate() {
                *x -= v[row] * w[at] + w[row] * v[at];
            }
        }
        let mut along = vec![0.0; n];
        for (row, v) in v.iter().enumerate() {
            along.iter_mut().zip(&turned[(k + 1 + row) * n..]).for_each(|(sum, x)| *sum += v * x);
        }
        for (row, v) in v.iter().enumerate() {
            let line = &mut turned[(k + 1 + row) * n..][..n];
            line.iter_mut().zip(&along).for_each(|(x, sum)| *x -= 2.0 * v * sum / length);
        }
    }
    if n > 1 {
        beside[n - 2] = a[(n - 1) * n + n - 2];
    }
    ((0..n).map(|at| a[at * n + at]).collect(), beside, turned)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::eigenvalues;

    #[test]
    fn values_and_vectors_rebuild_the_matrix() {
        for n in [1_usize, 2, 3, 9, 40] {
            let entry = |at: usize| ((at * at) as f64 * 0.37).sin();
            let matrix: Vec<f64> = (0..n * n).map(|at| entry((at % n * n + at / n).min(at))).collect();
            let (values, vectors) = symmetric_eigen(&matrix, n);
            for (at, entry) in matrix.iter().enumerate() {
                let (row, column) = (at / n, at % n);
                let sum: f64 =
                    (0..n).map(|k| values[k] * vectors[k * n + row] * vectors[k * n + column]).sum();
                assert!((sum - entry).abs() < 1e-10, "{n}: {sum} {entry}");
                let inner = dot(&vectors[row * n..][..n], &vectors[column * n..][..n]);
                assert!((inner - f64::from(u8::from(row == column))).abs() < 1e-12);
            }
            let mut sorted = values;
            sorted.sort_by(|a, b| b.total_cmp(a));
            let other = eigenvalues(&matrix, n);
            assert!(sorted.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-9), "bisection agrees");
        }
    }

    #[test]
    fn odd_matrices_are_no_trouble() {
        assert_eq!(symmetric_eigen(&[], 0), (vec![], vec![]));
        let (values, _) = symmetric_eigen(&[0.0; 9], 3);
        assert_eq!(values, [0.0; 3]);
        let (mut values, _) = symmetric_eigen(&[1.0; 16], 4);
        values.sort_by(f64::total_cmp);
        assert!((values[3] - 4.0).abs() < 1e-12 && values[2].abs() < 1e-12);
    }
}
