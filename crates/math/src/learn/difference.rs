//! How sure is the difference of two independent shares?

use statrs::distribution::{ContinuousCDF as _, Normal};

/// A difference of two shares with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// First share minus second.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Difference {
    /// `hits.0` of `n.0` minus `hits.1` of `n.1`, with Newcombe's hybrid score interval at `level`.
    ///
    /// # Units and range
    /// All in `[-1, 1]`; `(-1, 1)` around 0 when either side has no trials. Hits above the trials count as all.
    ///
    /// # Source
    /// Method 10 of Newcombe 1998, Statistics in Medicine 17(8), 873-890 (`newcombe1998`): Wilson's interval of either
    /// share, combined by squares. Never leaves `[-1, 1]`, and has a width where both shares are 0.
    ///
    /// # Example
    /// ```
    /// use verosim_math::learn::Difference;
    /// let found = Difference::newcombe((9, 3), (10, 10), 0.95);
    /// assert!((found.low - 0.1705).abs() < 1e-4 && (found.high - 0.8090).abs() < 1e-4);
    /// ```
    #[must_use]
    pub fn newcombe(hits: (usize, usize), n: (usize, usize), level: f64) -> Self {
        if n.0 == 0 || n.1 == 0 {
            return Self { value: 0.0, low: -1.0, high: 1.0 };
        }
        let (a, b) = (wilson(hits.0, n.0, level), wilson(hits.1, n.1, level));
        let value = a.0 - b.0;
        let below = ((a.0 - a.1).powi(2) + (b.2 - b.0).powi(2)).sqrt();
        let above = ((a.2 - a.0).powi(2) + (b.0 - b.1).powi(2)).sqrt();
        Self { value, low: value - below, high: value + above }
    }
    /// Mean of `first` minus mean of `second`, of values in `[0, 1]`, with an interval that has a width where all values
    /// of both are equal.
    ///
    /// # Units and range
    /// All in `[-1, 1]`; `(-1, 1)` around 0 when either side is empty. The value is the plain difference; the interval is
    /// built around it after a value of 0 and one of 1 were added to either side.
    ///
    /// # Source
    /// Agresti and Caffo 2000 (`agresti2000`) for shares; for other values in `[0, 1]` the same two values are added
    /// before variances are taken.
    #[must_use]
    pub fn means(first: &[f64], second: &[f64], level: f64) -> Self {
        if first.is_empty() || second.is_empty() {
            return Self { value: 0.0, low: -1.0, high: 1.0 };
        }
        let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        // Mean of all and the two added ones, and the variance of that mean.
        let padded = |values: &[f64]| {
            let n = values.len() as f64 + 2.0;
            let mean = (values.iter().sum::<f64>() + 1.0) / n;
            let squares = values.iter().map(|value| value * value).sum::<f64>() + 1.0;
            (mean, (squares / n - mean * mean).max(0.0) / n)
        };
        let (a, b) = (padded(first), padded(second));
        let value = mean(first) - mean(second);
        let (middle, half) = (a.0 - b.0, z * (a.1 + b.1).sqrt());
        Self { value, low: (middle - half).min(value).max(-1.0), high: (middle + half).max(value).min(1.0) }
    }
}

/// A share with the ends of Wilson's score interval.
fn wilson(hits: usize, n: usize, level: f64) -> (f64, f64, f64) {
    let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
    let (n, share) = (n as f64, hits.min(n) as f64 / n as f64);
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    // Rounding may leave the ends a hair beyond the share where that is 0 or 1.
    (share, ((middle - half) / whole).clamp(0.0, share), ((middle + half) / whole).clamp(share, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_match_the_paper() {
        // Table II of Newcombe 1998, method 10.
        let cases = [
            ((56, 48), (70, 80), 0.0524, 0.3339),
            ((9, 3), (10, 10), 0.1705, 0.8090),
            ((6, 2), (7, 7), 0.0582, 0.8062),
            ((5, 0), (56, 29), -0.0381, 0.1926),
            ((0, 0), (10, 20), -0.1611, 0.2775),
            ((0, 0), (10, 10), -0.2775, 0.2775),
            ((10, 0), (10, 20), 0.6791, 1.0000),
            ((10, 0), (10, 10), 0.6075, 1.0000),
        ];
        for (hits, n, low, high) in cases {
            let found = Difference::newcombe(hits, n, 0.95);
            assert!(
                (found.low - low).abs() < 6e-5 && (found.high - high).abs() < 6e-5,
                "{hits:?} of {n:?}: {found:?}"
            );
        }
    }

    #[test]
    fn means_of_shares_are_those_of_agresti_and_caffo() {
        let ones =
            |hits: usize, n: usize| -> Vec<f64> { (0..n).map(|at| f64::from(u8::from(at < hits))).collect() };
        // statsmodels 0.14 confint_proportions_2indep(15, 40, 4, 30, method="agresti-caffo")
        let found = Difference::means(&ones(15, 40), &ones(4, 30), 0.95);
        assert!((found.value - (0.375 - 4.0 / 30.0)).abs() < 1e-12);
        assert!(
            (found.low - 0.031_322_2).abs() < 1e-6 && (found.high - 0.418_082_6).abs() < 1e-6,
            "{found:?}"
        );
        let none = Difference::means(&[0.0; 50], &[0.0; 50], 0.95);
        assert!(none.low < 0.0 && none.high > 0.0 && none.value == 0.0);
        assert_eq!(Difference::means(&[], &[0.5], 0.95), Difference { value: 0.0, low: -1.0, high: 1.0 });
    }

    #[test]
    fn no_trials_say_nothing() {
        assert_eq!(
            Difference::newcombe((0, 3), (0, 5), 0.95),
            Difference { value: 0.0, low: -1.0, high: 1.0 }
        );
    }
}
