//! Do two orders, or two raters, agree?

/// Kendall's tau-b over pairs without `NaN`; `None` when a side is constant.
///
/// # Cost
/// O(n²): for lists of columns and learners, not of rows.
///
/// # Source
/// Kendall 1945 (`kendall1945`).
///
/// # Example
/// ```
/// use verosim_math::stats::kendall;
/// assert_eq!(kendall(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]), Some(1.0 / 3.0));
/// ```
#[must_use]
pub fn kendall(a: &[f64], b: &[f64]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> =
        a.iter().zip(b).filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).collect();
    let sign = |x: f64, y: f64| x.partial_cmp(&y).map_or(0, |order| order as i64);
    let (mut sum, mut in_a, mut in_b) = (0_i64, 0_i64, 0_i64);
    for (at, one) in pairs.iter().enumerate() {
        for other in &pairs[..at] {
            let (x, y) = (sign(one.0, other.0), sign(one.1, other.1));
            sum += x * y;
            in_a += x * x;
            in_b += y * y;
        }
    }
    (in_a > 0 && in_b > 0).then(|| sum as f64 / (in_a as f64 * in_b as f64).sqrt())
}

/// Cohen's kappa of two yes/no raters; `None` when chance alone agrees always.
///
/// # Source
/// Cohen 1960 (`cohen1960`).
#[must_use]
pub fn kappa(a: &[bool], b: &[bool]) -> Option<f64> {
    let n = a.len().min(b.len()) as f64;
    let share = |hits: usize| hits as f64 / n;
    let same = share(a.iter().zip(b).filter(|(a, b)| a == b).count());
    let yes = |side: &[bool]| share(side.iter().filter(|&&yes| yes).count());
    let (p, q) = (yes(a), yes(b));
    let chance = p * q + (1.0 - p) * (1.0 - q);
    (n > 0.0 && chance < 1.0).then(|| (same - chance) / (1.0 - chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_scipy_and_scikit_learn() {
        // scipy.stats.kendalltau([1, 2, 2, 3, 5], [2, 1, 3, 3, 4]).
        let tau = kendall(&[1.0, 2.0, 2.0, 3.0, 5.0], &[2.0, 1.0, 3.0, 3.0, 4.0]).unwrap();
        assert!((tau - SCIPY).abs() < 1e-12, "{tau}");
        assert_eq!(kendall(&[1.0, 1.0], &[1.0, 2.0]), None);
        // sklearn.metrics.cohen_kappa_score([1, 1, 0, 0, 1], [1, 0, 0, 0, 1]).
        let found = kappa(&[true, true, false, false, true], &[true, false, false, false, true]).unwrap();
        assert!((found - SCIKIT).abs() < 1e-12, "{found}");
        assert_eq!(kappa(&[true], &[true]), None);
        assert_eq!(kappa(&[], &[]), None);
    }

    const SCIPY: f64 = 2.0 / 3.0;
    const SCIKIT: f64 = 8.0 / 13.0;
}
