//! How far apart are two normal laws?

use super::symmetric::log_determinant_and_solution;
use statrs::distribution::{Continuous as _, ContinuousCDF as _, Normal};

/// Hellinger distance of two multivariate normal laws with row-major covariance matrices, in `[0, 1]`; `None` when a
/// matrix is not positive definite.
///
/// # Source
/// The closed form as `elemam2022` uses it.
///
/// # Example
/// ```
/// use verosim_math::stats::normal_hellinger;
/// let found = normal_hellinger((&[0.0], &[1.0]), (&[0.0], &[4.0])).unwrap();
/// assert!((found - 0.3249196962).abs() < 1e-9); // √(1 - √2 / √2.5)
/// ```
#[must_use]
pub fn normal_hellinger(a: (&[f64], &[f64]), b: (&[f64], &[f64])) -> Option<f64> {
    let gap: Vec<f64> = a.0.iter().zip(b.0).map(|(x, y)| x - y).collect();
    let middle: Vec<f64> = a.1.iter().zip(b.1).map(|(x, y)| f64::midpoint(*x, *y)).collect();
    let (first, _) = log_determinant_and_solution(a.1, &gap)?;
    let (second, _) = log_determinant_and_solution(b.1, &gap)?;
    let (between, solution) = log_determinant_and_solution(&middle, &gap)?;
    let far: f64 = gap.iter().zip(&solution).map(|(gap, x)| gap * x).sum();
    let overlap = (0.25 * (first + second) - 0.5 * between - far / 8.0).exp();
    Some((1.0 - overlap).clamp(0.0, 1.0).sqrt())
}

/// The number that a standard normal one lies below with probability `share`; infinite at 0 and 1.
#[must_use]
pub fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share.clamp(0.0, 1.0))
}

/// The probability with which a standard normal number lies below `z`.
#[must_use]
pub fn normal_share(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The density of standard normal numbers at `z`.
#[must_use]
pub fn normal_density(z: f64) -> f64 {
    Normal::standard().pdf(z)
}

/// Chance that a standard normal number is as far from 0 as `z`, on either side.
#[must_use]
pub fn normal_two_sided(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let found = normal_hellinger((&[0.0], &[1.0]), (&[0.0], &[4.0])).unwrap();
        assert!((found - 0.324_919_696_2).abs() < 1e-9, "closed form: {found}");
        let same = [1.0, 0.5, 0.5, 1.0];
        assert_eq!(normal_hellinger((&[0.0, 0.0], &same), (&[0.0, 0.0], &same)), Some(0.0));
        // Means 2 apart, unit variance: 1 - exp(-1/2).
        let apart = normal_hellinger((&[0.0], &[1.0]), (&[2.0], &[1.0])).unwrap();
        assert!((apart - (1.0 - (-0.5_f64).exp()).sqrt()).abs() < 1e-12);
        assert_eq!(normal_hellinger((&[0.0], &[0.0]), (&[0.0], &[0.0])), None);
    }
}
