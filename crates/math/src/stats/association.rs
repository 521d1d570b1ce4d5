//! How strongly do two variables hang together?

use super::mid_ranks;

/// Spearman's rank correlation over pairs without `NaN`; `None` below three pairs or when a side is constant.
///
/// # Example
/// ```
/// use verosim_math::stats::spearman;
/// assert_eq!(spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 50.0]), Some(1.0));
/// ```
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) =
        a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).unzip();
    if x.len() < 3 {
        return None;
    }
    pearson(&mid_ranks(&x), &mid_ranks(&y))
}

/// Cramér's V with Bergsma's bias correction, in `[0, 1]`, from counts by row and column; `None` when a side has one
/// level.
///
/// # Source
/// Bergsma 2013 (`bergsma2013`).
#[must_use]
pub fn cramers_v(counts: &[u32], n_columns: usize) -> Option<f64> {
    let n_rows = counts.len() / n_columns.max(1);
    let n: f64 = counts.iter().map(|&c| f64::from(c)).sum();
    let rows: Vec<f64> = (0..n_rows)
        .map(|r| counts[r * n_columns..][..n_columns].iter().map(|&c| f64::from(c)).sum())
        .collect();
    let columns: Vec<f64> =
        (0..n_columns).map(|c| (0..n_rows).map(|r| f64::from(counts[r * n_columns + c])).sum()).collect();
    let used = |sums: &[f64]| sums.iter().filter(|&&sum| sum > 0.0).count() as f64;
    let (r, k) = (used(&rows), used(&columns));
    if r < 2.0 || k < 2.0 || n < 2.0 {
        return None;
    }
    let mut phi2 = -1.0;
    for (at, &count) in counts.iter().enumerate() {
        let (row, column) = (rows[at / n_columns], columns[at % n_columns]);
        if count > 0 {
            phi2 += f64::from(count).powi(2) / (row * column);
        }
    }
    let corrected = (phi2 - (r - 1.0) * (k - 1.0) / (n - 1.0)).max(0.0);
    let shrink = |levels: f64| levels - (levels - 1.0).powi(2) / (n - 1.0);
    let least = shrink(r).min(shrink(k)) - 1.0;
    (least > 0.0).then(|| (corrected / least).sqrt().min(1.0))
}

/// Correlation ratio: the root of the share of variance of `values` between groups, in `[0, 1]`; pairs with `NaN` or a
/// group at or past `n_groups` are left out.
#[must_use]
pub fn correlation_ratio(values: &[f64], groups: &[u32], n_groups: usize) -> Option<f64> {
    let (mut sums, mut counts) = (vec![0.0; n_groups], vec![0.0; n_groups]);
    let pairs = || values.iter().zip(groups).filter(|(v, g)| !v.is_nan() && (**g as usize) < n_groups);
    for (&value, &group) in pairs() {
        sums[group as usize] += value;
        counts[group as usize] += 1.0;
    }
    let n: f64 = counts.iter().sum();
    let mean = sums.iter().sum::<f64>() / n;
    let total: f64 = pairs().map(|(value, _)| (value - mean).powi(2)).sum();
    let between: f64 =
        sums.iter().zip(&counts).filter(|(_, n)| **n > 0.0).map(|(s, n)| n * (s / n - mean).powi(2)).sum();
    (total > 0.0).then(|| (between / total).clamp(0.0, 1.0).sqrt())
}

/// Mutual information over the geometric mean of both entropies, in `[0, 1]`, from counts by row and column; `None` when
/// a side has one level.
///
/// # Source
/// `strehl2002`.
#[must_use]
pub fn mutual_information(counts: &[u32], n_columns: usize) -> Option<f64> {
    let n_columns = n_columns.max(1);
    let n: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let mut rows = vec![0.0; counts.len() / n_columns];
    let mut columns = vec![0.0; n_columns];
    for (at, &count) in counts.iter().enumerate() {
        rows[at / n_columns] += f64::from(count);
        columns[at % n_columns] += f64::from(count);
    }
    let entropy = |sums: &[f64]| -> f64 {
        sums.iter().filter(|sum| **sum > 0.0).map(|sum| -sum / n * (sum / n).ln()).sum()
    };
    let all: Vec<f64> = counts.iter().map(|&count| f64::from(count)).collect();
    let (row, column) = (entropy(&rows), entropy(&columns));
    (row > 0.0 && column > 0.0)
        .then(|| ((row + column - entropy(&all)) / (row * column).sqrt()).clamp(0.0, 1.0))
}

fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        xy += (a - mx) * (b - my);
        xx += (a - mx) * (a - mx);
        yy += (b - my) * (b - my);
    }
    (xx > 0.0 && yy > 0.0).then(|| (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let nan = f64::NAN;
        let a = [1.0, 2.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, nan, 34.0];
        let b = [10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
        let rho = spearman(&a, &b).unwrap();
        assert!((rho + 0.995_824_616_419_310_5).abs() < 1e-12, "scipy.stats.spearmanr: {rho}");
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        let copy = cramers_v(&[50, 0, 0, 50], 2).unwrap();
        assert!((copy - 1.0).abs() < 1e-9, "a copy");
        assert_eq!(cramers_v(&[25, 25, 25, 25], 2), Some(0.0), "independence");
        let shared = mutual_information(&[30, 10, 10, 50], 2).unwrap();
        assert!(
            (shared - 0.264_097_775_053_142_14).abs() < 1e-9,
            "sklearn normalized_mutual_info_score, geometric: {shared}"
        );
        assert_eq!(mutual_information(&[3, 5], 2), None, "one row");
        let eta = correlation_ratio(&[1.0, 1.0, 3.0, 3.0], &[0, 0, 1, 1], 2).unwrap();
        assert_eq!(eta, 1.0, "groups explain everything");
    }
}
