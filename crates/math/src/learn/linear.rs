//! How are logistic and linear models with a ridge fitted?

/// Columns of a design, each as long as the table; an intercept is added.
pub type Design = [Vec<f64>];

/// A fitted linear predictor: intercept first.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    weights: Vec<f64>,
    logistic: bool,
}

/// Newton steps at most; convergence takes five to ten.
const MOST_STEPS: usize = 30;

/// Ridge-penalised logistic regression of `yes` on `columns` by Newton's method (iteratively re-weighted least squares).
///
/// `ridge` is the penalty on each weight but the intercept: minus log-likelihood plus half of `ridge` times the squared
/// weights (scikit-learn's `C` is `1 / ridge`). `None` without rows or when the system is singular.
///
/// # Cost
/// O(rows · columns²) per step.
///
/// # Example
/// ```
/// use verosim_math::learn::logistic;
/// let model = logistic(&[vec![0.0, 1.0, 2.0, 3.0]], &[false, true, false, true], 1.0).unwrap();
/// assert!(model.predict(&[vec![3.0]])[0] > 0.5);
/// ```
#[must_use]
pub fn logistic(columns: &Design, yes: &[bool], ridge: f64) -> Option<Linear> {
    let n = yes.len();
    let k = columns.len() + 1;
    if n == 0 {
        return None;
    }
    let mut weights = vec![0.0; k];
    for _ in 0..MOST_STEPS {
        let p: Vec<f64> =
            scores(&weights, columns, n).into_iter().map(|s| 1.0 / (1.0 + (-s).exp())).collect();
        let residual: Vec<f64> = yes.iter().zip(&p).map(|(&yes, p)| f64::from(u8::from(yes)) - p).collect();
        let curve: Vec<f64> = p.iter().map(|p| (p * (1.0 - p)).max(1e-9)).collect();
        let mut gradient = cross(columns, &residual);
        let mut hessian = gram(columns, &curve);
        for at in 1..k {
            gradient[at] -= ridge * weights[at];
            hessian[at * k + at] += ridge;
        }
        let step = solve(&mut hessian, &gradient)?;
        let size = step.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
        // A long step is shortened: separated classes would run away.
        let shorten = if size > 10.0 { 10.0 / size } else { 1.0 };
        weights.iter_mut().zip(&step).for_each(|(w, s)| *w += shorten * s);
        if size < 1e-8 {
            break;
        }
    }
    Some(Linear { weights, logistic: true })
}

/// Ridge regression of `values` on `columns`; `None` without rows or when the system is singular.
#[must_use]
pub fn ridge_regression(columns: &Design, values: &[f64], ridge: f64) -> Option<Linear> {
    if values.is_empty() {
        return None;
    }
    let k = columns.len() + 1;
    let mut hessian = gram(columns, &vec![1.0; values.len()]);
    for at in 1..k {
        hessian[at * k + at] += ridge;
    }
    let weights = solve(&mut hessian, &cross(columns, values))?;
    Some(Linear { weights, logistic: false })
}

impl Linear {
    /// Probabilities of a logistic model, values of a linear one.
    #[must_use]
    pub fn predict(&self, columns: &Design) -> Vec<f64> {
        let n = columns.first().map_or(0, Vec::len);
        let scores = scores(&self.weights, columns, n);
        if self.logistic { scores.into_iter().map(|s| 1.0 / (1.0 + (-s).exp())).collect() } else { scores }
    }

    /// Intercept and weights.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }
}

fn scores(weights: &[f64], columns: &Design, n: usize) -> Vec<f64> {
    let mut scores = vec![weights[0]; n];
    for (column, weight) in columns.iter().zip(&weights[1..]) {
        scores.iter_mut().zip(column).for_each(|(score, x)| *score += weight * x);
    }
    scores
}

fn cross(columns: &Design, values: &[f64]) -> Vec<f64> {
    std::iter::once(values.iter().sum())
        .chain(columns.iter().map(|column| column.iter().zip(values).map(|(x, v)| x * v).sum()))
        .collect()
}

/// Weighted sums of products of all pairs of columns, the intercept first.
fn gram(columns: &Design, weights: &[f64]) -> Vec<f64> {
    use rayon::prelude::*;
    let k = columns.len() + 1;
    let rows: Vec<Vec<f64>> = (0..k)
        .into_par_iter()
        .map(|a| {
            let weighted: Vec<f64> = match a {
                0 => weights.to_vec(),
                a => columns[a - 1].iter().zip(weights).map(|(x, w)| x * w).collect(),
            };
            (0..=a)
                .map(|b| match b {
                    0 => weighted.iter().sum(),
                    b => weighted.iter().zip(&columns[b - 1]).map(|(x, y)| x * y).sum(),
                })
                .collect()
        })
        .collect();
    let mut gram = vec![0.0; k * k];
    for (a, row) in rows.iter().enumerate() {
        for (b, &value) in row.iter().enumerate() {
            gram[a * k + b] = value;
            gram[b * k + a] = value;
        }
    }
    gram
}

/// Solves a positive definite system in place (Cholesky); a hair is added to pivots that columns in line leave empty.
pub(super) fn solve(matrix: &mut [f64], right: &[f64]) -> Option<Vec<f64>> {
    let k = right.len();
    let scale = (0..k).map(|at| matrix[at * k + at]).fold(0.0_f64, f64::max).max(1e-300);
    for a in 0..k {
        for b in 0..=a {
            let mut sum = matrix[a * k + b];
            for c in 0..b {
                sum -= matrix[a * k + c] * matrix[b * k + c];
            }
            if a == b {
                let pivot = if sum <= 1e-12 * scale { 1e-6 * scale } else { sum };
                matrix[a * k + a] = pivot.sqrt();
            } else {
                matrix[a * k + b] = sum / matrix[b * k + b];
            }
        }
    }
    let mut x = right.to_vec();
    for a in 0..k {
        for b in 0..a {
            x[a] -= matrix[a * k + b] * x[b];
        }
        x[a] /= matrix[a * k + a];
    }
    for a in (0..k).rev() {
        for b in a + 1..k {
            x[a] -= matrix[b * k + a] * x[b];
        }
        x[a] /= matrix[a * k + a];
    }
    x.iter().all(|x| x.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_agree_with_scikit_learn() {
        // LogisticRegression(C=1, tol=1e-12).fit([[0],[1],[2],[3],[4]], [0,0,1,0,1]): intercept -1.74928, weight 0.63303.
        let x = vec![vec![0.0, 1.0, 2.0, 3.0, 4.0]];
        let model = logistic(&x, &[false, false, true, false, true], 1.0).unwrap();
        assert!((model.weights()[1] - SK_WEIGHT).abs() < 1e-5, "{:?}", model.weights());
        assert!((model.weights()[0] - SK_INTERCEPT).abs() < 1e-5, "{:?}", model.weights());
        // Least squares through (0,1), (1,3), (2,5) by hand.
        let line = ridge_regression(&[vec![0.0, 1.0, 2.0]], &[1.0, 3.0, 5.0], 0.0).unwrap();
        assert!((line.weights()[0] - 1.0).abs() < 1e-9 && (line.weights()[1] - 2.0).abs() < 1e-9);
    }

    const SK_INTERCEPT: f64 = -1.749_283_910_363_196_5;
    const SK_WEIGHT: f64 = 0.633_026_399_597_402_5;
}
