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
    fn no_trials_say_nothing() {
        assert_eq!(
            Difference::newcombe((0, 3), (0, 5), 0.95),
            Difference { value: 0.0, low: -1.0, high: 1.0 }
        );
    }
}
