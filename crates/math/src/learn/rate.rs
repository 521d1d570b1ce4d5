//! How sure is a share of trials?

use statrs::distribution::{Beta, ContinuousCDF as _, Normal};

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The share.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Trials.
    pub n: usize,
}

impl Rate {
    /// A share that is as sure as one of `trials` independent trials, which need not be a whole number; `(0, 1)` when there
    /// are no trials. `n` is what is told.
    ///
    /// # Source
    /// The exact interval at an effective number of trials, as for surveys: Korn and Graubard 1998 (`korn1998`).
    #[must_use]
    pub fn effective(value: f64, trials: f64, n: usize, level: f64) -> Self {
        let rate = |low, high| Self { value, low, high, n };
        if trials.is_nan() || trials <= 0.0 {
            return rate(0.0, 1.0);
        }
        let hits = (value * trials).clamp(0.0, trials);
        let tail = (1.0 - level) / 2.0;
        let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map(|law| law.inverse_cdf(p));
        // At the edges there is no beta law, and the ends are exact by definition.
        let low = quantile(hits, trials - hits + 1.0, tail).unwrap_or(0.0);
        let high = quantile(hits + 1.0, trials - hits, 1.0 - tail).unwrap_or(1.0);
        rate(low, high)
    }

    /// `hits` of `n` with the exact interval at `level`; `(0, 1)` when there are no trials.
    #[must_use]
    pub fn exact(hits: usize, n: usize, level: f64) -> Self {
        let (low, high) = clopper_pearson(hits, n, level);
        Self { value: if n == 0 { 0.0 } else { hits as f64 / n as f64 }, low, high, n }
    }

    /// Mean of `values` in `[0, 1]`; its interval is taken after a value of 0 and one of 1 were added, so that it has a
    /// width where all are equal. `(0, 1)` when there are none.
    ///
    /// # Source
    /// The one-sample case of Agresti and Caffo 2000 (`agresti2000`), with the variance of the values.
    #[must_use]
    pub fn mean(values: &[f64], level: f64) -> Self {
        if values.is_empty() {
            return Self { value: 0.0, low: 0.0, high: 1.0, n: 0 };
        }
        let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
        let value = values.iter().sum::<f64>() / values.len() as f64;
        let n = values.len() as f64 + 2.0;
        let middle = (values.iter().sum::<f64>() + 1.0) / n;
        let squares = values.iter().map(|value| value * value).sum::<f64>() + 1.0;
        let half = z * ((squares / n - middle * middle).max(0.0) / n).sqrt();
        Self {
            value,
            low: (middle - half).clamp(0.0, value.max(0.0)),
            high: (middle + half).min(1.0).max(value),
            n: values.len(),
        }
    }
}

/// Exact interval for a probability after `hits` of `n` trials; never too short.
///
/// # Units and range
/// Both ends in `[0, 1]`; `(0, 1)` when `n` is 0. `hits` above `n` count as `n`.
///
/// # Source
/// Clopper and Pearson 1934, Biometrika 26(4), 404-413, doi:10.1093/biomet/26.4.404, as beta quantiles.
///
/// # Example
/// ```
/// use verosim_math::learn::clopper_pearson;
/// let (low, high) = clopper_pearson(0, 10, 0.95);
/// assert!(low == 0.0 && (high - 0.3085).abs() < 1e-4);
/// ```
#[must_use]
pub fn clopper_pearson(hits: usize, n: usize, level: f64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let hits = hits.min(n);
    let tail = (1.0 - level) / 2.0;
    // With both shapes positive a beta law exists; the edges have no beta law and are exact by definition.
    let quantile =
        |a: usize, b: usize, p: f64| Beta::new(a as f64, b as f64).map_or(f64::NAN, |law| law.inverse_cdf(p));
    let low = if hits == 0 { 0.0 } else { quantile(hits, n - hits + 1, tail) };
    let high = if hits == n { 1.0 } else { quantile(hits + 1, n - hits, 1.0 - tail) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_shares_are_the_plus_four_interval() {
        // By hand: 3 ones of 10 with a 0 and a 1 more: 4 of 12, half 1.959964 sqrt(1/3 · 2/3 / 12).
        let values: Vec<f64> = (0..10).map(|at| f64::from(u8::from(at < 3))).collect();
        let got = Rate::mean(&values, 0.95);
        let half = 1.959_964 * (2.0_f64 / 9.0 / 12.0).sqrt();
        assert!((got.value - 0.3).abs() < 1e-12);
        assert!((got.low - (1.0 / 3.0 - half)).abs() < 1e-6 && (got.high - (1.0 / 3.0 + half)).abs() < 1e-6);
        assert_eq!(Rate::mean(&[], 0.95), Rate { value: 0.0, low: 0.0, high: 1.0, n: 0 });
        assert!(Rate::mean(&[0.0; 30], 0.95).high > 0.0);
    }

    #[test]
    fn ends_match_scipy() {
        // scipy.stats.binomtest(k, n).proportion_ci(level, method="exact"), scipy 1.x.
        let cases = [
            (0, 10, 0.95, 0.0, 0.308_497_107_819),
            (10, 10, 0.95, 0.691_502_892_181, 1.0),
            (3, 10, 0.95, 0.066_739_511_178, 0.652_452_850_060),
            (50, 1000, 0.95, 0.037_335_397_605, 0.065_390_487_915),
            (1, 10_000, 0.99, 0.000_000_501_254, 0.000_742_774_112),
            (5000, 20_000, 0.9, 0.244_965_755_963, 0.255_088_002_052),
        ];
        for (hits, n, level, low, high) in cases {
            let got = clopper_pearson(hits, n, level);
            assert!((got.0 - low).abs() < 1e-9 && (got.1 - high).abs() < 1e-9, "{hits}/{n}: {got:?}");
        }
        assert_eq!(clopper_pearson(0, 0, 0.95), (0.0, 1.0), "no trials say nothing");
        for (hits, n) in [(0, 10), (10, 10), (3, 10), (50, 1000)] {
            let (exact, effective) =
                (Rate::exact(hits, n, 0.95), Rate::effective(hits as f64 / n as f64, n as f64, n, 0.95));
            assert!((exact.low - effective.low).abs() < 1e-9 && (exact.high - effective.high).abs() < 1e-9);
        }
        assert_eq!(Rate::effective(0.5, 0.0, 0, 0.95).high, 1.0);
    }
}
