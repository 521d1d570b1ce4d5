//! Which bound will one more number like these stay below?

use super::student_reach;

/// The bound that one more value, drawn as `values` were, stays below with probability `level`.
///
/// # Units and range
/// That of the values; `None` with fewer than two of them or where one is not finite.
///
/// # Source
/// The prediction interval of a normal sample: mean plus `t` times the standard deviation times `sqrt(1 + 1/n)` (Hahn and
/// Meeker 1991, `hahn1991`).
///
/// # Example
/// ```
/// use verosim_math::stats::next_at_most;
/// assert!((next_at_most(&[0.1, 0.3, 0.2], 0.95).unwrap() - 0.537).abs() < 1e-3);
/// ```
#[must_use]
pub fn next_at_most(values: &[f64], level: f64) -> Option<f64> {
    let n = values.len() as f64;
    if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // `student_reach` is two-sided.
    let reach = student_reach(2.0 * level - 1.0, values.len() - 1, 1);
    Some(mean + reach * (variance * (1.0 + 1.0 / n)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_that_of_scipy() {
        // np.mean(x) + scipy.stats.t.ppf(0.95, 3) * np.std(x, ddof=1) * np.sqrt(1 + 1 / 4), x = [1, 2, 4, 9].
        let bound = next_at_most(&[1.0, 2.0, 4.0, 9.0], 0.95).unwrap();
        assert!((bound - WANT).abs() < 1e-6, "{bound}");
        assert_eq!(next_at_most(&[1.0], 0.95), None);
        assert_eq!(next_at_most(&[1.0, f64::NAN], 0.95), None);
        assert_eq!(next_at_most(&[3.0, 3.0], 0.95), Some(3.0));
    }

    const WANT: f64 = 13.364_296_986_826_368;
}
