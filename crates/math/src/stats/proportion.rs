//! Do two shares have equal odds?

use super::gaussian::normal_two_sided;

/// How two shares compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OddsGap {
    /// Log of the odds of the first over the odds of the second.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Two-sided probability of a difference as great when the shares are equal.
    pub p: f64,
}

/// Compares `hits.0` of `n.0` with `hits.1` of `n.1`; `None` without trials on either side.
///
/// # Units and range
/// Log odds with Woolf's standard error; half a trial is added to every count where one is 0 (Haldane 1956). The
/// probability is that of the pooled two-sample z-test of shares; 1 where both shares are all or nothing alike.
///
/// # Example
/// ```
/// use verosim_math::stats::odds_gap;
/// let found = odds_gap((30, 20), (100, 100)).unwrap();
/// assert!((found.value - (30.0_f64 / 70.0 / (20.0 / 80.0)).ln()).abs() < 1e-12);
/// ```
#[must_use]
pub fn odds_gap(hits: (usize, usize), n: (usize, usize)) -> Option<OddsGap> {
    if n.0 == 0 || n.1 == 0 || hits.0 > n.0 || hits.1 > n.1 {
        return None;
    }
    let counts = [hits.0, n.0 - hits.0, hits.1, n.1 - hits.1];
    let spare = if counts.contains(&0) { 0.5 } else { 0.0 };
    let [a, b, c, d] = counts.map(|count| count as f64 + spare);
    let (first, second) = (hits.0 as f64 / n.0 as f64, hits.1 as f64 / n.1 as f64);
    let pooled = (hits.0 + hits.1) as f64 / (n.0 + n.1) as f64;
    let spread = (pooled * (1.0 - pooled) * (1.0 / n.0 as f64 + 1.0 / n.1 as f64)).sqrt();
    let p = if spread > 0.0 { normal_two_sided((first - second) / spread) } else { 1.0 };
    Some(OddsGap {
        value: (a / b / (c / d)).ln(),
        standard_error: (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt(),
        p,
    })
}

/// Adjusted probabilities: rejecting those below a level keeps the expected share of false ones among them below it.
///
/// # Source
/// Benjamini and Hochberg 1995 (`benjamini1995`). `NaN` counts as 1.
///
/// # Cost
/// O(n log n).
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let at = |i: usize| if p[i].is_nan() { 1.0 } else { p[i].clamp(0.0, 1.0) };
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| at(a).total_cmp(&at(b)).then(a.cmp(&b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        least = least.min(at(i) * p.len() as f64 / (rank + 1) as f64);
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_compare_as_in_statsmodels() {
        let found = odds_gap((30, 20), (100, 100)).unwrap();
        // statsmodels proportions_ztest([30, 20], [100, 100]); Table2x2([[30, 70], [20, 80]]).log_oddsratio_se.
        assert!((found.p - 0.102_470_434_860).abs() < 1e-9, "{}", found.p);
        assert!((found.standard_error - 0.331_841_901_542).abs() < 1e-9);
        assert_eq!(odds_gap((0, 0), (10, 20)).unwrap().p, 1.0);
        assert!(odds_gap((0, 5), (10, 20)).unwrap().value.is_finite());
        assert_eq!(odds_gap((0, 0), (0, 20)), None);
    }

    #[test]
    fn adjusted_probabilities_match_statsmodels() {
        // By hand, 0.01 i of five is 0.05 throughout; the second row is that of statsmodels multipletests.
        assert!(benjamini_hochberg(&[0.01, 0.02, 0.03, 0.04, 0.05]).iter().all(|p| (p - 0.05).abs() < 1e-12));
        let found = benjamini_hochberg(&[0.9, 0.001, 0.04, f64::NAN]);
        let want = [1.0, 0.004, 0.08, 1.0];
        assert!(found.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }
}
