//! What is an estimated coefficient, and how far do two intervals overlap?

use statrs::distribution::{ContinuousCDF as _, Normal};

/// A coefficient and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The coefficient.
    pub value: f64,
    /// Its standard error; above 0 unless the fit is perfect.
    pub error: f64,
}

impl Estimate {
    /// Normal interval at `level`.
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let half = Normal::standard().inverse_cdf(0.5 + level / 2.0) * self.error;
        (self.value - half, self.value + half)
    }

    /// Whether the interval at `level` leaves 0 out.
    #[must_use]
    pub fn is_significant(&self, level: f64) -> bool {
        let (low, high) = self.interval(level);
        low > 0.0 || high < 0.0
    }
}

/// Mean share of either interval that the other covers: 1 when they are one, negative when they lie apart.
///
/// `None` when an interval has no length.
///
/// # Units and range
/// `(-inf, 1]`. Two independent samples of one law and size score about 0.71 on average, not 1: the difference of two
/// estimates has √2 standard errors, |N(0, 2)| is 1.13 on average, and the overlap falls by 1 over 3.92.
///
/// # Source
/// Karr et al. 2006 (`karr2006`), without clipping as in Snoke et al. 2018 (`snoke2018`).
///
/// # Example
/// ```
/// use verosim_math::regress::interval_overlap;
/// let overlap = interval_overlap((1.0, 3.0), (2.0, 5.0)).unwrap();
/// assert!((overlap - 0.416_666_666_7).abs() < 1e-9); // (1/2 + 1/3) / 2
/// ```
#[must_use]
pub fn interval_overlap(a: (f64, f64), b: (f64, f64)) -> Option<f64> {
    let shared = a.1.min(b.1) - a.0.max(b.0);
    let (long, wide) = (a.1 - a.0, b.1 - b.0);
    let overlap = 0.5 * (shared / long + shared / wide);
    (long > 0.0 && wide > 0.0 && overlap.is_finite()).then_some(overlap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_apart_have_a_negative_overlap() {
        for (a, b, want, origin) in [
            ((1.0, 3.0), (2.0, 5.0), Some(0.416_666_666_666_666_7), "closed form"),
            ((0.0, 1.0), (0.0, 1.0), Some(1.0), "one and the same"),
            ((0.0, 1.0), (2.0, 4.0), Some(-0.75), "by hand: (-1/1 - 1/2) / 2"),
            ((0.0, 10.0), (4.0, 5.0), Some(0.55), "by hand: (1/10 + 1/1) / 2"),
            ((1.0, 1.0), (0.0, 2.0), None, "no length"),
        ] {
            let got = interval_overlap(a, b);
            let near = got.zip(want).map_or(got == want, |(got, want)| (got - want).abs() < 1e-12);
            assert!(near, "{a:?} {b:?}: {got:?}, {origin}");
        }
    }

    #[test]
    fn significance_is_that_of_the_interval() {
        let estimate = Estimate { value: 1.97, error: 1.0 };
        assert!(estimate.is_significant(0.95) && !estimate.is_significant(0.96));
    }
}
