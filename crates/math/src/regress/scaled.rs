//! How are columns brought to one scale for fitting, and coefficients back to theirs?

use super::Estimate;
use super::factor::Factor;
use crate::learn::Design;

/// Columns with mean 0 and deviation 1, without those that are constant or follow from others.
pub(super) struct Scaled {
    /// Row-major, without an intercept.
    pub(super) rows: Vec<f64>,
    /// Columns kept.
    pub(super) width: usize,
    kept: Vec<usize>,
    means: Vec<f64>,
    deviations: Vec<f64>,
    n_columns: usize,
}

impl Scaled {
    pub(super) fn new(columns: &Design, n: usize) -> Self {
        let count = n.max(1) as f64;
        let mut scaled = Self {
            rows: Vec::new(),
            width: 0,
            kept: Vec::new(),
            means: Vec::new(),
            deviations: Vec::new(),
            n_columns: columns.len(),
        };
        let mut standard: Vec<Vec<f64>> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let mean = column.iter().sum::<f64>() / count;
            let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
            // Rounding leaves a constant column a hair of deviation.
            if deviation > 1e-12 * mean.abs() && deviation > 0.0 {
                scaled.kept.push(at);
                scaled.means.push(mean);
                scaled.deviations.push(deviation);
                standard.push(column.iter().map(|x| (x - mean) / deviation).collect());
            }
        }
        let k = standard.len();
        let mut gram = vec![0.0; k * k];
        for a in 0..k {
            for b in 0..=a {
                gram[a * k + b] = standard[a].iter().zip(&standard[b]).map(|(x, y)| x * y).sum();
            }
        }
        let depends = Factor::of(&gram, k).depends().to_vec();
        let order: Vec<usize> = (0..k).filter(|&at| !depends[at]).collect();
        scaled.kept = order.iter().map(|&at| scaled.kept[at]).collect();
        scaled.means = order.iter().map(|&at| scaled.means[at]).collect();
        scaled.deviations = order.iter().map(|&at| scaled.deviations[at]).collect();
        scaled.width = order.len();
        scaled.rows = (0..n * order.len())
            .map(|cell| standard[order[cell % order.len()]][cell / order.len()])
            .collect();
        scaled
    }

    /// Estimates on the scale of the columns as they came; `None` for columns that were not kept. The first of `weights`
    /// and of `covariance` is the intercept where `has_intercept`, and so is the first of the estimates.
    pub(super) fn back(
        &self,
        weights: &[f64],
        covariance: &[f64],
        has_intercept: bool,
    ) -> Vec<Option<Estimate>> {
        let first = usize::from(has_intercept);
        let k = self.width + first;
        let mut estimates = vec![None; self.n_columns + first];
        for (at, &column) in self.kept.iter().enumerate() {
            let (place, scale) = (at + first, self.deviations[at]);
            let error = covariance[place * k + place].max(0.0).sqrt() / scale;
            estimates[column + first] = Some(Estimate { value: weights[place] / scale, error });
        }
        if has_intercept {
            let shift = |at: usize| if at == 0 { 1.0 } else { -self.means[at - 1] / self.deviations[at - 1] };
            let value = (0..k).map(|at| shift(at) * weights[at]).sum();
            let variance: f64 = (0..k)
                .map(|a| (0..k).map(|b| shift(a) * shift(b) * covariance[a * k + b]).sum::<f64>())
                .sum();
            estimates[0] = Some(Estimate { value, error: variance.max(0.0).sqrt() });
        }
        estimates
    }
}
