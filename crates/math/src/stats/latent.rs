//! Which correlation of two normal variables lies behind what is seen of them?

use super::gaussian::{normal_density, normal_quantile};

/// What is seen of a standard normal variable: in some intervals the value itself, in others the interval alone, which
/// then stands for its mean.
///
/// The covariance of two such views is a power series in the correlation of the variables, whose coefficients are
/// products of each view's moments on Hermite polynomials (Mehler's formula). For two intervals on either side it is the
/// tetrachoric series.
///
/// # Source
/// Pearson 1900 (`pearson1900`) for two intervals, Olsson 1979 and 1982 (`olsson1979`, `olsson1982`) for more and for mixed
/// views; there by likelihood, here by the moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Moments on the normalised Hermite polynomials 1, 2, …
    moments: Vec<f64>,
    /// Mean of each interval.
    means: Vec<f64>,
}

/// Terms of the series; at the greatest correlation the rest is below 1 % of the sum for halves.
const TERMS: usize = 48;
/// Greatest correlation that is told apart from one.
const MOST: f64 = 0.98;

impl Seen {
    /// A view by intervals that end at the ascending shares `ends` (the last at 1); `exact` where values are seen.
    #[must_use]
    pub fn new(ends: &[f64], exact: &[bool]) -> Self {
        let mut moments = vec![0.0; TERMS];
        moments[0] = 1.0;
        let mut low = Edge::new(0.0);
        let means = ends
            .iter()
            .zip(exact)
            .map(|(&end, &exact)| {
                let high = Edge::new(end);
                let share = high.share - low.share;
                let mean = if share > 0.0 { (low.terms[0] - high.terms[0]) / share } else { 0.0 };
                if !exact && share > 0.0 {
                    // Integrals of the k-th polynomial over the interval; those of it times z are sums of two of them.
                    let part = |k: usize| match k {
                        0 => share,
                        k => (low.terms[k - 1] - high.terms[k - 1]) / (k as f64).sqrt(),
                    };
                    for (at, moment) in moments.iter_mut().enumerate() {
                        let k = at + 1;
                        let own = ((k + 1) as f64).sqrt() * part(k + 1) + (k as f64).sqrt() * part(k - 1);
                        *moment += mean * part(k) - own;
                    }
                }
                low = high;
                mean
            })
            .collect();
        Self { moments, means }
    }

    /// The mean of interval `at`: what stands for a variable that is seen to lie there.
    #[must_use]
    pub fn mean(&self, at: usize) -> f64 {
        self.means[at]
    }

    /// Covariance of the view with the variable itself, which is also its own variance: 1 when everything is seen.
    #[must_use]
    pub fn sharpness(&self) -> f64 {
        self.moments[0]
    }

    /// The correlation of the variables behind two views with this `covariance`, in `[-0.98, 0.98]`.
    #[must_use]
    pub fn correlation(&self, other: &Self, covariance: f64) -> f64 {
        let products: Vec<f64> = self.moments.iter().zip(&other.moments).map(|(a, b)| a * b).collect();
        if products[0] <= 0.0 || !covariance.is_finite() {
            return 0.0;
        }
        let at = |r: f64| products.iter().rev().fold(0.0, |sum, product| (sum + product) * r);
        let (mut low, mut high) = (-MOST, MOST);
        if covariance <= at(low) {
            return low;
        }
        if covariance >= at(high) {
            return high;
        }
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if at(middle) < covariance { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}

/// Where two intervals meet.
struct Edge {
    share: f64,
    /// Normalised Hermite polynomials times the density.
    terms: Vec<f64>,
}

impl Edge {
    fn new(share: f64) -> Self {
        let z = normal_quantile(share);
        let density = normal_density(z);
        let mut terms = vec![0.0; TERMS + 2];
        if z.is_finite() {
            terms[0] = density;
            terms[1] = z * density;
            for k in 1..=TERMS {
                let (own, next) = (k as f64, (k + 1) as f64);
                terms[k + 1] = (z * terms[k] - own.sqrt() * terms[k - 1]) / next.sqrt();
            }
        }
        Self { share, terms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_follow_the_arcsine_law() {
        let halves = Seen::new(&[0.5, 1.0], &[false, false]);
        // Sheppard 1899: both above the median with chance 1/4 + asin(r) / 2π; means are ±√(2/π).
        for r in [-0.9_f64, -0.5, 0.0, 0.3, 0.8] {
            let covariance = 2.0 / std::f64::consts::PI * (2.0 / std::f64::consts::PI) * r.asin();
            let found = halves.correlation(&halves, covariance);
            assert!((found - r).abs() < 2e-3, "{found} for {r}");
        }
        assert!((halves.mean(1) - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-9);
        assert!((halves.sharpness() - 2.0 / std::f64::consts::PI).abs() < 1e-9);
    }

    #[test]
    fn a_sharp_view_is_linear_and_a_mixed_one_lies_between() {
        let sharp = Seen::new(&[1.0], &[true]);
        let rare = Seen::new(&[0.97, 1.0], &[false, false]);
        // Biserial: the covariance with a sharp view is r times the sharpness.
        let found = sharp.correlation(&rare, 0.4 * rare.sharpness());
        assert!((found - 0.4).abs() < 1e-9);
        let spiked = Seen::new(&[0.3, 1.0], &[false, true]);
        let coarse = Seen::new(&[0.3, 1.0], &[false, false]);
        assert!(coarse.sharpness() < spiked.sharpness() && spiked.sharpness() < 1.0);
    }

    #[test]
    fn a_tetrachoric_correlation_of_a_known_table() {
        // P(both) for shares 0.2 and 0.3 and r = 0.5 is 0.115247: scipy 1.17 multivariate_normal.cdf at the quantiles.
        let (a, b) = (Seen::new(&[0.2, 1.0], &[false; 2]), Seen::new(&[0.3, 1.0], &[false; 2]));
        let cells = [0.115_247, 0.2 - 0.115_247, 0.3 - 0.115_247, 0.5 + 0.115_247];
        let covariance: f64 = (0..4).map(|at| cells[at] * a.mean(at / 2) * b.mean(at % 2)).sum();
        let found = a.correlation(&b, covariance);
        assert!((found - 0.5).abs() < 2e-3, "{found}");
    }

    #[test]
    fn empty_and_impossible_views_say_nothing() {
        let constant = Seen::new(&[1.0], &[false]);
        assert!(constant.sharpness().abs() < 1e-12);
        let sharp = Seen::new(&[1.0], &[true]);
        assert_eq!(sharp.correlation(&sharp, 7.0), MOST);
        assert_eq!(sharp.correlation(&sharp, f64::NAN), 0.0);
        assert_eq!(Seen::new(&[0.0, 1.0], &[false, false]).mean(0), 0.0);
    }
}
