//! Do draws follow the closed form, and is nothing released that is not charged?

use super::DiscreteGaussian;
use crate::{Ledger, Noise, PrivacyError};
use statrs::distribution::{ChiSquared, ContinuousCDF as _};
use verosim_core::Seeded;

/// Probability of draws as unlike the law as these, by chi-square over all values that are expected ten times or more;
/// the tails are one cell.
pub(crate) fn chi_square(draws: &[i64], mass: impl Fn(i64) -> f64) -> f64 {
    let n = draws.len() as f64;
    let middle: Vec<i64> = (-10_000..=10_000).filter(|&y| n * mass(y) >= 10.0).collect();
    let (mut chi, mut cells) = (0.0, 0.0);
    let (mut seen, mut expected) = (n, n);
    for y in middle {
        let (count, wanted) = (draws.iter().filter(|&&draw| draw == y).count() as f64, n * mass(y));
        chi += (count - wanted).powi(2) / wanted;
        cells += 1.0;
        seen -= count;
        expected -= wanted;
    }
    if expected >= 5.0 {
        chi += (seen - expected).powi(2) / expected;
        cells += 1.0;
    }
    1.0 - ChiSquared::new(cells - 1.0).unwrap().cdf(chi)
}

/// P(y) = exp(-y² / 2v) over its sum: definition 1 of `canonne2020`, summed far beyond where terms vanish.
#[test]
fn draws_follow_the_closed_form() {
    for (over, under) in [(1, 1), (1, 4), (50, 3), (400, 1), (3, 20)] {
        let law = DiscreteGaussian::with_variance(over, under).unwrap();
        let weight = |y: i64| (-(y * y) as f64 / (2.0 * law.variance())).exp();
        let total: f64 = (-2_000..=2_000).map(weight).sum();
        let mut noise = Noise::insecure(Seeded::new(over * 1000 + under));
        let draws: Vec<i64> = (0..40_000).map(|_| law.sample(&mut noise).unwrap()).collect();
        let p = chi_square(&draws, |y| weight(y) / total);
        assert!(p > 1e-6, "variance {over}/{under}: p {p:.1e}; false alarm once in a million");
    }
}

#[test]
fn the_largest_variance_neither_overflows_nor_loses_its_spread() {
    let law = DiscreteGaussian::with_variance(1 << 40, 1).unwrap();
    let mut noise = Noise::insecure(Seeded::new(5));
    let n = 4_000;
    let squares: f64 = (0..n).map(|_| (law.sample(&mut noise).unwrap() as f64).powi(2)).sum();
    // The mean of 4000 squares over the variance has the standard deviation sqrt(2 / 4000); six of them: 2e-9.
    let ratio = squares / f64::from(n) / law.variance();
    assert!((ratio - 1.0).abs() < 6.0 * (2.0 / f64::from(n)).sqrt(), "{ratio}");
    assert!(DiscreteGaussian::with_variance((1 << 40) + 1, 1).is_err());
    assert!(DiscreteGaussian::with_variance(1, (1 << 20) + 1).is_err());
}

#[test]
fn the_variance_within_a_budget_is_the_least_one() {
    for (rho, squared) in [(0.5, 1), (0.0208, 42), (1e-7, 9), (300.0, 2), (0.1, 3)] {
        let law = DiscreteGaussian::within(rho, squared).unwrap();
        assert!(law.rho(squared) <= rho, "{rho} {squared}");
        let exact = squared as f64 / (2.0 * rho);
        assert!(law.variance() >= exact && law.variance() <= exact * (1.0 + 1e-6) + 2.0 / f64::from(1 << 20));
    }
    for rho in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300] {
        assert!(matches!(DiscreteGaussian::within(rho, 1), Err(PrivacyError::Parameter { .. })), "{rho}");
    }
}

#[test]
fn a_release_is_charged_or_refused() {
    let law = DiscreteGaussian::with_variance(4, 1).unwrap();
    let mut ledger = Ledger::new(0.3).unwrap();
    let mut noise = Noise::insecure(Seeded::new(1));
    let out = law.release("counts", &[5, 0, i64::MAX], 2, &mut ledger, &mut noise).unwrap();
    assert_eq!(out.len(), 3);
    assert!((ledger.spent() - 0.25).abs() < 1e-12, "2 / (2 · 4)");
    let error = law.release("more counts", &[1], 2, &mut ledger, &mut noise).unwrap_err();
    assert_eq!(
        error.to_string(),
        "budget spent: `more counts` costs rho 2.500e-1, and 5.000e-2 of 3.000e-1 is left"
    );
    assert_eq!(ledger.entries().len(), 1, "what was refused is not in the ledger");
}
