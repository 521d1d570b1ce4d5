//! How far apart are two distributions on the line or over levels?

/// Greatest gap between two empirical distribution functions, in `[0, 1]`; `NaN`s are left out, `None` when a side is
/// empty.
///
/// # Cost
/// O((n + m) log(n + m)).
///
/// # Source
/// Two-sample statistic of Smirnov 1948 (`smirnov1948`).
///
/// # Example
/// ```
/// use verosim_math::stats::ks_distance;
/// assert_eq!(ks_distance(&[1.0, 2.0], &[3.0, 4.0]), Some(1.0));
/// ```
#[must_use]
pub fn ks_distance(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (sorted(a)?, sorted(b)?);
    let (mut i, mut j, mut most) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        while i < a.len() && a[i] <= at {
            i += 1;
        }
        while j < b.len() && b[j] <= at {
            j += 1;
        }
        most = most.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    Some(most)
}

/// First Wasserstein distance between two samples, in their unit; `NaN`s are left out, `None` when a side is empty.
///
/// # Source
/// The integral of |F - G| (`vallender1974`), summed over the merged sorted points.
///
/// # Example
/// ```
/// use verosim_math::stats::wasserstein_1d;
/// assert_eq!(wasserstein_1d(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]), Some(5.0)); // Every point moved by five.
/// ```
#[must_use]
pub fn wasserstein_1d(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (sorted(a)?, sorted(b)?);
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    let mut last = a[0].min(b[0]);
    while i < a.len() || j < b.len() {
        let at = match (a.get(i), b.get(j)) {
            (Some(&x), Some(&y)) => x.min(y),
            (Some(&x), None) => x,
            (None, Some(&y)) => y,
            (None, None) => break,
        };
        sum += (at - last) * (i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs();
        last = at;
        while a.get(i).is_some_and(|&x| x <= at) {
            i += 1;
        }
        while b.get(j).is_some_and(|&x| x <= at) {
            j += 1;
        }
    }
    Some(sum)
}

/// Half the summed gaps between two vectors of counts, as shares, in `[0, 1]`; `None` when a side has no counts.
///
/// # Example
/// ```
/// use verosim_math::stats::total_variation;
/// assert_eq!(total_variation(&[1, 1], &[1, 0]), Some(0.5));
/// ```
#[must_use]
pub fn total_variation(a: &[u32], b: &[u32]) -> Option<f64> {
    let total = |counts: &[u32]| counts.iter().map(|&n| f64::from(n)).sum::<f64>();
    let (n, m) = (total(a), total(b));
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let share = |counts: &[u32], at: usize, total: f64| counts.get(at).map_or(0.0, |&n| f64::from(n) / total);
    Some(0.5 * (0..a.len().max(b.len())).map(|at| (share(a, at, n) - share(b, at, m)).abs()).sum::<f64>())
}

fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_REAL: [f64; 9] = [1.0, 2.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0];
    const A_SYNTHETIC: [f64; 9] = [1.0, 1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 30.0, 40.0];

    #[test]
    fn known_values() {
        let ks = ks_distance(&A_REAL, &A_SYNTHETIC).unwrap();
        assert!((1.0 - ks - 0.888_888_888_888_888_8).abs() < 1e-12, "sdmetrics KSComplement");
        let w = wasserstein_1d(&A_REAL, &A_SYNTHETIC).unwrap();
        assert!((w - 2.222_222_222_2).abs() < 1e-9, "scipy.stats.wasserstein_distance: {w}");
        let tv = total_variation(&[2, 3, 3, 1], &[3, 3, 2, 0, 1]).unwrap();
        assert!((tv - 2.0 / 9.0).abs() < 1e-12, "by hand: 1/9 + 1/9 + 1/9 + 1/9, halved");
        assert_eq!(ks_distance(&[], &[1.0]), None);
    }
}
